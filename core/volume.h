// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Voxels with their geometry. Values; independent of DICOM and of files.

#include <array>
#include <cstdint>
#include <vector>

#include "core/geometry.h"

namespace spineseg {

template <typename T>
struct Grid {
    Geometry geometry;
    std::vector<T> voxels;  ///< geometry.voxel_count() values, column fastest, then row, then slice

    T& at(int column, int row, int slice) { return voxels[geometry.index(column, row, slice)]; }
    const T& at(int column, int row, int slice) const { return voxels[geometry.index(column, row, slice)]; }
};

using Volume = Grid<float>;           ///< image intensities after rescale, or any real map
using LabelMap = Grid<std::uint8_t>;  ///< Label values

/// The labels of every map that leaves the project, SPIDER's numbers without levels.
enum class Label : std::uint8_t { background = 0, vertebra = 1, canal = 100, disc = 201 };

/// The structures in channel order, the paper's: spinal canal, vertebrae, intervertebral discs.
enum class Structure { canal = 0, vertebra = 1, disc = 2 };
inline constexpr int kStructures = 3;
Label label_of(Structure structure);
const char* to_string(Structure structure);  ///< "canal", "vertebra", "disc"

/// The probability of each structure, on the source's grid: value / 255, in Structure's order. Eight
/// bits are finer than what an ensemble of a few samples knows.
struct StructureProbabilities {
    std::array<Grid<std::uint8_t>, kStructures> maps;
    const Grid<std::uint8_t>& of(Structure structure) const {
        return maps[static_cast<std::size_t>(structure)];
    }
};

}  // namespace spineseg

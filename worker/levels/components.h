// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Voxels of a label map by structure, with their places, and the pieces they form. Pure; any thread.

#include <array>
#include <cstddef>
#include <vector>

#include "core/volume.h"
#include "core/voxel_volume.h"

namespace spineseg::levels {

/// Indices into a grid's voxels, ascending.
using VoxelSet = std::vector<std::size_t>;

VoxelSet voxels_of(const LabelMap& labels, Label label);
/// (column, row, slice) of a voxel.
std::array<int, 3> cell_of(const Geometry& geometry, std::size_t voxel);
/// Columns, rows and slices of a grid.
std::array<int, 3> size_of(const Geometry& geometry);
/// Which of the three runs along the direction: 0 columns, 1 rows, 2 slices.
std::size_t axis_along(const Geometry& geometry, const Vec3& direction);
/// Centre of a voxel, LPS millimetres.
Vec3 place_of(const Geometry& geometry, std::size_t voxel);
Vec3 centroid_of(const Geometry& geometry, const VoxelSet& voxels);

/// The 26-connected pieces of a set, largest first, equal ones in the order of their first voxel.
std::vector<VoxelSet> pieces_of(const Geometry& geometry, const VoxelSet& voxels);

/// A structure ends within the stack: little of it in the outermost slices, nothing on a slice's border. `across` is the
/// axis that runs from slice to slice; `voxels` are not empty.
bool ends_within_stack(const Geometry& geometry, std::size_t across, const VoxelSet& voxels);
/// Of an uncertainty over a structure's voxels, which are not empty, between 0 and 1.
double mean_uncertainty(const Volume& uncertainty, const VoxelSet& voxels);

}  // namespace spineseg::levels

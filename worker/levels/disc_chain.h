// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The discs one by one, from below, each with its own plane. Pure; any thread.

#include <vector>

#include "worker/levels/column_frame.h"

namespace spineseg::levels {

struct Disc {
    VoxelSet voxels;
    Vec3 centre{};
    Directions directions;  ///< cranial: normal of the disc's plane; posterior: along it
    double depth = 0;       ///< mm, front to back
    double millilitres = 0;
    /// Signed height of a point over the disc's middle plane.
    double height_of(const Vec3& point) const { return dot(point - centre, directions.cranial); }
};

struct DiscChain {
    std::vector<Disc> discs;  ///< from below, by their place along the column
    VoxelSet strays;          ///< pieces too small, or too far from the column, to be a disc
};

/// The disc that these voxels form; `column` says which way is up, back and left.
Disc fit_disc(const Geometry& geometry, const Directions& column, VoxelSet voxels);

/// Pieces of one disc that lie side by side are joined; two discs with a thin bridge between them are taken
/// apart.
DiscChain find_discs(const Geometry& geometry, const VoxelSet& disc_voxels, const ColumnFrame& frame);

}  // namespace spineseg::levels

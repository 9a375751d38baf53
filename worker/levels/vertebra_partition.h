// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Bone, divided among the spaces between the discs. A body lies between two disc planes. Behind the canal
/// the borders lie lower, since arches slant down and the joint between two arches is at the disc's
/// height: a spinous process reaches below its own body. A piece of arch that is as short as one level stays
/// whole. Pure; any thread.

#include <vector>

#include "worker/levels/disc_chain.h"

namespace spineseg::levels {

struct Bone {
    VoxelSet body;  ///< in front of the canal
    VoxelSet arch;  ///< beside and behind it
};

/// `discs.size() + 1` spaces from below: bone beneath the lowest disc, between each two, above the highest.
std::vector<Bone> divide_bone(const Geometry& geometry, const VoxelSet& bone, const std::vector<Disc>& discs,
                              const ColumnFrame& frame);

/// Median distance between neighbouring discs; 35 mm where there are fewer than two.
double typical_spacing(const std::vector<Disc>& discs);

}  // namespace spineseg::levels

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Holes and small pieces of decided classes. No state; any thread.

#include <cstddef>

#include "core/volume.h"
#include "worker/postprocessing/class_stack.h"

namespace spineseg {

/// Background that one structure alone encloses within a slice becomes that structure.
void fill_holes(ClassStack& stack);

/// Removes the structure's 8-connected pieces of a slice that are smaller than `minimum_pixels`.
void drop_small_pieces(ClassStack& stack, Structure structure, std::size_t minimum_pixels);

/// Removes the structure's 26-connected components that are smaller than `minimum_voxels`.
void drop_small_components(ClassStack& stack, Structure structure, std::size_t minimum_voxels);

/// How many of them have at least `minimum_voxels`.
int count_components(const ClassStack& stack, Structure structure, std::size_t minimum_voxels);

}  // namespace spineseg

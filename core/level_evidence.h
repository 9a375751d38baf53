// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a network that recognises L5 and S1 says of a stack's slices near the midline. Values; any thread.

#include <array>
#include <optional>
#include <vector>

#include "core/geometry.h"

namespace spineseg {

/// What a voxel shows; the network's other class is the rest to 1.
enum class AnchorClass { body, l5, s1 };  ///< a vertebral body above L5, that of L5, that of S1
inline constexpr int kAnchorClasses = 3;

using AnchorProbability = std::array<float, kAnchorClasses>;

struct LevelEvidence {
    Geometry geometry;  ///< of the slices that were looked at, in the network's pixels
    std::array<std::vector<float>, kAnchorClasses> maps;  ///< geometry.voxel_count() values in 0..1 each

    /// Of the nearest voxel; nothing outside.
    std::optional<AnchorProbability> at(const Vec3& place) const;
};

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The patient's own directions, found from the anatomy and not from the image's axes: up along the column,
/// back towards the canal, left. Pure; any thread.

#include <optional>
#include <vector>

#include "worker/levels/components.h"

namespace spineseg::levels {

/// Three orthogonal unit vectors.
struct Directions {
    Vec3 cranial{0, 0, 1};
    Vec3 posterior{0, 1, 0};
    Vec3 left{1, 0, 0};
};

/// `cranial` is kept; `posterior` is made perpendicular to it; `left` completes them.
Directions directions_from(const Vec3& cranial, const Vec3& posterior);

/// Where the canal's wall lies at a height along the column.
class CanalProfile {
  public:
    CanalProfile() = default;
    CanalProfile(const Geometry& geometry, const VoxelSet& canal, const Directions& directions);

    /// Centre of the canal at this height (mm along `cranial`); nullopt where no canal was labelled within 12
    /// mm.
    std::optional<Vec3> centre(double height) const;
    /// Posterior coordinate of the canal's front wall.
    std::optional<double> front(double height) const;

  private:
    struct Bin {
        double height = 0;
        Vec3 centre{};
        double front = 0;
    };
    std::optional<Bin> nearest(double height) const;
    std::vector<Bin> bins_;  ///< ascending
};

struct ColumnFrame {
    Directions directions;
    CanalProfile canal;
};

/// From the principal axis of the canal (of the discs, where no canal is labelled) and the way from the discs
/// to the canal; without a canal LPS's own posterior is taken.
ColumnFrame find_column_frame(const Geometry& geometry, const VoxelSet& canal, const VoxelSet& discs);

}  // namespace spineseg::levels

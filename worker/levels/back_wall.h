// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Where a body ends behind, so that its pedicles can be cut there: a plane through the back of the body where the canal
/// is seen behind it, carried on to the slices beside the canal. Patient space; pure; any thread.

#include <map>
#include <optional>
#include <utility>

#include "worker/levels/components.h"
#include "worker/levels/profile.h"

namespace spineseg::levels {

class BackWall {
  public:
    /// `frame` is the body's own, with its centre in the midline; `height` is that of the body, mm. Where too little of
    /// the canal lies behind the body the wall is `depth` / 2 behind the centre.
    BackWall(const Geometry& geometry, const VoxelSet& vertebra, const VoxelSet& canal, const OwnFrame& frame,
             double height, double depth);

    /// How far a place lies behind the wall, mm; negative in front of it.
    double behind(const Vec3& place) const;
    /// Whether the place belongs to the arch. Where the canal is seen in front of or behind the place, it decides.
    bool is_arch(const Vec3& place) const;

  private:
    using Bin = std::pair<int, int>;  ///< height, left
    struct Point {
        double up, left, back;
    };
    struct Local {
        double back, up, left;
    };
    Local local(const Vec3& place) const;
    Bin bin_of(const Local& local) const;
    std::vector<Point> points_before_canal(const Geometry& geometry, const VoxelSet& vertebra,
                                           double highest) const;
    void fit(std::vector<Point> points);

    OwnFrame frame_;
    double step_ = 0;                          ///< of the bins to the left, mm
    double half_voxel_ = 0;                    ///< mm
    std::map<Bin, double> canal_front_;        ///< frontmost canal voxel in a bin
    double at_ = 0, by_up_ = 0, by_left_ = 0;  ///< the plane: back = at + by_up · up + by_left · left
};

}  // namespace spineseg::levels

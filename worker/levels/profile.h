// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The midsagittal shape of one body or disc: a frame fitted to its own endplates, its edges, and its height
/// from front to back. Everything is a mean over a band of a few millimetres about the midline. Pure; any
/// thread.

#include <optional>

#include "worker/levels/column_frame.h"
#include "worker/levels/ray.h"

namespace spineseg::levels {

/// Half the band's width, and the steps in it.
inline constexpr double kBandHalfWidth = 4.0;
inline constexpr double kBandStep = 2.0;

/// A body's or disc's own frame; `centre` lies in the midline, between its endplates and its edges.
struct OwnFrame {
    Vec3 centre{};
    Directions directions;
};

class Profile {
  public:
    /// `guess` must lie inside the structure. nullopt where the structure is not found there, or its edges
    /// leave the image or run on beyond `farthest` mm.
    static std::optional<Profile> fit(const Field& field, const OwnFrame& guess, double farthest);

    const OwnFrame& frame() const { return frame_; }
    /// Distance between front and back edge, the mean of both endplates.
    double depth() const { return 0.5 * (depth_at(-kNearEndplate) + depth_at(kNearEndplate)); }
    double upper_depth() const { return depth_at(kNearEndplate); }
    double middle_height() const { return middle_height_; }
    /// Height at a share of the depth from the front edge, the mean over ± 5 % of the depth. `field` and
    /// `threshold` may be others than those of the fit: the frame stays.
    std::optional<double> height(const Field& field, double share, double threshold) const;
    std::optional<double> depth(const Field& field, double threshold) const;
    /// The back wall near the lower (-1) or upper (+1) endplate, in the midline.
    std::optional<Vec3> back_wall(const Field& field, int endplate, double threshold) const;

    /// Where "near an endplate" is, as a share of the middle height from the centre: clear of rounded
    /// corners.
    static constexpr double kNearEndplate = 0.33;

  private:
    struct Edges {
        double front = 0;
        double back = 0;
    };
    Profile(OwnFrame frame, double farthest) : frame_(frame), farthest_(farthest) {}
    bool refine(const Field& field);
    std::optional<Edges> edges(const Field& field, double up, double threshold) const;
    Vec3 place(double back, double up, double left) const;
    double depth_at(double near) const;

    OwnFrame frame_;
    double farthest_ = 0;
    double middle_height_ = 0;
    Edges lower_, upper_;
};

}  // namespace spineseg::levels

// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/levels/profile.h"

#include <cmath>

namespace spineseg::levels {
namespace {

constexpr double kIndicatorBorder = 0.5;  // of an indicator: the border between voxels
constexpr int kRefinements = 3;
constexpr double kFitHalf = 0.35;  // of the depth: how far from the middle endplates are fitted
constexpr int kFitRays = 12;
constexpr double kWindow = 0.05;  // of the depth, about a share

/// Mean of the values that there are; nullopt where fewer than half are.
class Mean {
  public:
    void add(std::optional<double> value) {
        ++asked_;
        if (!value) return;
        ++count_;
        sum_ += *value;
    }
    std::optional<double> value() const {
        if (count_ == 0 || 2 * count_ < asked_) return std::nullopt;
        return sum_ / count_;
    }

  private:
    int asked_ = 0;
    int count_ = 0;
    double sum_ = 0;
};

/// Least squares through points.
class Line {
  public:
    void add(double x, double y) {
        n_ += 1;
        x_ += x;
        y_ += y;
        xx_ += x * x;
        xy_ += x * y;
    }
    bool valid() const { return n_ >= 3 && n_ * xx_ - x_ * x_ > 1e-9; }
    double slope() const { return (n_ * xy_ - x_ * y_) / (n_ * xx_ - x_ * x_); }
    double at(double x) const { return (y_ - slope() * x_) / n_ + slope() * x; }

  private:
    double n_ = 0, x_ = 0, y_ = 0, xx_ = 0, xy_ = 0;
};

template <typename Action>
void across_band(const Action& action) {
    for (double left = -kBandHalfWidth; left <= kBandHalfWidth; left += kBandStep) action(left);
}

}  // namespace

Vec3 Profile::place(double back, double up, double left) const {
    return frame_.centre + back * frame_.directions.posterior + up * frame_.directions.cranial +
           left * frame_.directions.left;
}

std::optional<Profile::Edges> Profile::edges(const Field& field, double up, double threshold) const {
    Mean front, back;
    across_band([&](double left) {
        const Vec3 start = place(0, up, left);
        front.add(reach(field, start, -1.0 * frame_.directions.posterior, threshold, farthest_));
        back.add(reach(field, start, frame_.directions.posterior, threshold, farthest_));
    });
    if (!front.value() || !back.value()) return std::nullopt;
    return Edges{-*front.value(), *back.value()};
}

/// One step: centre between the edges, then between the endplates, tilted as they are on average.
bool Profile::refine(const Field& field) {
    const auto middle = edges(field, 0, kIndicatorBorder);
    if (!middle) return false;
    frame_.centre = place(0.5 * (middle->front + middle->back), 0, 0);
    const double half = kFitHalf * (middle->back - middle->front);
    Line top, bottom;
    for (int ray = 0; ray < kFitRays; ++ray) {
        const double back = half * (2.0 * (ray + 0.5) / kFitRays - 1);
        across_band([&](double left) {
            const Vec3 start = place(back, 0, left);
            const auto up = reach(field, start, frame_.directions.cranial, kIndicatorBorder, farthest_);
            const auto down =
                reach(field, start, -1.0 * frame_.directions.cranial, kIndicatorBorder, farthest_);
            if (up) top.add(back, *up);
            if (down) bottom.add(back, -*down);
        });
    }
    if (!top.valid() || !bottom.valid()) return false;
    const double slope = 0.5 * (top.slope() + bottom.slope());
    frame_.centre = place(0, 0.5 * (top.at(0) + bottom.at(0)), 0);
    const Directions d = frame_.directions;
    frame_.directions = directions_from(d.cranial - slope * d.posterior, d.posterior + slope * d.cranial);
    middle_height_ = top.at(0) - bottom.at(0);
    return middle_height_ > 0;
}

std::optional<Profile> Profile::fit(const Field& field, const OwnFrame& guess, double farthest) {
    Profile profile(guess, farthest);
    for (int step = 0; step < kRefinements; ++step)
        if (!profile.refine(field)) return std::nullopt;
    const auto lower = profile.edges(field, -kNearEndplate * profile.middle_height_, kIndicatorBorder);
    const auto upper = profile.edges(field, kNearEndplate * profile.middle_height_, kIndicatorBorder);
    if (!lower || !upper) return std::nullopt;
    profile.lower_ = *lower;
    profile.upper_ = *upper;
    return profile;
}

double Profile::depth_at(double near) const {
    const Edges& e = near > 0 ? upper_ : lower_;
    return e.back - e.front;
}

std::optional<double> Profile::height(const Field& field, double share, double threshold) const {
    const double front = 0.5 * (lower_.front + upper_.front);
    const double whole = depth();
    Mean mean;
    for (const double offset : {-kWindow, 0.0, kWindow}) {
        across_band([&](double left) {
            const Vec3 start = place(front + (share + offset) * whole, 0, left);
            const auto up = reach(field, start, frame_.directions.cranial, threshold, farthest_);
            const auto down = reach(field, start, -1.0 * frame_.directions.cranial, threshold, farthest_);
            mean.add(up && down ? std::optional(*up + *down) : std::nullopt);
        });
    }
    return mean.value();
}

std::optional<double> Profile::depth(const Field& field, double threshold) const {
    const auto lower = edges(field, -kNearEndplate * middle_height_, threshold);
    const auto upper = edges(field, kNearEndplate * middle_height_, threshold);
    if (!lower || !upper) return std::nullopt;
    return 0.5 * (lower->back - lower->front + upper->back - upper->front);
}

std::optional<Vec3> Profile::back_wall(const Field& field, int endplate, double threshold) const {
    const double up = endplate * kNearEndplate * middle_height_;
    const auto found = edges(field, up, threshold);
    if (!found) return std::nullopt;
    return place(found->back, up, 0);
}

}  // namespace spineseg::levels

// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/levels/back_wall.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace spineseg::levels {
namespace {

constexpr double kSmallestBin = 2.0;     // mm
constexpr double kMiddleShare = 0.35;    // of the height, up and down from the middle: clear of the corners
constexpr double kFarthestCanal = 45.0;  // mm up and down from the middle: more is another level's
constexpr double kNearestOfBody = 5.0;   // mm before the frame's centre: so much of a body reaches back
constexpr std::size_t kFewestPoints = 6;
constexpr double kOffPlane = 2.0;  // mm: a point farther off is no back wall
constexpr int kFits = 4;
constexpr double kTurnPrior = 2.0;  // mm: a narrower band of the wall says nothing of its turn
constexpr double kTiltPrior = 2.0;
constexpr double kMostTurn = 0.4;  // mm per mm
constexpr double kBulge = 4.0;     // mm behind the plane: what lies before the canal is body up to there

/// Weighted towards no slope where the points span little.
struct PlaneSums {
    double n = 0, up = 0, left = 0, back = 0;
    double uu = 0, ll = 0, ul = 0, ub = 0, lb = 0;
};

}  // namespace

BackWall::BackWall(const Geometry& geometry, const VoxelSet& vertebra, const VoxelSet& canal,
                   const OwnFrame& frame, double height, double depth)
    : frame_(frame), at_(0.5 * depth) {
    const auto [finest, coarsest] =
        std::minmax({geometry.column_spacing, geometry.row_spacing, geometry.slice_spacing});
    half_voxel_ = 0.5 * finest;
    step_ = std::max(kSmallestBin, 1.01 * coarsest);
    for (const std::size_t voxel : canal) {
        const Local here = local(place_of(geometry, voxel));
        if (std::abs(here.up) > kFarthestCanal) continue;
        const auto [place, fresh] = canal_front_.emplace(bin_of(here), here.back);
        if (!fresh) place->second = std::min(place->second, here.back);
    }
    auto points = points_before_canal(geometry, vertebra, kMiddleShare * height);
    if (points.size() < kFewestPoints) return;
    fit(std::move(points));
    at_ += half_voxel_;  // the points are centres of voxels
}

BackWall::Local BackWall::local(const Vec3& place) const {
    const Vec3 d = place - frame_.centre;
    return {dot(d, frame_.directions.posterior), dot(d, frame_.directions.cranial),
            dot(d, frame_.directions.left)};
}

BackWall::Bin BackWall::bin_of(const Local& here) const {
    return {static_cast<int>(std::lround(here.up / kSmallestBin)),
            static_cast<int>(std::lround(here.left / step_))};
}

/// The back of the bone in front of the canal, bin by bin.
std::vector<BackWall::Point> BackWall::points_before_canal(const Geometry& geometry, const VoxelSet& vertebra,
                                                           double highest) const {
    std::map<Bin, Point> rearmost;
    for (const std::size_t voxel : vertebra) {
        const Local here = local(place_of(geometry, voxel));
        if (std::abs(here.up) > highest || here.back < -kNearestOfBody) continue;
        const auto front = canal_front_.find(bin_of(here));
        if (front == canal_front_.end() || here.back >= front->second) continue;
        const Point point{here.up, here.left, here.back};
        const auto [place, fresh] = rearmost.emplace(bin_of(here), point);
        if (!fresh && place->second.back < point.back) place->second = point;
    }
    std::vector<Point> points;
    for (const auto& [bin, point] : rearmost) points.push_back(point);
    return points;
}

void BackWall::fit(std::vector<Point> points) {
    for (int round = 0; round < kFits; ++round) {
        PlaneSums s;
        for (const Point& p : points) {
            s.n += 1;
            s.up += p.up, s.left += p.left, s.back += p.back;
        }
        const double up = s.up / s.n, left = s.left / s.n, back = s.back / s.n;
        for (const Point& p : points) {
            s.uu += (p.up - up) * (p.up - up), s.ll += (p.left - left) * (p.left - left);
            s.ul += (p.up - up) * (p.left - left);
            s.ub += (p.up - up) * (p.back - back), s.lb += (p.left - left) * (p.back - back);
        }
        const double uu = s.uu + s.n * kTiltPrior * kTiltPrior;
        const double ll = s.ll + s.n * kTurnPrior * kTurnPrior;
        const double whole = uu * ll - s.ul * s.ul;
        by_up_ = std::clamp((s.ub * ll - s.lb * s.ul) / whole, -kMostTurn, kMostTurn);
        by_left_ = std::clamp((s.lb * uu - s.ub * s.ul) / whole, -kMostTurn, kMostTurn);
        at_ = back - by_up_ * up - by_left_ * left;
        const auto off = [&](const Point& p) {
            return std::abs(p.back - at_ - by_up_ * p.up - by_left_ * p.left) > kOffPlane;
        };
        std::vector<Point> kept;
        std::remove_copy_if(points.begin(), points.end(), std::back_inserter(kept), off);
        if (kept.size() < kFewestPoints || kept.size() == points.size()) return;
        points = std::move(kept);
    }
}

double BackWall::behind(const Vec3& place) const {
    const Local here = local(place);
    return here.back - at_ - by_up_ * here.up - by_left_ * here.left;
}

bool BackWall::is_arch(const Vec3& place) const {
    const double past = behind(place);
    const auto front = canal_front_.find(bin_of(local(place)));
    if (front == canal_front_.end()) return past > 0;
    return local(place).back >= front->second || past > kBulge;
}

}  // namespace spineseg::levels

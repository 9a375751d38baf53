// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/levels/column_frame.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace spineseg::levels {
namespace {

constexpr double kBin = 3.0;           // mm of height
constexpr double kReach = 12.0;        // mm from a height to the nearest bin that still speaks for it
constexpr double kMidline = 9.0;       // mm from the canal's centre: farther aside lie the foramina
constexpr double kFrontShare = 0.05;   // of a bin's voxels lie before what counts as its front wall
constexpr double kShortestCanal = 50;  // mm: a shorter piece says little about the column's direction
constexpr int kPowerSteps = 60;

/// The direction of greatest spread, by power iteration.
Vec3 principal_axis(const Geometry& geometry, const VoxelSet& voxels) {
    const Vec3 mean = centroid_of(geometry, voxels);
    std::array<Vec3, 3> spread{};
    for (const std::size_t voxel : voxels) {
        const Vec3 d = place_of(geometry, voxel) - mean;
        for (std::size_t i = 0; i < 3; ++i) spread[i] = spread[i] + d[i] * d;
    }
    Vec3 axis = normalised({0.1, 0.1, 1.0});
    for (int step = 0; step < kPowerSteps; ++step) {
        const Vec3 next{dot(spread[0], axis), dot(spread[1], axis), dot(spread[2], axis)};
        if (norm(next) < 1e-12) return {0, 0, 1};
        axis = normalised(next);
    }
    return axis[2] < 0 ? -1.0 * axis : axis;
}

double extent_along(const Geometry& geometry, const VoxelSet& voxels, const Vec3& axis) {
    double low = 1e30;
    double high = -1e30;
    for (const std::size_t voxel : voxels) {
        const double height = dot(place_of(geometry, voxel), axis);
        low = std::min(low, height);
        high = std::max(high, height);
    }
    return high - low;
}

/// Mean way from a disc's voxel to the middle of the canal at the same height.
Vec3 way_to_canal(const Geometry& geometry, const VoxelSet& discs, const CanalProfile& canal,
                  const Vec3& cranial) {
    Vec3 way{};
    for (const std::size_t voxel : discs) {
        const Vec3 place = place_of(geometry, voxel);
        if (const auto centre = canal.centre(dot(place, cranial))) way = way + (*centre - place);
    }
    return way;
}

}  // namespace

Directions directions_from(const Vec3& cranial, const Vec3& posterior) {
    Directions result;
    result.cranial = normalised(cranial);
    result.posterior = normalised(posterior - dot(posterior, result.cranial) * result.cranial);
    result.left = cross(result.posterior, result.cranial);  // +y × +z = +x in LPS
    return result;
}

CanalProfile::CanalProfile(const Geometry& geometry, const VoxelSet& canal, const Directions& directions) {
    std::map<long, std::vector<Vec3>> gathered;
    for (const std::size_t voxel : canal) {
        const Vec3 place = place_of(geometry, voxel);
        gathered[std::lround(dot(place, directions.cranial) / kBin)].push_back(place);
    }
    for (const auto& [key, places] : gathered) {
        Vec3 sum{};
        for (const Vec3& place : places) sum = sum + place;
        const Vec3 centre = (1.0 / static_cast<double>(places.size())) * sum;
        const auto aside = [&](const Vec3& place) { return std::abs(dot(place - centre, directions.left)); };
        const Vec3& nearest = *std::min_element(
            places.begin(), places.end(), [&](const Vec3& a, const Vec3& b) { return aside(a) < aside(b); });
        const double middle = std::max(kMidline, aside(nearest));
        std::vector<double> posterior;
        for (const Vec3& place : places)
            if (aside(place) <= middle) posterior.push_back(dot(place, directions.posterior));
        const auto front = static_cast<std::ptrdiff_t>(kFrontShare * static_cast<double>(posterior.size()));
        std::nth_element(posterior.begin(), posterior.begin() + front, posterior.end());
        bins_.push_back(
            {static_cast<double>(key) * kBin, centre, posterior[static_cast<std::size_t>(front)]});
    }
}

std::optional<CanalProfile::Bin> CanalProfile::nearest(double height) const {
    if (bins_.empty()) return std::nullopt;
    const auto after = std::lower_bound(bins_.begin(), bins_.end(), height,
                                        [](const Bin& bin, double h) { return bin.height < h; });
    const Bin* best = after == bins_.end() ? &bins_.back() : &*after;
    if (after != bins_.begin() &&
        std::abs(std::prev(after)->height - height) < std::abs(best->height - height))
        best = &*std::prev(after);
    if (std::abs(best->height - height) > kReach) return std::nullopt;
    return *best;
}

std::optional<Vec3> CanalProfile::centre(double height) const {
    const auto bin = nearest(height);
    if (!bin) return std::nullopt;
    return bin->centre;
}

std::optional<double> CanalProfile::front(double height) const {
    const auto bin = nearest(height);
    if (!bin) return std::nullopt;
    return bin->front;
}

ColumnFrame find_column_frame(const Geometry& geometry, const VoxelSet& canal, const VoxelSet& discs) {
    const Vec3 canal_axis = canal.empty() ? Vec3{} : principal_axis(geometry, canal);
    const bool long_canal = !canal.empty() && extent_along(geometry, canal, canal_axis) >= kShortestCanal;
    const Vec3 cranial = long_canal ? canal_axis : principal_axis(geometry, discs);
    ColumnFrame frame;
    frame.directions = directions_from(cranial, {0, 1, 0});
    const CanalProfile rough(geometry, canal, frame.directions);
    const Vec3 way = way_to_canal(geometry, discs, rough, cranial);
    if (norm(way) > 1e-6) frame.directions = directions_from(cranial, way);
    frame.canal = CanalProfile(geometry, canal, frame.directions);
    return frame;
}

}  // namespace spineseg::levels

// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/levels/level_anchor.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "worker/levels/vertebra_partition.h"

namespace spineseg::levels {
namespace {

constexpr double kSampleStepMm = 1.5;
constexpr double kHalfDepth = 0.30;                   // of the discs' depth, to the front and to the back
constexpr double kAlongBegin = 0.3, kAlongEnd = 0.7;  // of the way from disc to disc
constexpr double kBeneathBegin = 0.2, kBeneathEnd = 0.55;  // of the usual way, beneath the lowest disc
constexpr double kLeastBone = 1e-3;
constexpr double kIsS1 = 0.5;
constexpr double kSacrumReachMm = 32;        // in front of the disc's centre and behind it
constexpr double kLongestSacralBodyMm = 60;  // beneath the disc's middle
constexpr double kShortestSacralBodyMm = 10;
constexpr double kUsualSacralBodyMm = 34;  // what is longer than this is S2
constexpr double kLeastSacralDepthMm = 6;
constexpr double kLeastInView = 0.7;  // of the samples

/// A parallelogram within the sagittal plane.
struct Patch {
    Vec3 begin{}, along{}, back{};
    double depth = 0;
};

std::optional<SpaceReading> read_patch(const Patch& patch, const LevelEvidence& evidence) {
    const Geometry& grid = evidence.geometry;
    const auto steps = [](double mm) {
        return std::max(1, static_cast<int>(std::lround(mm / kSampleStepMm)));
    };
    const int rows = steps(norm(patch.along)), columns = steps(patch.depth);
    std::array<double, kAnchorClasses> sums{};
    int seen = 0, all = 0;
    for (int slice = 0; slice < grid.slices; ++slice) {
        for (int row = 0; row <= rows; ++row) {
            for (int column = 0; column <= columns; ++column) {
                const double u = patch.depth * (static_cast<double>(column) / columns - 0.5);
                const Vec3 place =
                    patch.begin + (static_cast<double>(row) / rows) * patch.along + u * patch.back;
                Vec3 voxel = grid.voxel(place);
                voxel[2] = slice;
                const auto found = evidence.at(grid.position(voxel[0], voxel[1], voxel[2]));
                ++all;
                if (!found) continue;
                ++seen;
                for (std::size_t c = 0; c < sums.size(); ++c) sums[c] += static_cast<double>((*found)[c]);
            }
        }
    }
    if (seen < kLeastInView * all || seen == 0) return std::nullopt;
    const double bone = sums[0] + sums[1] + sums[2];
    const double share = 1 / std::max(bone, kLeastBone);
    return SpaceReading{share * sums[0], share * sums[1], share * sums[2], bone / seen};
}

/// Millimetres of S1 along a line from front to back, the mean over the slices.
double sacral_depth(const Disc& disc, double beneath, const LevelEvidence& evidence) {
    const Geometry& grid = evidence.geometry;
    const Vec3 middle = disc.centre - beneath * disc.directions.cranial;
    int count = 0;
    for (int slice = 0; slice < grid.slices; ++slice) {
        for (double u = -kSacrumReachMm; u <= kSacrumReachMm; u += 1) {
            Vec3 voxel = grid.voxel(middle + u * disc.directions.posterior);
            voxel[2] = slice;
            const auto found = evidence.at(grid.position(voxel[0], voxel[1], voxel[2]));
            count += static_cast<int>(found && (*found)[static_cast<std::size_t>(AnchorClass::s1)] > kIsS1);
        }
    }
    return static_cast<double>(count) / std::max(1, grid.slices);
}

}  // namespace

std::optional<SacralShape> sacral_shape(const Disc& disc, const LevelEvidence& evidence) {
    std::vector<double> depths;
    for (double beneath = 0; beneath <= kLongestSacralBodyMm; beneath += 1)
        depths.push_back(sacral_depth(disc, beneath, evidence));
    const auto deep = [](double depth) { return depth >= kLeastSacralDepthMm; };
    const auto first = std::find_if(depths.begin(), depths.end(), deep);
    const auto last = std::find_if_not(first, depths.end(), deep);
    const auto length = static_cast<double>(last - first);
    if (length < kShortestSacralBodyMm) return std::nullopt;
    const double of_s1 = std::min(length, kUsualSacralBodyMm);
    const auto mean = [&](double from, double to) {
        const auto begin = first + std::lround(from * of_s1), end = first + std::lround(to * of_s1);
        return std::accumulate(begin, end, 0.0) / static_cast<double>(end - begin);
    };
    const double depth = mean(0.15, 0.35);
    return SacralShape{length, depth, mean(0.70, 0.90) / depth};
}

std::vector<std::optional<SpaceReading>> read_spaces(const std::vector<Disc>& discs,
                                                     const LevelEvidence& evidence) {
    std::vector<std::optional<SpaceReading>> readings;
    if (discs.empty()) return readings;
    const Disc& lowest = discs.front();
    const Vec3 down = -typical_spacing(discs) * lowest.directions.cranial;
    readings.push_back(read_patch({lowest.centre + kBeneathBegin * down, (kBeneathEnd - kBeneathBegin) * down,
                                   lowest.directions.posterior, 2 * kHalfDepth * lowest.depth},
                                  evidence));
    for (std::size_t i = 0; i + 1 < discs.size(); ++i) {
        const Vec3 way = discs[i + 1].centre - discs[i].centre;
        const Vec3 back = normalised(discs[i].directions.posterior + discs[i + 1].directions.posterior);
        const double depth = std::min(discs[i].depth, discs[i + 1].depth);
        readings.push_back(read_patch({discs[i].centre + kAlongBegin * way, (kAlongEnd - kAlongBegin) * way,
                                       back, 2 * kHalfDepth * depth},
                                      evidence));
    }
    return readings;
}

AnchorVerdict judge_anchor(const std::vector<Disc>& discs, const LevelEvidence& evidence) {
    if (discs.empty()) return AnchorVerdict::none;
    return judge_anchor(read_spaces(discs, evidence), sacral_shape(discs.front(), evidence));
}

AnchorVerdict judge_anchor(const std::vector<std::optional<SpaceReading>>& spaces,
                           const std::optional<SacralShape>& shape, const AnchorRule& rule) {
    if (spaces.size() < 2 || !spaces[0] || !spaces[1]) return AnchorVerdict::none;
    const SpaceReading &below = *spaces[0], &lowest = *spaces[1];
    const bool ordinary = shape && shape->taper < rule.squared && shape->length >= rule.shortest_mm;
    if (below.bone >= rule.bone && lowest.bone >= rule.bone && below.s1 >= rule.s1 && lowest.l5 >= rule.l5)
        return ordinary ? AnchorVerdict::agrees : AnchorVerdict::unsure;
    const bool counted = lowest.bone >= rule.bone && lowest.s1 >= rule.elsewhere;
    const bool missed = below.bone >= rule.bone && below.l5 >= rule.elsewhere;
    return counted || missed ? AnchorVerdict::elsewhere : AnchorVerdict::unsure;
}

bool sacrum_is_counted(const std::vector<std::optional<SpaceReading>>& spaces, const AnchorRule& rule) {
    if (spaces.size() < 3 || !spaces[1] || !spaces[2]) return false;
    return spaces[1]->bone >= rule.bone && spaces[2]->bone >= rule.bone && spaces[1]->s1 >= rule.s1 &&
           spaces[2]->l5 >= rule.l5;
}

}  // namespace spineseg::levels

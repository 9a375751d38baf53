// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/body_overlap.h"

#include <algorithm>
#include <array>
#include <set>

#include "worker/levels/components.h"

namespace spineseg {
namespace {

constexpr double kSmallestBody = 0.3;  // ml

bool is_body(std::uint8_t label) {
    return label >= kFirstBodyLabel && label < kFirstArchLabel;
}

double dice_of(double both, double a, double b) {
    return a + b > 0 ? 2 * both / (a + b) : 0;
}

}  // namespace

Result<BodyOverlap> overlap_of_bodies(const LabelMap& drawn, const LabelMap& found) {
    if (!same_grid(drawn.geometry, found.geometry) || drawn.voxels.size() != found.voxels.size())
        return failure(ErrorCode::invalid_argument, "drawn and found bodies lie on different grids");
    std::array<double, 256> sizes{};
    for (const std::uint8_t label : found.voxels) sizes[label] += 1;
    levels::VoxelSet all;
    for (std::size_t i = 0; i < drawn.voxels.size(); ++i)
        if (drawn.voxels[i] != 0) all.push_back(i);
    const double voxel = voxel_millilitres(drawn.geometry);
    BodyOverlap result;
    double both = 0, truth = 0, taken = 0;
    std::set<std::uint8_t> counted;
    for (const auto& piece : levels::pieces_of(drawn.geometry, all)) {
        const auto size = static_cast<double>(piece.size());
        if (size * voxel < kSmallestBody) continue;
        std::array<double, 256> shared{};
        for (const std::size_t i : piece)
            if (is_body(found.voxels[i])) shared[found.voxels[i]] += 1;
        const auto most =
            static_cast<std::uint8_t>(std::max_element(shared.begin(), shared.end()) - shared.begin());
        truth += size;
        if (shared[most] == 0) {
            result.dice.push_back(0);
            continue;
        }
        result.dice.push_back(dice_of(shared[most], size, sizes[most]));
        both += shared[most];
        if (counted.insert(most).second) taken += sizes[most];
    }
    result.pooled = dice_of(both, truth, taken);
    return result;
}

}  // namespace spineseg

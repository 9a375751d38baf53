// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/levels/column_size.h"

#include <algorithm>
#include <vector>

#include "worker/levels/column_frame.h"
#include "worker/levels/disc_chain.h"

namespace spineseg {
namespace {

constexpr std::size_t kFewestDiscs = 4;
constexpr std::size_t kLumbarDiscs = 6;

double middle_of(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

}  // namespace

std::optional<ColumnSize> size_of_column(const LabelMap& labels) {
    using namespace levels;
    const VoxelSet voxels = voxels_of(labels, Label::disc);
    const ColumnFrame frame = find_column_frame(labels.geometry, voxels_of(labels, Label::canal), voxels);
    const auto discs = find_discs(labels.geometry, voxels, frame).discs;
    if (discs.size() < kFewestDiscs) return std::nullopt;
    const std::size_t count = std::min(kLumbarDiscs, discs.size());
    std::vector<double> steps, depths;
    for (std::size_t i = 0; i < count; ++i) {
        depths.push_back(discs[i].depth);
        if (i > 0) steps.push_back(norm(discs[i].centre - discs[i - 1].centre));
    }
    return ColumnSize{middle_of(steps), middle_of(depths)};
}

}  // namespace spineseg

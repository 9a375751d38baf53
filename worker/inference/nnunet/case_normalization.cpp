// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/nnunet/case_normalization.h"

#include <torch/torch.h>

#include <algorithm>
#include <limits>
#include <vector>

namespace spineseg::nnunet {
namespace {

constexpr double kSmallestScale = 1e-8;

/// scipy's binary_fill_holes: zeros that cannot be reached from outside through faces count as inside.
torch::Tensor without_holes(const torch::Tensor& nonzero) {
    const auto solid = nonzero.contiguous();
    const auto depth = solid.size(0), rows = solid.size(1), columns = solid.size(2);
    auto filled = torch::ones_like(solid);
    const bool* source = solid.data_ptr<bool>();
    bool* inside = filled.data_ptr<bool>();
    std::vector<std::int64_t> open;
    const auto visit = [&](std::int64_t z, std::int64_t y, std::int64_t x) {
        if (z < 0 || y < 0 || x < 0 || z >= depth || y >= rows || x >= columns) return;
        const auto at = (z * rows + y) * columns + x;
        if (source[at] || !inside[at]) return;
        inside[at] = false;
        open.push_back(at);
    };
    for (std::int64_t z = 0; z < depth; ++z) {
        for (std::int64_t y = 0; y < rows; ++y) {
            const bool face = z == 0 || y == 0 || z == depth - 1 || y == rows - 1;
            for (std::int64_t x = 0; x < columns; x += face || x == columns - 1 ? 1 : columns - 1)
                visit(z, y, x);
        }
    }
    while (!open.empty()) {
        const auto at = open.back();
        open.pop_back();
        const auto x = at % columns, y = at / columns % rows, z = at / columns / rows;
        visit(z - 1, y, x), visit(z + 1, y, x);
        visit(z, y - 1, x), visit(z, y + 1, x);
        visit(z, y, x - 1), visit(z, y, x + 1);
    }
    return filled;
}

torch::Tensor cropped(const torch::Tensor& stack, const Box& box) {
    torch::Tensor part = stack;
    for (std::size_t axis = 0; axis < 3; ++axis)
        part =
            part.narrow(static_cast<std::int64_t>(axis), box.first[axis], box.behind[axis] - box.first[axis]);
    return part;
}

}  // namespace

Box nonzero_box(const torch::Tensor& stack) {
    const auto nonzero = stack != 0;
    const auto projected = nonzero.any(0);
    const std::array<torch::Tensor, 3> along{nonzero.flatten(1).any(1), projected.any(1), projected.any(0)};
    Box box;
    for (std::size_t axis = 0; axis < 3; ++axis) {
        const auto places = torch::nonzero(along[axis]);
        if (places.size(0) == 0) return {};
        box.first[axis] = places[0].item<std::int64_t>();
        box.behind[axis] = places[-1].item<std::int64_t>() + 1;
    }
    return box;
}

CaseNormalization::CaseNormalization(const torch::Tensor& stack, const Configuration& configuration)
    : box_(nonzero_box(stack)),
      cropped_(cropped(stack, box_)),
      lower_(-std::numeric_limits<double>::infinity()),
      upper_(std::numeric_limits<double>::infinity()) {
    if (box_.empty()) return;
    switch (configuration.normalization) {
        case Normalization::zscore: {
            // As in nnU-Net, only this rule looks at the mask.
            if (configuration.masked_normalization) mask_ = without_holes(cropped_ != 0);
            const auto values =
                (mask_.defined() ? cropped_.masked_select(mask_) : cropped_).to(torch::kFloat64);
            shift_ = values.mean().item<double>();
            scale_ = std::max(values.std(/*unbiased=*/false).item<double>(), kSmallestScale);
            break;
        }
        case Normalization::ct:
            lower_ = configuration.foreground.lower;
            upper_ = configuration.foreground.upper;
            shift_ = configuration.foreground.mean;
            scale_ = std::max(configuration.foreground.deviation, kSmallestScale);
            break;
        case Normalization::none:
            break;
        case Normalization::rescale_to_01:
            shift_ = cropped_.min().item<double>();
            scale_ = std::max(cropped_.max().item<double>() - shift_, kSmallestScale);
            break;
    }
    const auto all = normalized(cropped_);
    const auto masked = mask_.defined() ? all.masked_fill(mask_.logical_not(), 0.0) : all;
    rows_ = {masked.amin({0, 2}).unsqueeze(1), masked.amax({0, 2}).unsqueeze(1)};
    columns_ = {masked.amin({0, 1}).unsqueeze(0), masked.amax({0, 1}).unsqueeze(0)};
}

torch::Tensor CaseNormalization::normalized(const torch::Tensor& values) const {
    return ((values.clamp(lower_, upper_) - shift_) / scale_).to(torch::kFloat32);
}

Bounds CaseNormalization::bounds(std::int64_t slice, std::optional<std::size_t> apart) const {
    if (apart == 1U) return rows_;
    if (apart == 2U) return columns_;
    const auto whole = [](const torch::Tensor& low, const torch::Tensor& high) {
        return Bounds{low.min().reshape({1, 1}), high.max().reshape({1, 1})};
    };
    if (!apart) return whole(rows_.low, rows_.high);
    const auto alone = plane(slice);
    return whole(alone, alone);
}

torch::Tensor CaseNormalization::plane(std::int64_t slice) const {
    const auto index = slice - box_.first[0];
    const auto values = normalized(cropped_[index]);
    return mask_.defined() ? values.masked_fill(mask_[index].logical_not(), 0.0) : values;
}

}  // namespace spineseg::nnunet

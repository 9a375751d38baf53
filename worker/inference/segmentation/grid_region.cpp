// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/segmentation/grid_region.h"

#include <torch/torch.h>

#include <algorithm>

namespace spineseg {
namespace {

struct Span {
    std::int64_t first = 0;
    std::int64_t length = 0;
};

/// `marked`: bool [L], with something marked.
Span span_around(const torch::Tensor& marked, std::int64_t margin, std::int64_t multiple) {
    const auto places = marked.nonzero();
    const auto whole = marked.size(0);
    const auto first = std::max<std::int64_t>(0, places.min().item<std::int64_t>() - margin);
    const auto end = std::min(whole, places.max().item<std::int64_t>() + 1 + margin);
    const auto length = (end - first + multiple - 1) / multiple * multiple;
    const auto centred = first - (length - (end - first)) / 2;
    return {std::clamp<std::int64_t>(centred, 0, whole - length), length};
}

}  // namespace

GridRegion whole_grid(const torch::Tensor& grid) {
    return {0, 0, grid.size(-2), grid.size(-1)};
}

std::optional<GridRegion> region_around(const torch::Tensor& marked, std::int64_t margin,
                                        std::int64_t multiple) {
    if (!marked.any().item<bool>()) return std::nullopt;
    const Span rows = span_around(marked.any(1), margin, multiple);
    const Span columns = span_around(marked.any(0), margin, multiple);
    return GridRegion{rows.first, columns.first, rows.length, columns.length};
}

torch::Tensor within(const GridRegion& region, const torch::Tensor& grid) {
    return grid.narrow(-2, region.first_row, region.rows).narrow(-1, region.first_column, region.columns);
}

}  // namespace spineseg

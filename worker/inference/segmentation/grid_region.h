// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A rectangle of the model grid, and tensors seen through it. Values; any thread.

#include <torch/types.h>

#include <cstdint>
#include <optional>

namespace spineseg {

/// In pixels of the model grid.
struct GridRegion {
    std::int64_t first_row = 0;
    std::int64_t first_column = 0;
    std::int64_t rows = 0;
    std::int64_t columns = 0;
};

/// All of a tensor [..,H,W].
GridRegion whole_grid(const torch::Tensor& grid);

/// The smallest region around what is marked in `marked` (bool [H,W]), `margin` pixels wider on every side,
/// whose sides are multiples of `multiple`, as H and W must be. It does not reach over the model grid: at its
/// border it grows to the other side instead. None where nothing is marked.
std::optional<GridRegion> region_around(const torch::Tensor& marked, std::int64_t margin,
                                        std::int64_t multiple);

/// [..,H,W] → a view of the region, [..,rows,columns].
torch::Tensor within(const GridRegion& region, const torch::Tensor& grid);

}  // namespace spineseg

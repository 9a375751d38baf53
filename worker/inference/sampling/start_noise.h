// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>

namespace spineseg {

/// Where a sample of a slice starts from: float32 [3, rows, columns], standard normal.
using StartNoise = std::function<torch::Tensor(std::int64_t slice, std::int64_t sample, std::int64_t rows,
                                               std::int64_t columns)>;

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>

namespace at {
class Tensor;
}

namespace spineseg {

/// Where a sample of a slice starts from: float32 [3, rows, columns], standard normal.
using StartNoise = std::function<at::Tensor(std::int64_t slice, std::int64_t sample, std::int64_t rows,
                                            std::int64_t columns)>;

}  // namespace spineseg

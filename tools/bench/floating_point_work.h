// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How many floating-point operations one call of a network takes: its convolutions, a multiplication and an
/// addition counted as two. Norms, activations and pooling are left out, as in the papers. Pure.

#include <torch/nn.h>

#include <cstdint>

namespace spineseg {

std::int64_t convolution_operations(const torch::nn::Module& network, int rows, int columns);

}  // namespace spineseg

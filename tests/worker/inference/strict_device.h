// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A device that stands for a GPU where there is none. Its tensors are computed on the CPU, but they refuse
/// to be used together with the CPU's own tensors as CUDA's do, and reading them is counted as CUDA would
/// have to wait for it. It takes the place of LibTorch's HIP, which no build that we use fills. One thread at
/// a time.

#include <torch/types.h>

namespace spineseg {

/// "hip:0"; ready to use.
torch::Device strict_device();

/// How often a tensor of the device was read by the CPU since the last call: copies and item(). On a GPU each
/// of them waits until all that was asked for before has been computed.
int reads_of_strict_device();

}  // namespace spineseg

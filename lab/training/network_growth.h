// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A trained network's weights for a wider network that computes the same (Net2WiderNet: Chen, Goodfellow,
/// Shlens, "Net2Net: accelerating learning via knowledge transfer", ICLR 2016): every channel becomes several
/// equal ones, and what reads them divides its weight among them. The division is random, so that equal
/// channels get different gradients and part ways. Values; any thread.

#include <cstdint>

#include "core/result.h"
#include "worker/inference/storage/safetensors.h"

namespace spineseg {

/// `trained` with the shapes of `wider`: tensors of the same names whose channels are whole multiples, the
/// same multiple wherever a channel is read and written. invalid_argument names the tensor that is not.
Result<TensorMap> grown(const TensorMap& trained, const TensorMap& wider, std::uint64_t seed);

}  // namespace spineseg

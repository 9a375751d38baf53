// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The published SpineSegDiff's checkpoints (docs/method.md §2.6) as our weights. The names are the same on
/// both sides; what torch.save and its callers wrap around them is taken off: a top-level key "module", and a
/// leading "module." of every name (DataParallel). No state; any thread.

#include "core/result.h"
#include "worker/inference/checkpoint/torch_checkpoint.h"
#include "worker/inference/storage/safetensors.h"

namespace spineseg {

/// Every tensor under its published name. Which of them must be there, and in which shape, the network
/// decides: load_state() refuses the rest by name.
Result<TensorMap> spinesegdiff_tensors(TorchCheckpoint& checkpoint);

}  // namespace spineseg

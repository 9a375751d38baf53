// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The device that the networks compute on. Works with a LibTorch that was built without CUDA as well:
/// nothing here needs CUDA's headers. Any thread.

#include <torch/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "core/result.h"

namespace spineseg {

/// "cpu", "cuda" or "cuda:1". invalid_configuration for any other name, and where LibTorch or this machine
/// has no such device; the message says which, and what to do.
Result<torch::Device> find_device(const std::string& name);

/// For this process: on a GPU, results that are the same in every run, and float32 that is not rounded to
/// TF32. Nothing on a CPU, which has neither choice.
void prefer_exact_results(const torch::Device& device);

/// Bytes that nobody uses on the GPU, as its driver says. None for a CPU, and where the driver does not
/// answer.
std::optional<std::int64_t> free_device_memory(const torch::Device& device);

}  // namespace spineseg

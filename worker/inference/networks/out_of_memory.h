// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <exception>

namespace spineseg {

/// Whether the error says that memory ran out: std::bad_alloc, c10::OutOfMemoryError, and what LibTorch,
/// cuDNN and cuBLAS say in other exceptions. Any thread.
bool says_out_of_memory(const std::exception& error);

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/networks/out_of_memory.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <array>
#include <new>
#include <string_view>

namespace spineseg {
namespace {

/// In other exceptions than c10::OutOfMemoryError: the CPU's allocator (both releases), oneDNN, cuDNN,
/// cuBLAS.
constexpr std::array<std::string_view, 5> kOutOfMemoryTexts{
    "out of memory", "not enough memory", "can't allocate memory", "CUDNN_STATUS_ALLOC_FAILED",
    "CUBLAS_STATUS_ALLOC_FAILED"};

}  // namespace

bool says_out_of_memory(const std::exception& error) {
    if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return true;
    if (dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr) return true;
    const auto* of_torch = dynamic_cast<const c10::Error*>(&error);
    const std::string_view text = of_torch ? of_torch->what_without_backtrace() : error.what();
    return std::any_of(kOutOfMemoryTexts.begin(), kOutOfMemoryTexts.end(),
                       [&](std::string_view part) { return text.find(part) != std::string_view::npos; });
}

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How our networks compute their convolutions on a CPU. The methods give the same result but for rounding. Names no
/// type of LibTorch's. Any thread.

#include <optional>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace spineseg {

enum class ConvolutionMethod {
    channels_last,  ///< LibTorch's, maps NHWC: on every device, and in training
    blocked,        ///< oneDNN's, maps blocked by 8 or 16 channels from the first layer to the last
    winograd,  ///< blocked, 3 × 3 by Winograd's F(4 × 4, 3 × 3) where oneDNN has it: float32 with AVX-512
};

inline constexpr ConvolutionMethod kConvolutionMethods[] = {
    ConvolutionMethod::channels_last, ConvolutionMethod::blocked, ConvolutionMethod::winograd};

/// "channels-last", "blocked", "winograd".
const char* to_string(ConvolutionMethod method);
/// None for "auto"; invalid_argument otherwise.
Result<std::optional<ConvolutionMethod>> convolution_method_from_string(std::string_view name);

/// The method of every network of this thread, as a scope; channels_last outside. Without effect where gradients are
/// recorded.
class ConvolutionScope {
  public:
    explicit ConvolutionScope(ConvolutionMethod method);
    ~ConvolutionScope();
    ConvolutionScope(const ConvolutionScope&) = delete;
    ConvolutionScope& operator=(const ConvolutionScope&) = delete;

  private:
    ConvolutionMethod before_;
};

/// What the innermost scope of this thread asks for.
ConvolutionMethod current_convolution_method();

}  // namespace spineseg

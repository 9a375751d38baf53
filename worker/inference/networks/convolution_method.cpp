// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/networks/convolution_method.h"

#include <string>

namespace spineseg {
namespace {

thread_local ConvolutionMethod t_convolution_method = ConvolutionMethod::channels_last;

}  // namespace

const char* to_string(ConvolutionMethod method) {
    constexpr const char* kNames[] = {"channels-last", "blocked", "winograd"};
    return kNames[static_cast<std::size_t>(method)];
}

Result<std::optional<ConvolutionMethod>> convolution_method_from_string(std::string_view name) {
    if (name == "auto") return std::optional<ConvolutionMethod>();
    for (const ConvolutionMethod method : kConvolutionMethods)
        if (name == to_string(method)) return std::optional(method);
    return failure(
        ErrorCode::invalid_argument,
        "convolutions \"" + std::string(name) + "\" are none of auto, channels-last, blocked and winograd");
}

ConvolutionScope::ConvolutionScope(ConvolutionMethod method) : before_(t_convolution_method) {
    t_convolution_method = method;
}
ConvolutionScope::~ConvolutionScope() {
    t_convolution_method = before_;
}

ConvolutionMethod current_convolution_method() {
    return t_convolution_method;
}

}  // namespace spineseg

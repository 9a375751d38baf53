// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Which convolution method a network computes with on this processor. One thread at a time.

#include <torch/types.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "config/model_manifest.h"
#include "core/result.h"
#include "worker/inference/networks/convolution_method.h"
#include "worker/inference/networks/precision.h"

namespace spineseg {

struct ConvolutionTrial {
    struct Candidate {
        ConvolutionMethod method = ConvolutionMethod::channels_last;
        double seconds = 0.0;     ///< processor time of a call on one thread
        double difference = 0.0;  ///< the largest from channels-last, in standard deviations of the result
        bool agrees = true;       ///< there is an answer, and the difference is rounding
    };
    std::vector<Candidate> candidates;  ///< empty where nothing was to be tried
    ConvolutionMethod chosen = ConvolutionMethod::channels_last;

    /// "blocked (channels-last 54.1 ms, blocked 33.0 ms)".
    std::string describe() const;
};

/// The methods by which networks of these widths can be computed on the device in the precision; channels-last first, and
/// what was measured to be faster after it.
std::vector<ConvolutionMethod> possible_methods(const torch::Device& device, const Widths& widths,
                                                Precision precision);

/// Runs `call`, a network call on a picture of so many rows and columns, with each of the methods in turn, which takes some
/// tenths of a second. Chosen is the last method whose result is the same but for rounding; in bfloat16 where AMX multiplies
/// it, which was not measured, channels-last. The times are for people: they choose nothing, because they would choose
/// otherwise from start to start where methods lie close, and methods differ by rounding. Throws what the call throws by
/// channels-last.
ConvolutionTrial try_methods(
    const std::vector<ConvolutionMethod>& methods, std::int64_t rows, std::int64_t columns,
    const std::function<torch::Tensor(std::int64_t rows, std::int64_t columns)>& call);

/// The trial's outcome, or `wanted`: invalid_configuration where that is not possible here.
Result<ConvolutionTrial> find_method(std::optional<ConvolutionMethod> wanted,
                                     const std::vector<ConvolutionMethod>& methods,
                                     const std::function<ConvolutionTrial()>& trial);

}  // namespace spineseg

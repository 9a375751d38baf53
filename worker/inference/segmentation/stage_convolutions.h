// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The convolution method of each stage of a model. One thread at a time.

#include <torch/types.h>

#include <optional>
#include <string>

#include "core/result.h"
#include "worker/inference/networks/convolution_method.h"
#include "worker/inference/networks/convolution_trial.h"
#include "worker/inference/networks/precision.h"

namespace spineseg {

struct ModelBundle;

/// Of members with the same widths one is tried for all.
struct StageConvolutions {
    ConvolutionTrial presegmentation;
    ConvolutionTrial diffusion;

    /// "presegmentation blocked (channels-last 54.1 ms, blocked 33.0 ms); diffusion ...".
    std::string describe() const;
};

/// Tries what is possible on pictures of half the model grid's sides, or takes `wanted` for both stages:
/// invalid_configuration where one of them cannot. A presegmenter that is not ours has no choice. Throws c10::Error.
Result<StageConvolutions> find_convolutions(ModelBundle& bundle, const torch::Device& device,
                                            Precision precision, std::optional<ConvolutionMethod> wanted);

}  // namespace spineseg

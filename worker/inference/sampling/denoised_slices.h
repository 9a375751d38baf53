// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Some slices of a series while the denoiser draws their samples: what stays the same over samples and
/// steps, repeated as often as a batch needs it. A batch holds every slice once for each of its samples:
/// sample s of slice g is image s * slices + g. Throws c10::Error. One thread at a time.

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "config/model_manifest.h"
#include "worker/inference/networks/networks.h"
#include "worker/inference/sampling/sampler.h"

namespace spineseg {

class DenoisedSlices {
  public:
    /// `images` [G,1,H,W] as the networks see them, `presegmentation` [G,4,H,W] with background, both on the
    /// networks' device.
    DenoisedSlices(torch::Tensor images, const torch::Tensor& presegmentation, Prediction prediction);

    /// Runs the network's image encoder, once for all samples. Before denoiser().
    void encode(const SpineSegDiff& network);
    /// Where so many samples begin; `noise` [samples * G,3,H,W] on any device.
    torch::Tensor start(const Sampler& sampler, const torch::Tensor& noise) const;
    /// The network that encode() was given, on batches of so many samples.
    Denoise denoiser(std::int64_t samples);

  private:
    torch::Tensor images_;
    torch::Tensor mask_;   ///< [G,3,H,W]: the likeliest structure
    torch::Tensor basis_;  ///< [G,3,H,W]: what a residual is added to, or undefined
    SpineSegDiff network_{nullptr};
    std::vector<torch::Tensor> features_;           ///< of the image encoder
    std::vector<torch::Tensor> repeated_features_;  ///< for repeated_for_ samples
    std::int64_t repeated_for_ = 0;
};

}  // namespace spineseg

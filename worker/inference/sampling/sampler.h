// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The DDIM sampler (η = 0): which timesteps are visited, where the samples start, and the update between two
/// calls of the network (docs/method.md §3.3, §3.6). Knows no network: the denoiser is a function.
/// Coefficients in float64, samples in float32 whatever the network computes in. With η = 0 the starting
/// noise is the only randomness. Any thread.

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "config/model_manifest.h"
#include "worker/inference/sampling/noise_schedule.h"

namespace spineseg {

/// x_t [S,3,H,W] float32 and its timestep → logits [S,3,H,W] float32.
using Denoise = std::function<torch::Tensor(const torch::Tensor& x_t, int timestep)>;
/// Called after each network call with the step (0 is the noisiest) and its logits; false stops the run.
using StepSink = std::function<bool(int step, const torch::Tensor& logits)>;

/// Standard normal noise [3,H,W] that depends on nothing but these four numbers: not on batches, not on the
/// device.
torch::Tensor sample_noise(std::uint64_t model_seed, std::uint64_t job_seed, std::int64_t slice,
                           std::int64_t sample, std::int64_t rows, std::int64_t columns);

/// [..,4,H,W] class probabilities (background first) → [..,3,H,W]: 1 where the structure is the likeliest
/// class, else 0.
torch::Tensor likeliest_structure(const torch::Tensor& class_probabilities);

/// [..,4,H,W] class probabilities (background first) → [..,3,H,W]: ln q/(1−q) of each structure, at most ±7:
/// what a denoiser that predicts a residual adds to.
torch::Tensor structure_logits(const torch::Tensor& class_probabilities);

/// Training's and sampling's forward process: √ᾱ_t (2·mask − 1) + √(1−ᾱ_t) noise. With a binary scale,
/// √ᾱ_t mask instead, which only the original's inference does.
torch::Tensor noised_mask(const NoiseSchedule& schedule, int timestep, const torch::Tensor& mask,
                          const torch::Tensor& noise, MaskScale scale = MaskScale::signed_unit);

/// The clean mask in −1..1 that the logits mean.
torch::Tensor x0_from_logits(const torch::Tensor& logits, X0Rule rule);

class Sampler {
  public:
    /// Throws std::invalid_argument where the plan's steps do not fit into its timesteps.
    explicit Sampler(const DiffusionPlan& plan);

    /// The most steps that this plan's start allows.
    static int most_steps(const DiffusionPlan& plan);

    int steps() const { return static_cast<int>(timesteps_.size()); }
    /// Noisiest first.
    const std::vector<int>& timesteps() const { return timesteps_; }

    /// Where sampling begins. `mask` [1 or S,3,H,W] in {0,1} is used where the plan starts from the
    /// presegmentation.
    torch::Tensor start(const torch::Tensor& noise, const torch::Tensor& mask) const;

    /// Walks all steps. Returns the last clean mask in −1..1, or an undefined tensor where the sink stopped
    /// the run.
    torch::Tensor run(torch::Tensor x, const Denoise& denoise, const StepSink& sink) const;

  private:
    torch::Tensor advanced(const torch::Tensor& x, const torch::Tensor& x0, std::size_t step) const;

    NoiseSchedule schedule_;
    StartRule start_;
    MaskScale mask_scale_;
    X0Rule x0_;
    std::vector<int> timesteps_;
};

}  // namespace spineseg

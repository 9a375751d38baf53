// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/sampling/sampler.h"

#include <ATen/CPUGeneratorImpl.h>
#include <torch/torch.h>

#include "core/split_mix.h"
#include "core/volume.h"

namespace spineseg {
namespace {

/// Neighbouring seeds, slices and samples share no bits of noise.
std::uint64_t mixed(std::uint64_t state, std::uint64_t value) {
    return split_mix(state + value + kSplitMixStep);
}

int first_timestep(const DiffusionPlan& plan, const NoiseSchedule& schedule) {
    if (plan.start == StartRule::noise) return schedule.timesteps() - 1;
    return schedule.first_timestep_at_or_below(plan.start_signal);
}

}  // namespace

torch::Tensor sample_noise(std::uint64_t model_seed, std::uint64_t job_seed, std::int64_t slice,
                           std::int64_t sample, std::int64_t rows, std::int64_t columns) {
    auto seed = mixed(mixed(0, model_seed), job_seed);
    seed = mixed(mixed(seed, static_cast<std::uint64_t>(slice)), static_cast<std::uint64_t>(sample));
    // Always drawn on the CPU: CUDA's generator would give other noise for the same seed.
    return torch::randn({std::int64_t{kStructures}, rows, columns}, at::detail::createCPUGenerator(seed),
                        torch::kFloat32);
}

torch::Tensor likeliest_structure(const torch::Tensor& class_probabilities) {
    const auto classes = class_probabilities.argmax(-3);
    std::vector<torch::Tensor> masks;
    for (std::int64_t c = 1; c <= kStructures; ++c) masks.push_back(classes.eq(c));
    return torch::stack(masks, -3).to(torch::kFloat32);
}

torch::Tensor structure_logits(const torch::Tensor& class_probabilities) {
    constexpr double kLeast = 9.1e-4;  // ln(p/(1−p)) = ±7
    return torch::logit(class_probabilities.narrow(-3, 1, kStructures), kLeast);
}

torch::Tensor noised_mask(const NoiseSchedule& schedule, int timestep, const torch::Tensor& mask,
                          const torch::Tensor& noise, MaskScale scale) {
    const auto clean = scale == MaskScale::binary ? mask : mask * 2.0 - 1.0;
    return clean * schedule.signal(timestep) + noise * schedule.noise(timestep);
}

torch::Tensor x0_from_logits(const torch::Tensor& logits, X0Rule rule) {
    if (rule == X0Rule::clamped_logits) return logits.clamp(-1.0, 1.0);
    return torch::sigmoid(logits) * 2.0 - 1.0;
}

Sampler::Sampler(const DiffusionPlan& plan)
    : schedule_(plan.schedule, plan.timesteps),
      start_(plan.start),
      mask_scale_(plan.mask_scale),
      x0_(plan.x0),
      timesteps_(respaced_timesteps(first_timestep(plan, schedule_), plan.steps)) {}

int Sampler::most_steps(const DiffusionPlan& plan) {
    return first_timestep(plan, NoiseSchedule(plan.schedule, plan.timesteps)) + 1;
}

torch::Tensor Sampler::start(const torch::Tensor& noise, const torch::Tensor& mask) const {
    if (start_ == StartRule::noise) return noise;
    return noised_mask(schedule_, timesteps_.front(), mask, noise, mask_scale_);
}

torch::Tensor Sampler::advanced(const torch::Tensor& x, const torch::Tensor& x0, std::size_t step) const {
    if (step + 1 == timesteps_.size()) return x0;  // ᾱ of "before step 0" is 1
    const int now = timesteps_[step];
    const int next = timesteps_[step + 1];
    // ε = (x − √ᾱ x0) / √(1−ᾱ): the published form divides x by √ᾱ, which is 5e-5 at the cosine's end, and
    // loses x0.
    const auto noise = (x - x0 * schedule_.signal(now)) / schedule_.noise(now);
    return x0 * schedule_.signal(next) + noise * schedule_.noise(next);
}

torch::Tensor Sampler::run(torch::Tensor x, const Denoise& denoise, const StepSink& sink) const {
    for (std::size_t step = 0; step < timesteps_.size(); ++step) {
        const auto logits = denoise(x, timesteps_[step]).to(torch::kFloat32);
        if (sink && !sink(static_cast<int>(step), logits)) return {};
        x = advanced(x, x0_from_logits(logits, x0_), step);
    }
    return x;
}

}  // namespace spineseg

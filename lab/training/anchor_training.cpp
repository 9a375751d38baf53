// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/anchor_training.h"

#include <torch/torch.h>

#include "lab/training/presegmentation_training.h"

namespace spineseg {
namespace {

constexpr double kMayBe = 0.25;      // of a class: less is "it is not"
constexpr double kIsCertain = 0.75;  // of a class: more excludes the others
constexpr double kAnchorSmoothing = 1.0;

}  // namespace

torch::Tensor anchor_loss(const torch::Tensor& logits, const torch::Tensor& may_be) {
    const torch::Tensor other = may_be.amax(1, true).le(kIsCertain);
    const torch::Tensor allowed = torch::cat({other, may_be.ge(kMayBe)}, 1);
    const torch::Tensor log_probability = torch::log_softmax(logits, 1);
    const torch::Tensor of_set =
        torch::logsumexp(log_probability.masked_fill(allowed.logical_not(), -1e4), 1);
    const torch::Tensor known = allowed.sum(1, true).eq(1).to(torch::kFloat32);
    const torch::Tensor truth = may_be.gt(kIsCertain).to(torch::kFloat32);
    const torch::Tensor probability = log_probability.slice(1, 1).exp() * known;
    const torch::Tensor overlap = (probability * truth).sum({0, 2, 3});
    const torch::Tensor sizes = probability.sum({0, 2, 3}) + truth.sum({0, 2, 3});
    const torch::Tensor dice = (2 * overlap + kAnchorSmoothing) / (sizes + kAnchorSmoothing);
    return -of_set.mean() + (1 - dice).mean();
}

AugmentationPlan anchor_augmentation(AugmentationPlan plan) {
    plan.spineless = plan.archless = plan.beside_canal = plan.void_share = 0;
    return plan;
}

Result<Trained> train_anchor(const std::vector<TrainingCase>& cases, const InputPlan& input,
                             const Widths& widths, const AugmentationPlan& augmentation,
                             const TrainingPlan& plan, const std::filesystem::path& run_folder,
                             const ReportSink& sink) {
    const auto loss = [](const torch::Tensor& logits, const TrainingBatch& batch) {
        return anchor_loss(logits, batch.target);
    };
    return train_unet(cases, input, widths, augmentation, plan, run_folder, sink, loss);
}

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/presegmentation_training.h"

#include <torch/torch.h>

#include "lab/training/losses.h"
#include "worker/inference/networks/networks.h"

namespace spineseg {

Result<Trained> train_unet(const std::vector<TrainingCase>& cases, const InputPlan& input,
                           const Widths& widths, const AugmentationPlan& augmentation_plan,
                           const TrainingPlan& plan, const std::filesystem::path& run_folder,
                           const ReportSink& sink, const BatchLoss& loss) {
    torch::manual_seed(plan.seed);
    PresegmentationUNet network(widths);
    const Augmentation augmentation(cases, input, augmentation_plan);
    const auto loss_of = [&](std::int64_t iteration) {
        const TrainingBatch batch = augmentation.batch(plan.batch, plan.seed, iteration);
        return loss(network->forward(batch.image), batch);
    };
    return train(*network, loss_of, plan, run_folder, sink);
}

Result<Trained> train_presegmentation(const std::vector<TrainingCase>& cases, const InputPlan& input,
                                      const Widths& widths, const AugmentationPlan& augmentation,
                                      const TrainingPlan& plan, const std::filesystem::path& run_folder,
                                      const ReportSink& sink) {
    const auto loss = [&](const torch::Tensor& logits, const TrainingBatch& batch) {
        return presegmentation_loss(logits, batch.target, batch.known, plan.dice_weight);
    };
    return train_unet(cases, input, widths, augmentation, plan, run_folder, sink, loss);
}

}  // namespace spineseg

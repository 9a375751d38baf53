// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/presegmentation_training.h"

#include <torch/torch.h>

#include "lab/training/losses.h"
#include "worker/inference/networks/networks.h"

namespace spineseg {

Result<Trained> train_presegmentation(const std::vector<TrainingCase>& cases, const InputPlan& input,
                                      const Widths& widths, const AugmentationPlan& augmentation_plan,
                                      const TrainingPlan& plan, const std::filesystem::path& run_folder,
                                      const ReportSink& sink) {
    torch::manual_seed(plan.seed);
    PresegmentationUNet network(widths);
    const Augmentation augmentation(cases, input, augmentation_plan);
    const auto loss = [&](std::int64_t iteration) {
        const TrainingBatch batch = augmentation.batch(plan.batch, plan.seed, iteration);
        return presegmentation_loss(network->forward(batch.image), batch.target, batch.known,
                                    plan.dice_weight);
    };
    return train(*network, loss, plan, run_folder, sink);
}

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/training/diffusion_training.h"

#include <ATen/CPUGeneratorImpl.h>
#include <torch/torch.h>

#include <random>

#include "worker/inference/networks.h"
#include "worker/inference/noise_schedule.h"
#include "worker/inference/sampler.h"
#include "worker/training/losses.h"

namespace spineseg {
namespace {

using torch::Tensor;

/// How much of the denoiser's own features enters beside the copied image encoder's at the start: enough to
/// learn from, too little to spoil what the presegmenter knows (feasibility study, §3).
constexpr double kOwnFeatures = 0.3;
constexpr double kMaskWeight = 0.02;

/// Copies `from`'s tensors with `prefix` into the module's tensors of the same remaining names and shapes.
void copy_matching(torch::nn::Module& module, const TensorMap& from, const std::string& prefix) {
    torch::NoGradGuard guard;
    for (auto& item : module.named_parameters()) {
        const auto found = from.find(prefix + item.key());
        if (found != from.end() && found->second.sizes() == item.value().sizes())
            item.value().copy_(found->second);
    }
}

/// The denoiser begins as the presegmenter with a faint ear for the mask channels.
void warm_start(SpineSegDiff& network, const TensorMap& presegmenter) {
    if (!network->embed_model.is_empty()) copy_matching(*network->embed_model, presegmenter, "encoder.");
    copy_matching(*network->model, presegmenter, "encoder.");
    copy_matching(*network->model, presegmenter, "");
    torch::NoGradGuard guard;
    const Tensor first = presegmenter.at("encoder.conv_0.conv_0.conv.weight");
    Tensor weight = network->model->conv_0->conv_0->conv->weight;
    weight.normal_(0, kMaskWeight);
    weight.slice(1, 0, 1).copy_(first);
    if (!network->embed_model.is_empty()) {
        const auto fade = [](TwoConv& block) {
            block->conv_1->norm->weight.mul_(kOwnFeatures);
            block->conv_1->norm->bias.mul_(kOwnFeatures);
        };
        fade(network->model->conv_0);
        for (auto& down : network->model->downs) fade(down->convs);
    }
    // Four softmax logits become three against the background.
    const Tensor out_weight = presegmenter.at("final_conv.weight"),
                 out_bias = presegmenter.at("final_conv.bias");
    network->model->final_conv->weight.copy_(out_weight.slice(0, 1) - out_weight.slice(0, 0, 1));
    network->model->final_conv->bias.copy_(out_bias.slice(0, 1) - out_bias.slice(0, 0, 1));
}

Result<PresegmentationUNet> frozen(const TensorMap& weights, const Widths& widths) {
    PresegmentationUNet network(widths);
    if (auto loaded = load_state(*network, weights); !loaded) return failure(loaded.error());
    network->eval();
    return network;
}

}  // namespace

Result<Trained> train_diffusion(const std::vector<TrainingCase>& cases, const InputPlan& input,
                                const DiffusionTraining& settings, const std::filesystem::path& run_folder,
                                const ReportSink& sink) {
    const auto& plan = settings.training;
    torch::manual_seed(plan.seed);
    auto presegmenter = frozen(settings.presegmenter, settings.presegmenter_widths);
    if (!presegmenter) return failure(presegmenter.error());
    auto early = settings.early_presegmenter.empty()
                     ? presegmenter
                     : frozen(settings.early_presegmenter, settings.presegmenter_widths);
    if (!early) return failure(early.error());

    SpineSegDiff network(settings.diffusion.widths, settings.diffusion.image_encoder);
    if (settings.diffusion.widths == settings.presegmenter_widths) warm_start(network, settings.presegmenter);
    const Augmentation augmentation(cases, input, settings.augmentation);
    const NoiseSchedule schedule(settings.diffusion.schedule, settings.diffusion.timesteps);

    const auto loss = [&](std::int64_t iteration) {
        const TrainingBatch batch = augmentation.batch(plan.batch, plan.seed, iteration);
        std::mt19937_64 random(plan.seed ^
                               (0x9e3779b97f4a7c15ULL * static_cast<std::uint64_t>(iteration + 1)));
        const auto unit = [&] { return std::uniform_real_distribution<double>(0, 1)(random); };
        Tensor masks = (batch.target > 0.5).to(torch::kFloat32);
        if (unit() < settings.presegmentation_share) {
            torch::NoGradGuard guard;
            auto& network_of_mask = unit() < settings.early_share ? *early : *presegmenter;
            masks = likeliest_structure(torch::softmax(network_of_mask->forward(batch.image), 1));
        }
        std::vector<std::int64_t> timesteps;
        std::vector<Tensor> noised;
        for (int i = 0; i < plan.batch; ++i) {
            timesteps.push_back(static_cast<std::int64_t>(
                random() % static_cast<std::uint64_t>(settings.diffusion.timesteps)));
            const Tensor noise = torch::randn(masks[i].sizes(), at::detail::createCPUGenerator(random()));
            noised.push_back(noised_mask(schedule, static_cast<int>(timesteps.back()), masks[i], noise));
        }
        const Tensor logits = network->model->forward(batch.image, torch::stack(noised),
                                                      torch::tensor(timesteps), network->encode(batch.image));
        return diffusion_loss(logits, batch.target).total();
    };
    return train(*network, loss, plan, run_folder, /*milestone=*/0, sink);
}

}  // namespace spineseg

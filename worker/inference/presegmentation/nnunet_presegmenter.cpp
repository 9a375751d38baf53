// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/presegmentation/nnunet_presegmenter.h"

#include <torch/torch.h>

#include "worker/inference/networks/current_precision.h"
#include "worker/inference/nnunet/model_folder.h"
#include "worker/inference/presegmentation/output_channels.h"
#include "worker/inference/presegmentation/slice_stack.h"
#include "worker/inference/storage/bundle_file.h"

namespace spineseg {
namespace {

constexpr double kMostEnlargement = 4.0;
constexpr double kMostReduction = 8.0;

/// 0 outside the image and where a pixel is no number: nnU-Net crops what is 0 and counts it as padding.
torch::Tensor usable_intensities(const SliceStack& stack) {
    const auto usable = stack.inside.logical_and(torch::isfinite(stack.intensities));
    return stack.intensities.masked_fill(usable.logical_not(), 0.0);
}

/// Resampled planes must fit into memory, and must hold what the plan's network can see.
Result<void> check_spacing(double grid_mm, const nnunet::Configuration& configuration) {
    for (const double plan_mm : configuration.spacing_mm) {
        if (grid_mm / plan_mm <= kMostEnlargement && plan_mm / grid_mm <= kMostReduction) continue;
        return failure(ErrorCode::model_invalid, "manifest.input.spacing_mm: " + std::to_string(grid_mm) +
                                                     " mm is too far from the " + std::to_string(plan_mm) +
                                                     " mm of nnU-Net's plans; choose the latter");
    }
    return {};
}

Result<std::unique_ptr<nnunet::Network>> load_fold(const std::filesystem::path& folder,
                                                   const BundleFile& file,
                                                   const nnunet::Configuration& configuration,
                                                   const torch::Device& device,
                                                   std::vector<int>& mirror_axes) {
    const auto path = (folder / file.file).string();
    const auto named = [&](const Error& error) {
        return failure(ErrorCode::model_invalid, path + ": " + error.detail);
    };
    const auto bytes = verified_bytes(folder, file);
    if (!bytes) return failure(bytes.error());
    auto content = parse_safetensors(*bytes);
    if (!content) return named(content.error());
    const auto fold = nnunet::from_safetensors(std::move(*content));
    if (!fold) return named(fold.error());
    mirror_axes = fold->mirror_axes;
    auto network = nnunet::make_network(
        configuration.network, static_cast<std::int64_t>(configuration.labels.size()), fold->weights, device);
    if (!network) return named(network.error());
    return network;
}

}  // namespace

NnUNetPresegmenter::NnUNetPresegmenter(nnunet::Predictor predictor, const ModelManifest& manifest)
    : predictor_(std::move(predictor)),
      input_(manifest.input),
      channels_(manifest.presegmentation.channels) {}

Result<std::unique_ptr<Presegmenter>> NnUNetPresegmenter::load(const std::filesystem::path& bundle_folder,
                                                               const ModelManifest& manifest,
                                                               const torch::Device& device) {
    const PresegmentationPlan& plan = manifest.presegmentation;
    const auto plans = verified_bytes(bundle_folder, plan.nnunet.plans);
    if (!plans) return failure(plans.error());
    const auto dataset = verified_bytes(bundle_folder, plan.nnunet.dataset);
    if (!dataset) return failure(dataset.error());
    const auto configuration = nnunet::read_configuration(*plans, *dataset, plan.nnunet.configuration);
    if (!configuration) return failure(configuration.error());
    if (const auto mapped =
            check_channels(plan.channels, static_cast<std::int64_t>(configuration->labels.size()));
        !mapped)
        return failure(mapped.error());
    if (const auto near = check_spacing(manifest.input.spacing_mm, *configuration); !near)
        return failure(near.error());
    std::vector<std::unique_ptr<nnunet::Network>> folds;
    nnunet::PredictorOptions options{plan.nnunet.tile_step, {}};
    for (const auto& member : plan.members) {
        std::vector<int> mirror_axes;
        auto network = load_fold(bundle_folder, member, *configuration, device, mirror_axes);
        if (!network) return failure(network.error());
        if (!folds.empty() && mirror_axes != options.mirror_axes)
            return failure(ErrorCode::model_invalid,
                           "manifest.presegmentation.members: the folds allow different mirror axes");
        options.mirror_axes = mirror_axes;
        folds.push_back(std::move(*network));
    }
    if (!plan.nnunet.mirroring) options.mirror_axes.clear();
    return std::make_unique<NnUNetPresegmenter>(
        nnunet::Predictor(*configuration, std::move(folds), options, device), manifest);
}

torch::Tensor NnUNetPresegmenter::probabilities(const SliceStack& stack, std::int64_t first_slice,
                                                const torch::Tensor& network_input) {
    const nnunet::Case whole{usable_intensities(stack),
                             {stack.slice_spacing_mm, input_.spacing_mm, input_.spacing_mm}};
    const auto labels =
        predictor_.probabilities(whole, first_slice, network_input.size(0), current_precision());
    return class_probabilities(labels, channels_).unsqueeze(0);
}

}  // namespace spineseg

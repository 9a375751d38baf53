// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/segmentation/segmenter.h"

#include <torch/torch.h>

#include <algorithm>
#include <thread>

#include "core/volume.h"
#include "worker/inference/bundle/model_bundle.h"
#include "worker/inference/networks/network_device.h"
#include "worker/inference/networks/networks.h"
#include "worker/inference/networks/out_of_memory.h"
#include "worker/inference/presegmentation/slice_stack.h"
#include "worker/inference/sampling/sampler.h"
#include "worker/inference/segmentation/batch_size.h"
#include "worker/inference/segmentation/intensity.h"
#include "worker/inference/segmentation/segmentation_run.h"
#include "worker/inference/segmentation/series_consensus.h"

namespace spineseg {
namespace {

/// A metre at the model's spacing, three times any lumbar field of view: activations of more would fill the
/// memory.
constexpr std::int64_t kLargestSide = 1024;
constexpr int kMostSamples = 64;

/// A GPU that runs this LibTorch computes bfloat16.
Result<Precision> precision_on(const torch::Device& device, std::optional<Precision> wanted) {
    if (device.is_cuda()) return wanted.value_or(Precision::bfloat16);
    return cpu_precision(wanted);
}

int use_threads(int wanted) {
    const int threads =
        wanted > 0 ? wanted : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    torch::set_num_threads(threads);
    return threads;
}

Result<void> check_stack(const SliceStack& slices) {
    const auto& image = slices.intensities;
    if (!image.defined() || !slices.inside.defined() || image.dim() != 3 || image.numel() == 0 ||
        image.scalar_type() != torch::kFloat32 || slices.inside.scalar_type() != torch::kBool ||
        image.sizes() != slices.inside.sizes()) {
        return failure(ErrorCode::invalid_argument,
                       "slices must be float32 [N, H, W] with a mask of their size");
    }
    if (image.size(1) % kPoolingMultiple != 0 || image.size(2) % kPoolingMultiple != 0) {
        return failure(ErrorCode::invalid_argument,
                       "the model grid must be a multiple of 16 pixels each way");
    }
    if (image.size(1) > kLargestSide || image.size(2) > kLargestSide) {
        return failure(ErrorCode::geometry_out_of_range, "a model grid of " + std::to_string(image.size(1)) +
                                                             " x " + std::to_string(image.size(2)) +
                                                             " pixels; at most " +
                                                             std::to_string(kLargestSide) + " each way");
    }
    return {};
}

/// Without samples the presegmentation is the result, and steps mean nothing.
Result<void> check_samples(const ModelManifest& manifest, int samples) {
    if (samples < 0 || samples > kMostSamples)
        return failure(ErrorCode::invalid_argument, "samples must be 0 to " + std::to_string(kMostSamples));
    if (samples == 0 && manifest.presegmentation.kind == PresegmenterKind::none)
        return failure(ErrorCode::invalid_argument,
                       "this model has no presegmentation: samples must be 1 or more");
    if (samples > 0 && manifest.diffusion.members.empty())
        return failure(ErrorCode::invalid_argument, "this model has no denoiser: samples must be 0");
    return {};
}

/// The manifest's plan with what the request overrides.
Result<DiffusionPlan> requested_plan(const ModelManifest& manifest, const SegmentRequest& request) {
    DiffusionPlan plan = manifest.diffusion;
    plan.steps = request.steps.value_or(plan.steps);
    plan.samples = request.samples.value_or(plan.samples);
    if (const auto checked = check_samples(manifest, plan.samples); !checked) return failure(checked.error());
    if (plan.samples == 0) return plan;
    const int most_steps = Sampler::most_steps(plan);
    if (plan.steps < 1 || plan.steps > most_steps) {
        return failure(ErrorCode::invalid_argument,
                       "steps must be 1 to " + std::to_string(most_steps) + " with this model");
    }
    if (manifest.consensus.fusion != FusionRule::mean_probability &&
        plan.steps < manifest.consensus.fused_steps) {
        return failure(ErrorCode::invalid_argument, "this model fuses " +
                                                        std::to_string(manifest.consensus.fused_steps) +
                                                        " steps: steps must not be fewer");
    }
    return plan;
}

RunBatches batches_for(const SegmenterNetworks& networks, const SliceStack& stack, Precision precision,
                       std::optional<std::int64_t> free_bytes) {
    const ModelManifest& manifest = networks.bundle.manifest;
    const auto type = precision == Precision::bfloat16 ? torch::kBFloat16 : torch::kFloat32;
    const auto pixels = stack.intensities.size(1) * stack.intensities.size(2);
    RunBatches batches;
    batches.diffusion =
        fitting_images(free_bytes, bytes_of_one_image(manifest.diffusion.widths, pixels, type));
    // Of a foreign network the cost is not known, nor whether it takes more than one image.
    if (manifest.presegmentation.kind == PresegmenterKind::unet) {
        const auto& scales = manifest.presegmentation.scales;
        const double largest = *std::max_element(scales.begin(), scales.end());
        const auto enlarged = static_cast<std::int64_t>(static_cast<double>(pixels) * largest * largest);
        batches.presegmentation =
            fitting_images(free_bytes, bytes_of_one_image(manifest.presegmentation.widths, enlarged, type));
    }
    return batches;
}

Consensus empty_consensus(const ConsensusPlan& plan, const SliceStack& stack) {
    const auto slices = stack.intensities.size(0);
    const std::vector<std::int64_t> one{slices, stack.intensities.size(1), stack.intensities.size(2)};
    const std::vector<std::int64_t> three{slices, kStructures, one[1], one[2]};
    Consensus result;
    result.probability = torch::zeros(three);
    result.presegmentation = torch::zeros(three);
    result.entropy = torch::zeros(one);
    result.mutual_information = torch::zeros(one);
    result.variance = torch::zeros(three);
    result.sample_dice = torch::ones({slices, kStructures});
    // Maps that the plan's rules make the same share their memory.
    result.mean_probability =
        plan.fusion == FusionRule::mean_probability ? result.probability : torch::zeros(three);
    result.uncertainty = plan.uncertainty == UncertaintyRule::entropy ? result.entropy : torch::zeros(one);
    if (plan.uncertainty == UncertaintyRule::original) result.original_uncertainty = torch::zeros(three);
    return result;
}

}  // namespace

torch::Tensor Consensus::aleatoric() const {
    return entropy - mutual_information;
}

Segmenter::Segmenter(std::unique_ptr<SegmenterNetworks> networks, Precision precision, int threads, int batch)
    : networks_(std::move(networks)),
      precision_(precision),
      threads_(threads),
      batch_(batch),
      free_bytes_(free_device_memory(networks_->device)) {}
Segmenter::~Segmenter() = default;

Result<std::unique_ptr<Segmenter>> Segmenter::load(const std::filesystem::path& bundle_folder,
                                                   const SegmenterOptions& options) {
    const auto device = find_device(options.device);
    if (!device) return failure(device.error());
    const auto precision = precision_on(*device, options.precision);
    if (!precision) return failure(precision.error());
    prefer_exact_results(*device);
    auto bundle = load_bundle(bundle_folder, *device, options.trust_torchscript);
    if (!bundle) return failure(bundle.error());
    if (const auto plan = requested_plan(bundle->manifest, {}); !plan) {
        return failure(ErrorCode::model_invalid, plan.error().detail);
    }
    const int threads = use_threads(options.threads);
    auto convolutions = find_convolutions(*bundle, *device, *precision, options.convolutions);
    if (!convolutions) return failure(convolutions.error());
    auto networks = std::make_unique<SegmenterNetworks>(
        SegmenterNetworks{std::move(*bundle), *device, options.start_noise, std::move(*convolutions)});
    return std::unique_ptr<Segmenter>(new Segmenter(std::move(networks), *precision, threads, options.batch));
}

const ModelManifest& Segmenter::manifest() const {
    return networks_->bundle.manifest;
}

std::string Segmenter::device() const {
    return networks_->device.str();
}

std::string Segmenter::describe_device() const {
    return device() + ", " + to_string(precision_) + ", " + std::to_string(threads_) +
           (threads_ == 1 ? " thread" : " threads");
}

const StageConvolutions& Segmenter::convolutions() const {
    return networks_->convolutions;
}

Result<Consensus> Segmenter::segment(const SliceStack& slices, const SegmentRequest& request,
                                     const ProgressSink& progress) {
    if (const auto checked = check_stack(slices); !checked) return failure(checked.error());
    const auto plan = requested_plan(manifest(), request);
    if (!plan) return failure(plan.error());
    const PrecisionScope precision(precision_);
    try {
        // Made before InferenceMode begins: the caller could not write into inference tensors.
        Consensus result = empty_consensus(manifest().consensus, slices);
        const c10::InferenceMode inference;
        const auto batches = batch_ > 0 ? RunBatches{batch_, batch_}
                                        : batches_for(*networks_, slices, precision_, free_bytes_);
        SegmentationRun run(*networks_, slices, *plan, request.seed, batches);
        if (!run.presegment(result, progress) || !run.diffuse(result, progress)) {
            return failure(ErrorCode::canceled, "stopped between two network calls");
        }
        return result;
    } catch (const std::exception& error) {
        if (!says_out_of_memory(error)) throw;
    }
    return failure(ErrorCode::out_of_memory,
                   "one image of " + std::to_string(slices.intensities.size(1)) + " x " +
                       std::to_string(slices.intensities.size(2)) +
                       " pixels does not fit into the memory of the device \"" + networks_->device.str() +
                       "\" together with the networks; give it more memory, or use a smaller model");
}

std::array<std::vector<float>, kAnchorClasses> Segmenter::recognise_levels(const SliceStack& slices,
                                                                           std::int64_t first,
                                                                           std::int64_t count) {
    const PrecisionScope precision(precision_);
    const c10::InferenceMode inference;
    std::array<std::vector<float>, kAnchorClasses> maps;
    for (std::int64_t slice = first; slice < first + count; ++slice) {
        const auto input = network_input(slices.intensities.narrow(0, slice, 1),
                                         slices.inside.narrow(0, slice, 1), manifest().input);
        const auto logits = networks_->bundle.anchor->forward(input.to(networks_->device));
        const auto probability = torch::softmax(logits.to(torch::kFloat32), 1).to(torch::kCPU);
        for (std::size_t c = 0; c < maps.size(); ++c) {
            const auto map = probability[0][static_cast<std::int64_t>(c) + 1].contiguous();  // 0 is other
            maps[c].insert(maps[c].end(), map.data_ptr<float>(), map.data_ptr<float>() + map.numel());
        }
    }
    return maps;
}

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/segmenter.h"

#include <torch/cuda.h>
#include <torch/torch.h>

#include <algorithm>
#include <string_view>
#include <thread>

#include "core/volume.h"
#include "worker/inference/consensus.h"
#include "worker/inference/intensity.h"
#include "worker/inference/model_bundle.h"
#include "worker/inference/sampler.h"
#include "worker/inference/unet_presegmenter.h"

namespace spineseg {
namespace {

constexpr int kPoolingMultiple = 16;
/// A metre at the model's spacing, three times any lumbar field of view: activations of more would fill the
/// memory.
constexpr std::int64_t kLargestSide = 1024;
constexpr int kMostSamples = 64;
/// Samples that go through the denoiser together. On a CPU a batch costs as much per sample as one alone, and
/// memory.
constexpr std::int64_t kSamplesPerCallCpu = 4;
constexpr std::int64_t kSamplesPerCallCuda = kMostSamples;

Result<torch::Device> parse_device(const std::string& name) {
    try {
        const torch::Device device(name);
        if (device.is_cpu()) return device;
        if (device.is_cuda() && torch::cuda::is_available()) return device;
    } catch (const c10::Error&) {
        // Fall through: a name that LibTorch does not know.
    }
    return failure(ErrorCode::invalid_configuration, "device \"" + name + "\" is not available here");
}

int use_threads(int wanted) {
    const int threads =
        wanted > 0 ? wanted : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    torch::set_num_threads(threads);
    return threads;
}

bool says_out_of_memory(std::string_view message) {
    return message.find("out of memory") != std::string_view::npos ||
           message.find("not enough memory") != std::string_view::npos ||
           message.find("can't allocate memory") != std::string_view::npos;
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
        return failure(ErrorCode::invalid_argument, "the canvas must be a multiple of 16 pixels each way");
    }
    if (image.size(1) > kLargestSide || image.size(2) > kLargestSide) {
        return failure(ErrorCode::geometry_out_of_range, "a canvas of " + std::to_string(image.size(1)) +
                                                             " x " + std::to_string(image.size(2)) +
                                                             " pixels; at most " +
                                                             std::to_string(kLargestSide) + " each way");
    }
    return {};
}

/// The manifest's plan with what the request overrides.
Result<DiffusionPlan> requested_plan(const ModelManifest& manifest, const SegmentRequest& request) {
    DiffusionPlan plan = manifest.diffusion;
    plan.steps = request.steps.value_or(plan.steps);
    plan.samples = request.samples.value_or(plan.samples);
    const int most_steps = Sampler::most_steps(plan);
    if (plan.steps < 1 || plan.steps > most_steps) {
        return failure(ErrorCode::invalid_argument,
                       "steps must be 1 to " + std::to_string(most_steps) + " with this model");
    }
    if (plan.samples < 1 || plan.samples > kMostSamples) {
        return failure(ErrorCode::invalid_argument, "samples must be 1 to " + std::to_string(kMostSamples));
    }
    if (manifest.consensus.fusion != FusionRule::mean_probability &&
        plan.steps < manifest.consensus.fused_steps) {
        return failure(ErrorCode::invalid_argument, "this model fuses " +
                                                        std::to_string(manifest.consensus.fused_steps) +
                                                        " steps: steps must not be fewer");
    }
    return plan;
}

Consensus empty_consensus(std::int64_t slices, std::int64_t rows, std::int64_t columns) {
    Consensus result;
    result.probability = torch::zeros({slices, kStructures, rows, columns});
    result.presegmentation = torch::zeros({slices, kStructures, rows, columns});
    result.entropy = torch::zeros({slices, rows, columns});
    result.mutual_information = torch::zeros({slices, rows, columns});
    result.sample_dice = torch::ones({slices, kStructures});
    return result;
}

}  // namespace

struct Segmenter::Networks {
    ModelManifest manifest;
    std::unique_ptr<Presegmenter> presegmenter;
    SpineSegDiff diffusion{nullptr};
    torch::Device device{torch::kCPU};
    Precision precision = Precision::float32;
    int threads = 1;
};

namespace {

/// Counts network calls; says whether the caller wants more.
class ProgressMeter {
  public:
    ProgressMeter(const ProgressSink& sink, Stage stage, std::int64_t calls)
        : sink_(sink), stage_(stage), calls_(static_cast<double>(calls)) {}
    bool advance() {
        done_ += 1.0;
        return !sink_ || sink_({.stage = stage_, .fraction = std::min(1.0, done_ / calls_)});
    }

  private:
    const ProgressSink& sink_;
    Stage stage_;
    double calls_;
    double done_ = 0.0;
};

}  // namespace

/// One call of segment(): what it was asked for, and the slices one by one. Nothing outlives a slice but its
/// results.
class Segmenter::Run {
  public:
    Run(Networks& networks, const SliceStack& stack, const DiffusionPlan& plan, std::uint64_t seed)
        : networks_(networks), stack_(stack), plan_(plan), sampler_(plan), seed_(seed) {}

    /// False where the sink asked to stop.
    bool presegment(Consensus& result, const ProgressSink& sink) {
        ProgressMeter meter(sink, Stage::presegmentation, stack_.intensities.size(0));
        for (std::int64_t slice = 0; slice < stack_.intensities.size(0); ++slice) {
            const auto probability = networks_.presegmenter->probabilities(stack_, slice, input(slice))[0];
            result.presegmentation[slice].copy_(probability.narrow(0, 1, kStructures));
            if (!meter.advance()) return false;
        }
        return true;
    }

    bool diffuse(Consensus& result, const ProgressSink& sink) {
        const std::int64_t batches = (plan_.samples + samples_per_call() - 1) / samples_per_call();
        ProgressMeter meter(sink, Stage::diffusion, stack_.intensities.size(0) * batches * sampler_.steps());
        for (std::int64_t slice = 0; slice < stack_.intensities.size(0); ++slice) {
            if (!diffuse_slice(slice, result, meter)) return false;
        }
        return true;
    }

  private:
    std::int64_t samples_per_call() const {
        return networks_.device.is_cuda() ? kSamplesPerCallCuda : kSamplesPerCallCpu;
    }

    torch::Tensor input(std::int64_t slice) const {
        return network_input(stack_.intensities.narrow(0, slice, 1), stack_.inside.narrow(0, slice, 1),
                             networks_.manifest.input)
            .to(networks_.device);
    }

    torch::Tensor noise(std::int64_t slice, std::int64_t first, std::int64_t count) const {
        std::vector<torch::Tensor> samples;
        for (std::int64_t sample = first; sample < first + count; ++sample) {
            samples.push_back(sample_noise(networks_.manifest.seed, seed_, slice, sample,
                                           stack_.intensities.size(1), stack_.intensities.size(2)));
        }
        return torch::stack(samples).to(networks_.device);
    }

    bool diffuse_slice(std::int64_t slice, Consensus& result, ProgressMeter& meter) {
        const auto image = input(slice);
        const auto features = shared_by_samples(networks_.diffusion->encode(image));
        const auto structures = result.presegmentation[slice].to(networks_.device);
        const auto classes = torch::cat({(1.0 - structures.sum(0, true)).clamp_min(0.0), structures});
        const auto mask = likeliest_structure(classes).unsqueeze(0);
        ConsensusBuilder builder(networks_.manifest.consensus, sampler_.steps(), plan_.samples);
        for (std::int64_t first = 0; first < plan_.samples; first += samples_per_call()) {
            const auto count = std::min<std::int64_t>(samples_per_call(), plan_.samples - first);
            const auto sink = [&](int step, const torch::Tensor& logits) {
                builder.add(step, logits);
                return meter.advance();
            };
            const auto start = sampler_.start(noise(slice, first, count), mask);
            if (!sampler_.run(start, denoiser(image, features, count), sink).defined()) return false;
        }
        store(builder.finish(classes), slice, result);
        return true;
    }

    /// The encoder has run once for all samples. Repeated once too: the fused norm would copy a broadcast at
    /// every step.
    std::vector<torch::Tensor> shared_by_samples(std::vector<torch::Tensor> features) const {
        const auto most = std::min<std::int64_t>(samples_per_call(), plan_.samples);
        for (auto& map : features) {
            map = map.expand({most, -1, -1, -1}).contiguous(torch::MemoryFormat::ChannelsLast);
        }
        return features;
    }

    Denoise denoiser(const torch::Tensor& image, const std::vector<torch::Tensor>& features,
                     std::int64_t samples) const {
        std::vector<torch::Tensor> maps;
        for (const auto& map : features) maps.push_back(map.narrow(0, 0, samples));
        return [this, images = image.expand({samples, -1, -1, -1}), maps](const torch::Tensor& x,
                                                                          int timestep) {
            const auto t =
                torch::full({x.size(0)}, timestep, torch::TensorOptions(torch::kInt64).device(x.device()));
            return networks_.diffusion->model->forward(images, x, t, maps);
        };
    }

    static void store(const SliceConsensus& consensus, std::int64_t slice, Consensus& result) {
        result.probability[slice].copy_(consensus.probability);
        result.entropy[slice].copy_(consensus.entropy);
        result.mutual_information[slice].copy_(consensus.mutual_information);
        result.sample_dice[slice].copy_(consensus.sample_dice);
    }

    Networks& networks_;
    const SliceStack& stack_;
    DiffusionPlan plan_;
    Sampler sampler_;
    std::uint64_t seed_;
};

Segmenter::Segmenter(std::unique_ptr<Networks> networks) : networks_(std::move(networks)) {}
Segmenter::~Segmenter() = default;

Result<std::unique_ptr<Segmenter>> Segmenter::load(const std::filesystem::path& bundle_folder,
                                                   const SegmenterOptions& options) {
    const auto device = parse_device(options.device);
    if (!device) return failure(device.error());
    auto bundle = load_bundle(bundle_folder, *device);
    if (!bundle) return failure(bundle.error());
    auto networks = std::make_unique<Networks>();
    if (const auto plan = requested_plan(bundle->manifest, {}); !plan) {
        return failure(ErrorCode::model_invalid, plan.error().detail);
    }
    networks->manifest = std::move(bundle->manifest);
    networks->presegmenter = std::make_unique<UNetPresegmenter>(bundle->presegmentation);
    networks->diffusion = bundle->diffusion;
    networks->device = *device;
    networks->precision =
        options.precision.value_or(device->is_cuda() ? Precision::bfloat16 : fastest_cpu_precision());
    networks->threads = use_threads(options.threads);
    return std::unique_ptr<Segmenter>(new Segmenter(std::move(networks)));
}

const ModelManifest& Segmenter::manifest() const {
    return networks_->manifest;
}

std::string Segmenter::describe_device() const {
    return networks_->device.str() + ", " + to_string(networks_->precision) + ", " +
           std::to_string(networks_->threads) + (networks_->threads == 1 ? " thread" : " threads");
}

Result<Consensus> Segmenter::segment(const SliceStack& slices, const SegmentRequest& request,
                                     const ProgressSink& progress) {
    if (const auto checked = check_stack(slices); !checked) return failure(checked.error());
    const auto plan = requested_plan(networks_->manifest, request);
    if (!plan) return failure(plan.error());
    const PrecisionScope precision(networks_->precision);
    try {
        // Made before InferenceMode begins: the caller could not write into inference tensors.
        auto result = empty_consensus(slices.intensities.size(0), slices.intensities.size(1),
                                      slices.intensities.size(2));
        const c10::InferenceMode inference;
        Run run(*networks_, slices, *plan, request.seed);
        if (!run.presegment(result, progress) || !run.diffuse(result, progress)) {
            return failure(ErrorCode::canceled, "stopped between two network calls");
        }
        return result;
    } catch (const c10::Error& error) {
        if (!says_out_of_memory(error.msg())) throw;
    } catch (const std::bad_alloc&) {
        // Said below.
    }
    return failure(ErrorCode::out_of_memory, "the networks do not fit into memory");
}

}  // namespace spineseg

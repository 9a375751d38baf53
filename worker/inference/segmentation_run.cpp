// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/segmentation_run.h"

#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "core/volume.h"
#include "worker/inference/consensus.h"
#include "worker/inference/intensity.h"
#include "worker/inference/presegmentation_pass.h"

namespace spineseg {

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

namespace {

class Stopwatch {
  public:
    double seconds() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
    }

  private:
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

/// A result while its samples come in.
struct GrowingConsensus {
    NestedConsensus& result;
    ConsensusBuilder builder;

    /// `samples` rise, so that those of this result lie in front.
    void add(int step, const std::vector<std::int64_t>& samples, const torch::Tensor& logits) {
        const auto ours = std::lower_bound(samples.begin(), samples.end(), result.samples) - samples.begin();
        if (ours > 0) builder.add(step, logits.narrow(0, 0, ours));
    }
};

/// Books the time to every result that needs the sample.
void book(std::vector<GrowingConsensus>& growing, std::int64_t sample, double seconds) {
    for (GrowingConsensus& one : growing)
        if (sample < one.result.samples) one.result.seconds += seconds;
}

/// Samples that go through the denoiser together. On a CPU a batch costs as much per sample as one alone, and
/// memory.
constexpr std::int64_t kSamplesPerCallCpu = 4;
constexpr std::int64_t kSamplesPerCallCuda = 64;

/// [..,3,H,W] of a distribution → [..,4,H,W]. A consensus keeps the structures only; whoever needs the
/// background gets the same one.
torch::Tensor with_background(const torch::Tensor& structures) {
    return torch::cat({(1.0 - structures.sum(-3, true)).clamp_min(0.0), structures}, -3);
}

}  // namespace

SegmentationRun::SegmentationRun(SegmenterNetworks& networks, const SliceStack& stack,
                                 const DiffusionPlan& plan, std::uint64_t seed)
    : networks_(networks),
      manifest_(networks.bundle.manifest),
      stack_(stack),
      plan_(plan),
      seed_(seed),
      expected_entropy_(torch::zeros(stack.intensities.sizes())) {
    if (plan.samples > 0) sampler_.emplace(plan);
}

bool SegmentationRun::presegment(std::vector<NestedConsensus>& results, const ProgressSink& sink) {
    const Stopwatch watch;
    const std::int64_t slices = stack_.intensities.size(0);
    ProgressMeter meter(sink, Stage::presegmentation, slices);
    PresegmentationPass pass(*networks_.bundle.presegmenter, manifest_, stack_,
                             [this](std::int64_t slice) { return input(slice); });
    for (std::int64_t slice = 0; slice < slices; ++slice) {
        const auto members = pass.members(slice).narrow(1, 1, kStructures);
        const auto statistics = ensemble_statistics(with_background(members));
        expected_entropy_[slice].copy_(statistics.expected_entropy);
        const auto alone = presegmentation_consensus(manifest_.consensus, manifest_.calibration, statistics);
        for (NestedConsensus& result : results) {
            result.consensus.presegmentation[slice].copy_(statistics.mean.narrow(0, 1, kStructures));
            store(alone, slice, whole_canvas(stack_.intensities), result.consensus);
        }
        if (!meter.advance()) return false;
    }
    for (NestedConsensus& result : results) result.seconds += watch.seconds();
    return true;
}

bool SegmentationRun::diffuse(std::vector<NestedConsensus>& results, const ProgressSink& sink) {
    if (!sampler_) return true;
    const auto region = refined_region(results.front().consensus);
    if (!region) return true;
    std::size_t calls = 0;
    for (std::size_t member = 0; member < networks_.bundle.diffusion.size(); ++member)
        calls += portions_of_member(member, results).size();
    ProgressMeter meter(sink, Stage::diffusion,
                        stack_.intensities.size(0) * static_cast<std::int64_t>(calls) * sampler_->steps());
    for (std::int64_t slice = 0; slice < stack_.intensities.size(0); ++slice) {
        if (!diffuse_slice(slice, *region, results, meter)) return false;
    }
    return true;
}

std::optional<CanvasRegion> SegmentationRun::refined_region(const Consensus& presegmented) const {
    if (plan_.region_margin_mm == 0.0) return whole_canvas(stack_.intensities);
    const auto margin =
        static_cast<std::int64_t>(std::ceil(plan_.region_margin_mm / manifest_.input.spacing_mm));
    auto labelled = torch::zeros({stack_.intensities.size(1), stack_.intensities.size(2)}, torch::kBool);
    for (std::int64_t slice = 0; slice < stack_.intensities.size(0); ++slice) {
        const auto mask = likeliest_structure(with_background(presegmented.presegmentation[slice]));
        labelled.logical_or_(mask.gt(0).any(0));
    }
    return region_around(labelled, margin, manifest_.input.canvas_multiple);
}

std::int64_t SegmentationRun::samples_per_call() const {
    return networks_.device.is_cuda() ? kSamplesPerCallCuda : kSamplesPerCallCpu;
}

std::vector<std::vector<std::int64_t>> SegmentationRun::portions_of_member(
    std::size_t member, const std::vector<NestedConsensus>& results) const {
    const auto ends_before = [&](std::int64_t last, std::int64_t next) {
        return std::any_of(results.begin(), results.end(), [&](const auto& result) {
            return last < result.samples && result.samples <= next;
        });
    };
    std::vector<std::vector<std::int64_t>> portions;
    const auto members = static_cast<std::int64_t>(networks_.bundle.diffusion.size());
    for (auto sample = static_cast<std::int64_t>(member); sample < plan_.samples; sample += members) {
        if (portions.empty() || std::ssize(portions.back()) == samples_per_call() ||
            ends_before(portions.back().back(), sample))
            portions.emplace_back();
        portions.back().push_back(sample);
    }
    return portions;
}

torch::Tensor SegmentationRun::input(std::int64_t slice) const {
    return network_input(stack_.intensities.narrow(0, slice, 1), stack_.inside.narrow(0, slice, 1),
                         manifest_.input)
        .to(networks_.device);
}

torch::Tensor SegmentationRun::noise(std::int64_t slice, const std::vector<std::int64_t>& samples) const {
    const auto rows = stack_.intensities.size(1);
    const auto columns = stack_.intensities.size(2);
    std::vector<torch::Tensor> drawn;
    for (const auto sample : samples) {
        drawn.push_back(networks_.start_noise
                            ? networks_.start_noise(slice, sample, rows, columns)
                            : sample_noise(manifest_.seed, seed_, slice, sample, rows, columns));
    }
    return torch::stack(drawn).to(networks_.device);
}

bool SegmentationRun::diffuse_slice(std::int64_t slice, const CanvasRegion& region,
                                    std::vector<NestedConsensus>& results, ProgressMeter& meter) {
    const auto image = within(region, input(slice));
    EnsembleStatistics presegmentation;
    presegmentation.mean = with_background(
        within(region, results.front().consensus.presegmentation[slice]).to(networks_.device));
    presegmentation.expected_entropy = within(region, expected_entropy_[slice]).to(networks_.device);
    const auto mask = likeliest_structure(presegmentation.mean).unsqueeze(0);
    const auto basis =
        plan_.prediction == Prediction::residual ? structure_logits(presegmentation.mean) : torch::Tensor();
    std::vector<GrowingConsensus> growing;
    for (NestedConsensus& result : results) {
        if (result.samples == 0) continue;
        growing.push_back({result, ConsensusBuilder(manifest_.consensus, sampler_->steps(), result.samples,
                                                    manifest_.calibration)});
    }
    for (std::size_t member = 0; member < networks_.bundle.diffusion.size(); ++member) {
        const auto portions = portions_of_member(member, results);
        if (portions.empty()) continue;
        auto& network = networks_.bundle.diffusion[member];
        const Stopwatch encoding;
        std::int64_t most = 0;
        for (const auto& samples : portions) most = std::max<std::int64_t>(most, std::ssize(samples));
        const auto features = shared_by_samples(network->encode(image), most);
        book(growing, portions.front().front(), encoding.seconds());
        for (const auto& samples : portions) {
            const Stopwatch sampling;
            const auto sink = [&](int step, const torch::Tensor& logits) {
                for (GrowingConsensus& one : growing) one.add(step, samples, logits);
                return meter.advance();
            };
            const auto start = sampler_->start(within(region, noise(slice, samples)), mask);
            const auto denoise = denoiser({network, image, features, basis}, std::ssize(samples));
            if (!sampler_->run(start, denoise, sink).defined()) return false;
            book(growing, samples.front(), sampling.seconds());
        }
    }
    for (GrowingConsensus& one : growing) {
        const Stopwatch finishing;
        store(one.builder.finish(presegmentation), slice, region, one.result.consensus);
        one.result.seconds += finishing.seconds();
    }
    return true;
}

/// The encoder has run once for all samples. Repeated once too: the fused norm would copy a broadcast at
/// every step.
std::vector<torch::Tensor> SegmentationRun::shared_by_samples(std::vector<torch::Tensor> features,
                                                              std::int64_t samples) const {
    for (auto& map : features) {
        map = map.expand({samples, -1, -1, -1}).contiguous(torch::MemoryFormat::ChannelsLast);
    }
    return features;
}

Denoise SegmentationRun::denoiser(const DenoisedSlice& slice, std::int64_t samples) const {
    std::vector<torch::Tensor> maps;
    for (const auto& map : slice.features) maps.push_back(map.narrow(0, 0, samples));
    return [network = slice.network, images = slice.image.expand({samples, -1, -1, -1}), maps,
            basis = slice.basis](const torch::Tensor& x, int timestep) mutable {
        const auto t =
            torch::full({x.size(0)}, timestep, torch::TensorOptions(torch::kInt64).device(x.device()));
        const auto logits = network->model->forward(images, x, t, maps);
        return basis.defined() ? logits + basis : logits;
    };
}

void SegmentationRun::store(const SliceConsensus& consensus, std::int64_t slice, const CanvasRegion& region,
                            Consensus& result) const {
    const auto put = [&](torch::Tensor& map, const torch::Tensor& values) {
        within(region, map[slice]).copy_(values);
    };
    put(result.probability, consensus.probability);
    put(result.entropy, consensus.entropy);
    put(result.mutual_information, consensus.mutual_information);
    put(result.variance, consensus.variance);
    result.sample_dice[slice].copy_(consensus.sample_dice);
    // Where they are the same map, they are the same tensor.
    if (manifest_.consensus.fusion != FusionRule::mean_probability)
        put(result.mean_probability, consensus.mean_probability);
    if (manifest_.consensus.uncertainty != UncertaintyRule::entropy) {
        put(result.uncertainty, consensus.uncertainty);
        put(result.original_uncertainty, consensus.original_uncertainty);
    }
}

}  // namespace spineseg

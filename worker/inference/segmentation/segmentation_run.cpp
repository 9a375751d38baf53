// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/segmentation/segmentation_run.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/volume.h"
#include "worker/inference/sampling/consensus.h"
#include "worker/inference/sampling/denoised_slices.h"
#include "worker/inference/sampling/sample_portions.h"
#include "worker/inference/segmentation/batch_size.h"
#include "worker/inference/segmentation/intensity.h"
#include "worker/inference/segmentation/presegmentation_pass.h"
#include "worker/inference/segmentation/progress_meter.h"

namespace spineseg {

namespace {

/// [..,3,H,W] of a distribution → [..,4,H,W]. A consensus keeps the structures only; whoever needs the
/// background gets the same one.
torch::Tensor with_background(const torch::Tensor& structures) {
    return torch::cat({(1.0 - structures.sum(-3, true)).clamp_min(0.0), structures}, -3);
}

}  // namespace

SegmentationRun::SegmentationRun(SegmenterNetworks& networks, const SliceStack& stack,
                                 const DiffusionPlan& plan, std::uint64_t seed, const RunBatches& batches)
    : networks_(networks),
      manifest_(networks.bundle.manifest),
      stack_(stack),
      plan_(plan),
      seed_(seed),
      batches_(batches),
      expected_entropy_(torch::zeros(stack.intensities.sizes())) {
    if (plan.samples > 0) sampler_.emplace(plan);
}

bool SegmentationRun::presegment(Consensus& result, const ProgressSink& sink) {
    const ConvolutionScope convolutions(networks_.convolutions.presegmentation.chosen);
    const std::int64_t slices = stack_.intensities.size(0);
    ProgressMeter meter(sink, Stage::presegmentation, slices);
    PresegmentationPass pass(
        *networks_.bundle.presegmenter, manifest_, stack_,
        [this](std::int64_t slice, std::int64_t count) { return input(slice, count); },
        BatchSize(batches_.presegmentation));
    for (std::int64_t slice = 0; slice < slices; ++slice) {
        const auto members = pass.members(slice).narrow(1, 1, kStructures);
        const auto statistics = ensemble_statistics(with_background(members));
        expected_entropy_[slice].copy_(statistics.expected_entropy);
        const auto alone = presegmentation_consensus(manifest_.consensus, manifest_.calibration, statistics);
        result.presegmentation[slice].copy_(statistics.mean.narrow(0, 1, kStructures));
        store(alone, slice, whole_grid(stack_.intensities), result);
        if (!meter.advance(1)) return false;
    }
    return true;
}

bool SegmentationRun::diffuse(Consensus& result, const ProgressSink& sink) {
    if (!sampler_) return true;
    const auto region = refined_region(result);
    if (!region) return true;
    const ConvolutionScope convolutions(networks_.convolutions.diffusion.chosen);
    const auto slices = stack_.intensities.size(0);
    ProgressMeter meter(sink, Stage::diffusion, slices * plan_.samples * sampler_->steps());
    BatchSize batch(batches_.diffusion);
    for (std::int64_t first = 0, count = 0; first < slices; first += count) {
        bool wanted = true;
        const auto done_before = meter.done();
        batch.attempt([&](std::int64_t images) {
            meter.go_back(done_before);
            count = std::min(slices_together(images), slices - first);
            wanted = diffuse_slices({first, count, images}, *region, result, meter);
        });
        if (!wanted) return false;
    }
    return true;
}

std::optional<GridRegion> SegmentationRun::refined_region(const Consensus& presegmented) const {
    if (plan_.region_margin_mm == 0.0) return whole_grid(stack_.intensities);
    const auto margin =
        static_cast<std::int64_t>(std::ceil(plan_.region_margin_mm / manifest_.input.spacing_mm));
    auto labelled = torch::zeros({stack_.intensities.size(1), stack_.intensities.size(2)}, torch::kBool);
    for (std::int64_t slice = 0; slice < stack_.intensities.size(0); ++slice) {
        const auto mask = likeliest_structure(with_background(presegmented.presegmentation[slice]));
        labelled.logical_or_(mask.gt(0).any(0));
    }
    return region_around(labelled, margin, manifest_.input.canvas_multiple);
}

std::int64_t SegmentationRun::slices_together(std::int64_t images) const {
    const auto members = static_cast<std::int64_t>(networks_.bundle.diffusion.size());
    const auto most_of_a_member = (plan_.samples + members - 1) / members;
    return std::max<std::int64_t>(1, images / std::max<std::int64_t>(1, most_of_a_member));
}

torch::Tensor SegmentationRun::input(std::int64_t first, std::int64_t count) const {
    return network_input(stack_.intensities.narrow(0, first, count), stack_.inside.narrow(0, first, count),
                         manifest_.input)
        .to(networks_.device);
}

torch::Tensor SegmentationRun::noise(const Batch& batch, const std::vector<std::int64_t>& samples) const {
    const auto rows = stack_.intensities.size(1);
    const auto columns = stack_.intensities.size(2);
    std::vector<torch::Tensor> drawn;
    for (const auto sample : samples) {
        for (auto slice = batch.first_slice; slice < batch.first_slice + batch.slices; ++slice)
            drawn.push_back(networks_.start_noise
                                ? networks_.start_noise(slice, sample, rows, columns)
                                : sample_noise(manifest_.seed, seed_, slice, sample, rows, columns));
    }
    return torch::stack(drawn);
}

bool SegmentationRun::diffuse_slices(const Batch& batch, const GridRegion& region, Consensus& result,
                                     ProgressMeter& meter) {
    const auto cut = [&](const torch::Tensor& of_all_slices) {
        return within(region, of_all_slices.narrow(0, batch.first_slice, batch.slices)).to(networks_.device);
    };
    const auto presegmentation = with_background(cut(result.presegmentation));
    const auto expected_entropy = cut(expected_entropy_);
    DenoisedSlices denoised(within(region, input(batch.first_slice, batch.slices)), presegmentation,
                            plan_.prediction);
    std::vector<ConsensusBuilder> builders(
        static_cast<std::size_t>(batch.slices),
        ConsensusBuilder(manifest_.consensus, sampler_->steps(), plan_.samples, manifest_.calibration));
    const auto members = std::ssize(networks_.bundle.diffusion);
    for (std::int64_t member = 0; member < members; ++member) {
        const auto portions = sample_portions(member, members, plan_.samples, batch.images);
        if (portions.empty()) continue;
        denoised.encode(networks_.bundle.diffusion[static_cast<std::size_t>(member)]);
        for (const auto& samples : portions) {
            const auto count = std::ssize(samples);
            const auto sink = [&](int step, const torch::Tensor& logits) {
                const auto by_slice =
                    logits.view({count, batch.slices, kStructures, logits.size(2), logits.size(3)});
                for (std::int64_t slice = 0; slice < batch.slices; ++slice)
                    builders[static_cast<std::size_t>(slice)].add(step, by_slice.select(1, slice));
                return meter.advance(count * batch.slices);
            };
            const auto start = denoised.start(*sampler_, within(region, noise(batch, samples)));
            if (!sampler_->run(start, denoised.denoiser(count), sink).defined()) return false;
        }
    }
    for (std::int64_t slice = 0; slice < batch.slices; ++slice) {
        EnsembleStatistics of_slice;
        of_slice.mean = presegmentation[slice];
        of_slice.expected_entropy = expected_entropy[slice];
        store(builders[static_cast<std::size_t>(slice)].finish(of_slice), batch.first_slice + slice, region,
              result);
    }
    return true;
}

void SegmentationRun::store(const SliceConsensus& consensus, std::int64_t slice, const GridRegion& region,
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

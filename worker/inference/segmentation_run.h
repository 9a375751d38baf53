// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// One call of Segmenter::segment(): presegmentation of all slices, then the diffusion's samples, slice by
/// slice. Nothing outlives a slice but its results, so memory does not grow with slices × samples. Throws
/// c10::Error. One thread.

#include <torch/types.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "worker/inference/canvas_region.h"
#include "worker/inference/model_bundle.h"
#include "worker/inference/sampler.h"
#include "worker/inference/segmenter.h"

namespace spineseg {

struct SegmenterNetworks {
    ModelBundle bundle;
    torch::Device device{torch::kCPU};
    StartNoise start_noise;
};

class ProgressMeter;
struct SliceConsensus;

class SegmentationRun {
  public:
    /// `plan` is the manifest's with what the request overrides. The arguments must outlive the run.
    SegmentationRun(SegmenterNetworks& networks, const SliceStack& stack, const DiffusionPlan& plan,
                    std::uint64_t seed);

    /// Both return false where the sink asked to stop. First this one: it fills every map of the results with
    /// what the presegmentation alone says;
    bool presegment(std::vector<NestedConsensus>& results, const ProgressSink& sink);
    /// then this one replaces those of every result that has samples with the consensus of its first ones.
    /// The plan's samples are the most that any result has. Outside the plan's region, and where the
    /// presegmentation labels nothing in the whole series, what it says stands.
    bool diffuse(std::vector<NestedConsensus>& results, const ProgressSink& sink);

  private:
    torch::Tensor input(std::int64_t slice) const;
    /// [S,3,H,W] of the whole canvas: where the region lies must not change what is drawn.
    torch::Tensor noise(std::int64_t slice, const std::vector<std::int64_t>& samples) const;
    /// Where the denoiser works; none where the presegmentation gives it nothing to work on.
    std::optional<CanvasRegion> refined_region(const Consensus& presegmented) const;
    bool diffuse_slice(std::int64_t slice, const CanvasRegion& region, std::vector<NestedConsensus>& results,
                       ProgressMeter& meter);
    std::int64_t samples_per_call() const;
    /// The samples that a member of the diffusion draws, in portions of samples_per_call(). No portion
    /// reaches over the end of a result's samples, so that its time is its own.
    std::vector<std::vector<std::int64_t>> portions_of_member(
        std::size_t member, const std::vector<NestedConsensus>& results) const;
    std::vector<torch::Tensor> shared_by_samples(std::vector<torch::Tensor> features,
                                                 std::int64_t samples) const;
    /// What stays the same over a slice's steps and samples.
    struct DenoisedSlice {
        SpineSegDiff network;
        torch::Tensor image;                  ///< [1,1,H,W]
        std::vector<torch::Tensor> features;  ///< of the image encoder, repeated for the samples
        torch::Tensor basis;                  ///< [3,H,W], what a residual is added to, or undefined
    };
    Denoise denoiser(const DenoisedSlice& slice, std::int64_t samples) const;
    void store(const SliceConsensus& consensus, std::int64_t slice, const CanvasRegion& region,
               Consensus& result) const;

    SegmenterNetworks& networks_;
    const ModelManifest& manifest_;
    const SliceStack& stack_;
    DiffusionPlan plan_;
    std::optional<Sampler> sampler_;  ///< none without samples
    std::uint64_t seed_;
    torch::Tensor expected_entropy_;  ///< [N,H,W]: of the presegmentation's members
};

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// One call of Segmenter::segment(): presegmentation of all slices, then the diffusion's samples, batch by
/// batch. Nothing outlives a batch but its results, so memory does not grow with slices × samples. A batch
/// that does not fit into memory is halved; throws c10::Error or std::bad_alloc where one image does not fit.
/// One thread.

#include <torch/types.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "worker/inference/bundle/model_bundle.h"
#include "worker/inference/presegmentation/slice_stack.h"
#include "worker/inference/sampling/sampler.h"
#include "worker/inference/sampling/start_noise.h"
#include "worker/inference/segmentation/grid_region.h"
#include "worker/inference/segmentation/progress_meter.h"
#include "worker/inference/segmentation/series_consensus.h"
#include "worker/inference/segmentation/stage_convolutions.h"

namespace spineseg {

struct SegmenterNetworks {
    ModelBundle bundle;
    torch::Device device{torch::kCPU};
    StartNoise start_noise;
    StageConvolutions convolutions;
};

/// Images in a network call of either stage, to begin with.
struct RunBatches {
    std::int64_t presegmentation = 1;
    std::int64_t diffusion = 1;
};

struct SliceConsensus;

class SegmentationRun {
  public:
    /// `plan` is the manifest's with what the request overrides. The arguments must outlive the run.
    SegmentationRun(SegmenterNetworks& networks, const SliceStack& stack, const DiffusionPlan& plan,
                    std::uint64_t seed, const RunBatches& batches);

    /// Both return false where the sink asked to stop. First this one: it fills every map of the result with
    /// what the presegmentation alone says;
    bool presegment(Consensus& result, const ProgressSink& sink);
    /// then this one replaces them with the consensus of the plan's samples. Outside the plan's region, and
    /// where the presegmentation labels nothing in the whole series, its result stays.
    bool diffuse(Consensus& result, const ProgressSink& sink);

  private:
    /// Neighbouring slices that are sampled together, and the most images of one network call.
    struct Batch {
        std::int64_t first_slice;
        std::int64_t slices;
        std::int64_t images;
    };
    /// [count,1,H,W] on the networks' device.
    torch::Tensor input(std::int64_t first, std::int64_t count) const;
    /// [samples * slices,3,H,W] of the whole model grid, on the CPU: where the region lies must not change what
    /// is drawn.
    torch::Tensor noise(const Batch& batch, const std::vector<std::int64_t>& samples) const;
    /// Where the denoiser works; none where the presegmentation gives it nothing to work on.
    std::optional<GridRegion> refined_region(const Consensus& presegmented) const;
    /// Slices whose samples by one member fit into a call with so many images; 1 at least.
    std::int64_t slices_together(std::int64_t images) const;
    bool diffuse_slices(const Batch& batch, const GridRegion& region, Consensus& result,
                        ProgressMeter& meter);
    void store(const SliceConsensus& consensus, std::int64_t slice, const GridRegion& region,
               Consensus& result) const;

    SegmenterNetworks& networks_;
    const ModelManifest& manifest_;
    const SliceStack& stack_;
    DiffusionPlan plan_;
    std::optional<Sampler> sampler_;  ///< none without samples
    std::uint64_t seed_;
    RunBatches batches_;
    torch::Tensor expected_entropy_;  ///< [N,H,W]: of the presegmentation's members
};

}  // namespace spineseg

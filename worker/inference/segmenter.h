// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The model, loaded once, and one run of it: presegmentation, then the diffusion ensemble, slice by slice.
/// Owns the networks' weights. Loading fails with model_invalid; running throws c10::Error on what LibTorch
/// cannot do (the pipeline's one seam catches it). One thread at a time.

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "config/model_manifest.h"
#include "core/job.h"
#include "core/result.h"
#include "worker/inference/precision.h"

namespace spineseg {

struct SegmenterOptions {
    std::string device = "cpu";          ///< "cpu" or "cuda"
    std::optional<Precision> precision;  ///< default: bfloat16 where the processor multiplies it in hardware
    int threads = 0;                     ///< 0: as many as the machine has cores
};

/// Slices as the preprocessor lays them on the model's canvas.
struct SliceStack {
    torch::Tensor
        intensities;  ///< float32 [N, H, W] on the CPU: source intensities at the model's spacing, 0 outside
    torch::Tensor inside;  ///< bool [N, H, W]: true where the source image has pixels
};

/// What the ensemble agrees on, on the model's canvas, on the CPU. Channels are core's Structure order.
struct Consensus {
    torch::Tensor probability;      ///< float32 [N, 3, H, W]
    torch::Tensor presegmentation;  ///< float32 [N, 3, H, W]: the presegmenter's own probabilities
    torch::Tensor entropy;          ///< float32 [N, H, W]: predictive entropy over {canal, vertebra, disc,
                                    ///< background}, divided by ln 4
    torch::Tensor
        mutual_information;  ///< float32 [N, H, W]: the part of it that the samples' disagreement explains
    torch::Tensor
        sample_dice;  ///< float32 [N, 3]: mean pairwise Dice between samples (1 where all are empty)
};

/// Called from the computing thread after each piece of work; return false to stop (segment() then returns
/// canceled).
using ProgressSink = std::function<bool(const Progress&)>;

class Segmenter {
  public:
    static Result<std::unique_ptr<Segmenter>> load(const std::filesystem::path& bundle_folder,
                                                   const SegmenterOptions& options = {});
    ~Segmenter();

    const ModelManifest& manifest() const;
    /// "cpu, bfloat16, 2 threads": for logs and reports.
    std::string describe_device() const;

    /// The same slices, request and weights give the same result on the same machine, however slices are
    /// batched.
    Result<Consensus> segment(const SliceStack& slices, const SegmentRequest& request,
                              const ProgressSink& progress);

  private:
    struct Networks;
    class Run;
    explicit Segmenter(std::unique_ptr<Networks> networks);
    std::unique_ptr<Networks> networks_;
};

}  // namespace spineseg

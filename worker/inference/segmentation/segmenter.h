// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The model, loaded once, and one run of it: presegmentation, then the diffusion ensemble, slice by slice.
/// Owns the networks' weights. Loading fails with model_invalid, or with invalid_configuration where the
/// device or the precision is not available here; running throws c10::Error on what LibTorch cannot do, which
/// Pipeline turns into an Error. One thread at a time.

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
#include "worker/inference/networks/precision.h"

namespace spineseg {

/// Where a sample of a slice starts from: float32 [3, rows, columns], standard normal.
using StartNoise = std::function<torch::Tensor(std::int64_t slice, std::int64_t sample, std::int64_t rows,
                                               std::int64_t columns)>;

struct SegmenterOptions {
    std::string device = "cpu";          ///< "cpu", "cuda" or "cuda:1"
    std::optional<Precision> precision;  ///< default: bfloat16 where it is faster (precision.h)
    int threads = 0;                     ///< 0: as many as the machine has cores
    int batch = 0;  ///< images (a slice, or a sample of one) in a network call; 0: 1 on a CPU, and on a GPU
                    ///< what half of its free memory holds
    StartNoise start_noise = {};  ///< default: sample_noise() of the model's and the request's seed
};

/// Slices as the preprocessor lays them on the model's canvas.
struct SliceStack {
    torch::Tensor
        intensities;  ///< float32 [N, H, W] on the CPU: source intensities at the model's spacing, 0 outside
    torch::Tensor inside;           ///< bool [N, H, W]: true where the source image has pixels
    double slice_spacing_mm = 0.0;  ///< between the centres of neighbouring slices; 0: not known
};

/// What the ensemble agrees on, on the model's canvas, on the CPU. Channels are core's Structure order; the
/// README derives every map. Nothing grows with the number of samples or members.
struct Consensus {
    torch::Tensor probability;  ///< float32 [N, 3, H, W]: decides, by the manifest's threshold. Under a
                                ///< step-fusing rule a decision value, no probability
    torch::Tensor
        mean_probability;  ///< float32 [N, 3, H, W]: calibrated mean over samples and presegmentation
    torch::Tensor presegmentation;  ///< float32 [N, 3, H, W]: the mean of the presegmenter's members
    torch::Tensor uncertainty;      ///< float32 [N, H, W], 0..1: the map that the manifest's rule names
    torch::Tensor entropy;          ///< float32 [N, H, W]: total predictive entropy over {background, canal,
                                    ///< vertebra, disc}, divided by ln 4
    torch::Tensor mutual_information;  ///< float32 [N, H, W]: the part of it that the disagreement of samples
                                       ///< and members explains, never above it
    torch::Tensor variance;     ///< float32 [N, 3, H, W]: of the samples' probabilities; without samples, of
                                ///< the presegmentation members'
    torch::Tensor sample_dice;  ///< float32 [N, 3]: mean pairwise Dice of the same (1 where all are empty)
    /// float32 [N, 3, H, W], only under the rule `original`: the published map per structure, 0..1/e.
    torch::Tensor original_uncertainty;

    /// float32 [N, H, W]: the part of the entropy that every sample has by itself.
    torch::Tensor aleatoric() const;
};

/// Called from the computing thread after each piece of work; return false to stop (segment() then returns
/// canceled).
using ProgressSink = std::function<bool(const Progress&)>;

struct SegmenterNetworks;

class Segmenter {
  public:
    static Result<std::unique_ptr<Segmenter>> load(const std::filesystem::path& bundle_folder,
                                                   const SegmenterOptions& options = {});
    ~Segmenter();

    const ModelManifest& manifest() const;
    std::string device() const;  ///< "cpu", "cuda" or "cuda:1"
    Precision precision() const { return precision_; }
    /// "cpu, bfloat16, 2 threads": for logs and reports.
    std::string describe_device() const;

    /// The same slices, request, weights and batch give the same result on the same machine; another batch
    /// gives it but for roundings (README.md, Batches). A batch that does not fit into memory is halved;
    /// out_of_memory where one image does not fit. invalid_argument where the stack is none or the model
    /// cannot serve the request; 0 samples ask for the presegmentation alone.
    Result<Consensus> segment(const SliceStack& slices, const SegmentRequest& request,
                              const ProgressSink& progress);

  private:
    Segmenter(std::unique_ptr<SegmenterNetworks> networks, Precision precision, int threads, int batch);

    std::unique_ptr<SegmenterNetworks> networks_;
    Precision precision_;
    int threads_;
    int batch_;                               ///< 0: automatic
    std::optional<std::int64_t> free_bytes_;  ///< on the GPU, beside the weights
};

}  // namespace spineseg

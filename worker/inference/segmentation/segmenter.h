// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The model, loaded once, and one run of it: presegmentation, then the diffusion ensemble, slice by slice.
/// Owns the networks' weights. Loading fails with model_invalid, or with invalid_configuration where the
/// device or the precision is not available here; running throws c10::Error on what LibTorch cannot do, which
/// Pipeline turns into an Error. One thread at a time.

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/model_manifest.h"
#include "core/job.h"
#include "core/level_evidence.h"
#include "core/result.h"
#include "worker/inference/networks/convolution_method.h"
#include "worker/inference/networks/precision.h"
#include "worker/inference/sampling/start_noise.h"
#include "worker/inference/segmentation/progress_meter.h"

namespace spineseg {

/// The option of that name, the same in every program.
inline constexpr const char* kTrustTorchScript = "--trust-torchscript";

/// Of the option --convolutions, the same in every program.
inline constexpr const char* kConvolutionsHelp =
    "How the networks convolve on a CPU: auto goes by processor and precision";

struct SegmenterOptions {
    std::string device = "cpu";          ///< "cpu", "cuda" or "cuda:1"
    std::optional<Precision> precision;  ///< default: bfloat16 where it is faster (precision.h)
    std::optional<ConvolutionMethod>
        convolutions;  ///< default: each stage's fastest, by trying when it is loaded
    int threads = 0;   ///< 0: as many as the machine has cores
    int batch = 0;  ///< images (a slice, or a sample of one) in a network call; 0: 1 on a CPU, and on a GPU
                    ///< what half of its free memory holds
    /// A bundle with TorchScript is refused without it: a module is a program of whoever made the bundle.
    bool trust_torchscript = false;
    StartNoise start_noise = {};  ///< default: sample_noise() of the model's and the request's seed
};

struct Consensus;   // segmentation/series_consensus.h
struct SliceStack;  // presegmentation/slice_stack.h
struct SegmenterNetworks;
struct StageConvolutions;  // segmentation/stage_convolutions.h

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
    const StageConvolutions& convolutions() const;

    /// The same slices, request, weights, convolutions and batch give the same result on the same machine; another
    /// batch, or other convolutions, give it but for roundings (README.md, Convolutions, Batches). A batch that does not fit into memory is halved;
    /// out_of_memory where one image does not fit. invalid_argument where the stack is none or the model
    /// cannot serve the request; 0 samples ask for the presegmentation alone.
    Result<Consensus> segment(const SliceStack& slices, const SegmentRequest& request,
                              const ProgressSink& progress);

    /// What the anchor network makes of these slices, by AnchorClass: [count, H, W] each. The model must have an anchor.
    std::array<std::vector<float>, kAnchorClasses> recognise_levels(const SliceStack& slices,
                                                                    std::int64_t first, std::int64_t count);

  private:
    Segmenter(std::unique_ptr<SegmenterNetworks> networks, Precision precision, int threads, int batch);

    std::unique_ptr<SegmenterNetworks> networks_;
    Precision precision_;
    int threads_;
    int batch_;                               ///< 0: automatic
    std::optional<std::int64_t> free_bytes_;  ///< on the GPU, beside the weights
};

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The plan that travels with the weights: every field that changes a result stands here, nothing is guessed.
/// Parsing refuses unknown and missing fields by name (model_invalid). Values; any thread.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace spineseg {

/// How intensities reach the network.
enum class IntensityRule {
    percentile_zscore,  ///< divide by the slice's percentile, clip at `clip`, z-score over the pixels inside
                        ///< the image
    percentile_255,     ///< scale the percentile to 255 and clip there (the original SpineSegDiff, method.md
                        ///< §1.3)
};

/// How slices lie in the tensor (H × W).
enum class SliceOrientation {
    superior_inferior__anterior_posterior,  ///< row 0 = head, column 0 = belly: as a radiologist sees it
    posterior_anterior__inferior_superior,  ///< row 0 = back, column 0 = feet: the original's (method.md
                                            ///< §1.3)
};

struct InputPlan {
    SliceOrientation orientation = SliceOrientation::superior_inferior__anterior_posterior;
    double spacing_mm = 1.0;  ///< in-plane, isotropic
    int canvas_rows = 320;  ///< smallest canvas; larger fields of view grow it in steps of `canvas_multiple`
    int canvas_columns = 320;
    int canvas_multiple = 16;  ///< four poolings
    IntensityRule intensity = IntensityRule::percentile_zscore;
    double percentile = 99.5;
    double clip = 1.5;
};

/// Channel widths [w0..w4, last decoder width], method.md §2.
using Widths = std::vector<int>;

struct PresegmentationPlan {
    Widths widths;
    std::string weights;  ///< file in the bundle
    std::string sha256;   ///< of that file
};

enum class NoiseScheduleKind { cosine, linear };
enum class X0Rule {
    clamped_logits,  ///< x0 = clamp(logits, -1, 1), the original's (method.md §3.3)
    sigmoid,         ///< x0 = 2·sigmoid(logits) − 1
};
enum class StartRule { noise, presegmentation };

struct DiffusionPlan {
    Widths widths;
    bool image_encoder = true;
    std::string weights;
    std::string sha256;
    NoiseScheduleKind schedule = NoiseScheduleKind::cosine;
    int timesteps = 1000;  ///< T of training
    StartRule start = StartRule::presegmentation;
    double start_signal =
        0.7;  ///< √ᾱ of the start step; the first timestep at or below it (presegmentation only)
    X0Rule x0 = X0Rule::sigmoid;
    int steps = 3;  ///< respaced DDIM steps, η = 0
    int samples = 5;
};

enum class FusionRule {
    mean_probability,  ///< mean over samples of the last step's probabilities
    paper,             ///< logits of the last `fused_steps` steps, exponential weights (paper, eq. 3)
    original_code,     ///< the same over the first steps, as the published code does (method.md §3.4)
};

struct ConsensusPlan {
    FusionRule fusion = FusionRule::mean_probability;
    int fused_steps = 1;  ///< T_s, for the two step-fusing rules
    double presegmentation_weight =
        0.0;  ///< weight of the presegmenter's probabilities beside the samples' mean, 0..1
    double threshold = 0.5;
};

struct PostprocessingPlan {
    bool exclusive = true;                       ///< a voxel has the likeliest class only
    bool fill_holes = false;                     ///< per slice and class
    double maximum_component_uncertainty = 1.0;  ///< mean over a piece of a slice; more: dropped. 1: off
    double maximum_slice_uncertainty = 1.0;   ///< mean over a slice's labelled pixels; more: emptied. 1: off
    double minimum_component_ml_canal = 0.0;  ///< smaller 3D components are dropped
    double minimum_component_ml_vertebra = 0.0;
    double minimum_component_ml_disc = 0.0;
};

/// The names that stand in the manifest: the enumerators' own spelling.
std::string_view to_string(IntensityRule rule);
std::string_view to_string(SliceOrientation orientation);
std::string_view to_string(NoiseScheduleKind kind);
std::string_view to_string(X0Rule rule);
std::string_view to_string(StartRule rule);
std::string_view to_string(FusionRule rule);

struct ModelManifest {
    static constexpr int kFormat = 1;
    std::string id;       ///< "lumbar-fast"
    std::string version;  ///< semantic version of the weights
    std::string description;
    std::string licence;      ///< of the weights
    std::string attribution;  ///< what the licence of the training data asks for
    InputPlan input;
    PresegmentationPlan presegmentation;
    DiffusionPlan diffusion;
    ConsensusPlan consensus;
    PostprocessingPlan postprocessing;
    std::uint64_t seed = 0;  ///< mixed with the job's seed

    static Result<ModelManifest> parse(const std::string& json_text);
    static Result<ModelManifest> read(const std::filesystem::path& bundle_folder);  ///< its manifest.json
    std::string to_json() const;  ///< canonical: parse(to_json()) gives the same, byte-stable
    /// SHA-256 over the canonical JSON, which names the digests of the weights: what "the model" means in a
    /// job.
    std::string digest() const;
};

}  // namespace spineseg

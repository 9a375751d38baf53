// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The plan beside the weights: every field that changes a result. Parsing refuses unknown and missing fields by name (model_invalid). Values; any thread.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace spineseg {

/// Whose arithmetic the manifest describes.
enum class Profile {
    corrected,  ///< our own choices; nothing is prescribed
    reference,  ///< the published code's arithmetic (docs/method.md §2 to §3): the parser refuses what
                ///< departs from it
};

/// How intensities reach the network.
enum class IntensityRule {
    percentile_zscore,  ///< divide by the slice's percentile, clip at `clip`, z-score over the pixels inside
                        ///< the image
    percentile_255,     ///< scale the percentile to 255 and clip there (the original SpineSegDiff,
                        ///< docs/method.md §1.3)
    unchanged,          ///< as they are: for images that were scaled before they came here
};

/// How slices lie in the tensor (H × W).
enum class SliceOrientation {
    superior_inferior__anterior_posterior,  ///< row 0 = head, column 0 = belly: as a radiologist sees it
    posterior_anterior__inferior_superior,  ///< row 0 = back, column 0 = feet: the original's (docs/method.md
                                            ///< §1.3)
};

/// One number for each structure.
struct PerStructure {
    double canal = 0.0;
    double vertebra = 0.0;
    double disc = 0.0;
};

struct InputPlan {
    SliceOrientation orientation = SliceOrientation::superior_inferior__anterior_posterior;
    double spacing_mm = 1.0;  ///< in-plane, isotropic
    int canvas_rows =
        320;  ///< smallest model grid; larger fields of view grow it in steps of `canvas_multiple`
    int canvas_columns = 320;
    int canvas_multiple = 16;  ///< four poolings
    IntensityRule intensity = IntensityRule::percentile_zscore;
    double percentile = 99.5;
    double clip = 1.5;
};

/// Channel widths [w0..w4, last decoder width], docs/method.md §2.
using Widths = std::vector<int>;

/// A file of the bundle: its path below the bundle's folder, written with '/', and the digest of its bytes.
struct BundleFile {
    std::string file;
    std::string sha256;
};

/// Which network presegments. Each kind has fields of its own, which another kind refuses.
enum class PresegmenterKind {
    none,         ///< no presegmentation: everything is background to it, and the diffusion starts from noise
    unet,         ///< ours: PresegmentationUNet
    nnunet,       ///< a trained nnU-Net v2 model folder, 2d configuration
    torchscript,  ///< a TorchScript module: the network input [N,1,H,W] → [N,C,H,W], channel 0 = background
};

/// Which channels of a foreign network's output make up each structure (their probabilities add up); the
/// channels that no structure names count as background.
struct OutputChannels {
    std::vector<int> canal;
    std::vector<int> vertebra;
    std::vector<int> disc;
};

/// What nnU-Net needs beside its members, which are the checkpoints of its folds. As in nnU-Net, folds are
/// averaged as logits.
struct NnUNetPlan {
    BundleFile plans;           ///< plans.json as nnU-Net wrote it
    BundleFile dataset;         ///< dataset.json
    std::string configuration;  ///< a name of plans.json's configurations; it must be two-dimensional
    double tile_step = 0.5;     ///< of the sliding window, as a fraction of the patch
    bool mirroring = true;      ///< over the axes that the checkpoint allows
};

enum class TorchScriptOutput {
    logits,         ///< softmax over the channels is still to be taken
    probabilities,  ///< they sum to 1
};

struct TorchScriptPlan {
    TorchScriptOutput output = TorchScriptOutput::logits;
};

struct PresegmentationPlan {
    PresegmenterKind kind = PresegmenterKind::unet;
    /// 1 to 16 (kind none: none): folds or seeds of the same network. Their probabilities are averaged, and
    /// their disagreement is part of the uncertainty.
    std::vector<BundleFile> members;
    Widths widths;  ///< unet
    std::vector<double> scales{
        1.0};                       ///< unet, torchscript: test-time scales of the input, 0.5 to 2, averaged
    OutputChannels channels;        ///< nnunet, torchscript
    NnUNetPlan nnunet;              ///< nnunet
    TorchScriptPlan torchscript;    ///< torchscript
    double neighbour_weight = 0.0;  ///< of each of the two neighbouring slices' probabilities, 0 to 1/3;
                                    ///< where one is missing the others' weights grow to sum to 1
    double neighbour_spacing_mm = 0.0;  ///< slices further apart than this are no neighbours
};

enum class NoiseScheduleKind { cosine, linear };
enum class X0Rule {
    clamped_logits,  ///< x0 = clamp(logits, -1, 1), the original's (docs/method.md §3.3)
    sigmoid,         ///< x0 = 2·sigmoid(logits) − 1
};
/// What the denoiser's logits mean.
enum class Prediction {
    mask,      ///< the clean mask itself, as published
    residual,  ///< what the presegmentation's own logits lack (after PGRD, arXiv 2509.01330)
};
enum class StartRule {
    noise,            ///< pure noise at T−1
    presegmentation,  ///< the presegmentation's mask, noised to the first timestep whose √ᾱ is at most
                      ///< `start_signal`; 0 means T−1, as the original (docs/method.md §3.6)
};
/// What a structure's 1 and 0 become in the tensor that is noised at the start of sampling. Training always
/// uses signed.
enum class MaskScale {
    signed_unit,  ///< 1 and −1 (in the manifest: "signed")
    binary,       ///< 1 and 0, as the original code's inference (docs/method.md §3.6)
};

struct DiffusionPlan {
    Widths widths;
    bool image_encoder = true;
    /// 0 to 16: folds or seeds of the same network. Sample s is drawn by member s modulo their number. None:
    /// the bundle has no denoiser, and `samples` is 0.
    std::vector<BundleFile> members;
    NoiseScheduleKind schedule = NoiseScheduleKind::cosine;
    int timesteps = 1000;  ///< T of training
    StartRule start = StartRule::presegmentation;
    double start_signal = 0.7;
    MaskScale mask_scale = MaskScale::signed_unit;
    Prediction prediction = Prediction::mask;
    X0Rule x0 = X0Rule::sigmoid;
    /// The denoiser sees the box around everything that the presegmentation labels in the series, this much
    /// wider on every side; outside it the presegmentation is the result. 0: the whole model grid.
    double region_margin_mm = 0.0;
    int steps = 3;    ///< respaced DDIM steps, η = 0; as many as there are timesteps: no respacing
    int samples = 5;  ///< 0: the presegmentation alone is the result
};

enum class FusionRule {
    mean_probability,  ///< mean over samples of the last step's probabilities
    paper,             ///< logits of the last `fused_steps` steps, exponential weights (paper, eq. 3)
    original_code,     ///< the same over the first steps, as the published code does (docs/method.md §3.4)
    step_uncertainty,  ///< Diff-UNet's: clamped samples of the first steps, weighted by how certain a step is
};

/// Which map Consensus::uncertainty is. Results carry the entropy whatever it says; `spineseg segment` writes
/// the other one beside it.
enum class UncertaintyRule {
    entropy,   ///< predictive entropy over the four classes, divided by ln 4
    original,  ///< the published code's map (docs/method.md §3.5), scaled to 0..1; for rules that fuse steps
};

struct ConsensusPlan {
    FusionRule fusion = FusionRule::mean_probability;
    int fused_steps = 1;  ///< T_s, for the step-fusing rules
    UncertaintyRule uncertainty = UncertaintyRule::entropy;
    double presegmentation_weight =
        0.0;  ///< weight of the presegmenter's probabilities beside the samples' mean, 0..1
    double threshold = 0.5;
};

/// Temperatures T: p becomes p^(1/T), normalised over the four classes. 1 is off, more is less certain. No
/// temperature changes which class of a distribution is the likeliest.
struct CalibrationPlan {
    double presegmentation = 1.0;  ///< of every presegmentation member's distribution
    double diffusion = 1.0;        ///< of every sample's distribution
    /// Of their weighted mean: each pixel takes the temperature of its likeliest structure (class-based
    /// temperature scaling).
    PerStructure structure{1.0, 1.0, 1.0};
};

struct PostprocessingPlan {
    bool exclusive = true;  ///< a voxel has the likeliest class only; else structures are decided and cleaned
                            ///< one by one, and painted over each other in channel order
    bool on_canvas = false;   ///< decided and cleaned at the model's spacing instead of the source's; only
                              ///< with exclusive false
    bool fill_holes = false;  ///< per slice and class
    double maximum_component_uncertainty = 1.0;  ///< mean over a piece of a slice; more: dropped. 1: off
    double maximum_slice_uncertainty = 1.0;  ///< mean over a slice's labelled pixels; more: emptied. 1: off
    PerStructure minimum_component_pixels;   ///< smaller 8-connected pieces of a slice are dropped, and holes
                                             ///< filled once more; whole numbers
    PerStructure minimum_component_ml;       ///< smaller 26-connected components are dropped
};

/// A small U-Net that recognises L5 and S1 on the slices nearest the midline, as evidence for the numbering that does not
/// come from counting (worker/levels/README.md). Changes no label.
struct AnchorPlan {
    BundleFile network;
    Widths widths;
};

/// Thresholds of the verdict on a series: pass, review or reject, from scores of 0..1. 0: never.
struct QualityPlan {
    double review_below = 0.0;
    double reject_below = 0.0;
    PerStructure review_structure_below;
    std::optional<PerStructure> reject_structure_below;  ///< of one that was found; none: never
};

/// The names in the manifest: the enumerators' own spelling, and "signed" for signed_unit.
std::string_view to_string(Profile profile);
std::string_view to_string(IntensityRule rule);
std::string_view to_string(SliceOrientation orientation);
std::string_view to_string(PresegmenterKind kind);
std::string_view to_string(TorchScriptOutput output);
std::string_view to_string(NoiseScheduleKind kind);
std::string_view to_string(Prediction prediction);
std::string_view to_string(X0Rule rule);
std::string_view to_string(StartRule rule);
std::string_view to_string(MaskScale scale);
std::string_view to_string(FusionRule rule);
std::string_view to_string(UncertaintyRule rule);

struct ModelManifest {
    static constexpr int kFormat = 3;
    std::string id;       ///< "lumbar-fast"
    std::string version;  ///< semantic version of the weights
    std::string description;
    std::string licence;      ///< of the weights
    std::string attribution;  ///< what the licence of the training data asks for
    Profile profile = Profile::corrected;
    InputPlan input;
    PresegmentationPlan presegmentation;
    DiffusionPlan diffusion;
    ConsensusPlan consensus;
    CalibrationPlan calibration;
    PostprocessingPlan postprocessing;
    QualityPlan quality;
    std::optional<AnchorPlan> anchor;  ///< none: the levels are numbered by the count alone
    std::uint64_t seed = 0;            ///< mixed with the job's seed
    /// A small input and what the model makes of it (worker/inference/segmentation/self_test.h). Changes no result; none
    /// where nobody has made one for these weights.
    std::optional<BundleFile> self_test;

    static Result<ModelManifest> parse(const std::string& json_text);
    static Result<ModelManifest> read(const std::filesystem::path& bundle_folder);  ///< its manifest.json
    std::string to_json() const;  ///< canonical: parse(to_json()) gives the same, byte-stable
    /// SHA-256 over the canonical JSON without the self-test, which changes no result: what "the model" means
    /// in a job. It names the digests of the weights.
    std::string digest() const;
};

}  // namespace spineseg

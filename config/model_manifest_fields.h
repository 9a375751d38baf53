// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Every field of a manifest with its bounds, for both directions (core/json_fields.h), and the names of its
/// enumerations. Include from this folder's sources only.

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string_view>

#include "config/model_manifest.h"
#include "core/json_fields.h"

namespace spineseg::manifest_fields {

inline constexpr std::size_t kMostMembers = 16;
inline constexpr std::size_t kMostScales = 8;
inline constexpr std::size_t kMostChannels = 64;
inline constexpr std::size_t kLongestPath = 255;
inline constexpr double kMaxComponentMl = 1000.0;
inline constexpr double kMaxComponentPixels = 1e6;
/// Beyond these bounds every pixel becomes certain, or every pixel equally likely in each class.
inline constexpr double kLowestTemperature = 0.05;
inline constexpr double kHighestTemperature = 20.0;
inline constexpr double kMaxSliceSpacingMm = 20.0;

inline constexpr std::array<std::string_view, 2> kProfiles{"corrected", "reference"};
inline constexpr std::array<std::string_view, 3> kIntensityRules{"percentile_zscore", "percentile_255",
                                                                 "unchanged"};
inline constexpr std::array<std::string_view, 2> kOrientations{"superior_inferior__anterior_posterior",
                                                               "posterior_anterior__inferior_superior"};
inline constexpr std::array<std::string_view, 4> kPresegmenterKinds{"none", "unet", "nnunet", "torchscript"};
inline constexpr std::array<std::string_view, 2> kTorchScriptOutputs{"logits", "probabilities"};
inline constexpr std::array<std::string_view, 2> kSchedules{"cosine", "linear"};
inline constexpr std::array<std::string_view, 2> kPredictions{"mask", "residual"};
inline constexpr std::array<std::string_view, 2> kX0Rules{"clamped_logits", "sigmoid"};
inline constexpr std::array<std::string_view, 2> kStartRules{"noise", "presegmentation"};
inline constexpr std::array<std::string_view, 2> kMaskScales{"signed", "binary"};
inline constexpr std::array<std::string_view, 4> kFusionRules{"mean_probability", "paper", "original_code",
                                                              "step_uncertainty"};
inline constexpr std::array<std::string_view, 2> kUncertaintyRules{"entropy", "original"};

/// A reader's half of an enumeration whose names are listed in its order.
template <typename Enum, std::size_t N>
auto among(const std::array<std::string_view, N>& names) {
    return [&names](std::string_view name) -> std::optional<Enum> {
        const auto found = std::find(names.begin(), names.end(), name);
        if (found == names.end()) return std::nullopt;
        return static_cast<Enum>(found - names.begin());
    };
}

/// One number per structure, all in the same bounds.
constexpr auto per_structure(double low, double high) {
    return [low, high](auto& a, auto& m) {
        a.number("canal", m.canal, low, high);
        a.number("vertebra", m.vertebra, low, high);
        a.number("disc", m.disc, low, high);
    };
}

inline constexpr auto kMember = [](auto& a, auto& m) {
    a.text("weights", m.file, kLongestPath);
    a.text("sha256", m.sha256, 64);
};

inline constexpr auto kFile = [](auto& a, auto& m) {
    a.text("file", m.file, kLongestPath);
    a.text("sha256", m.sha256, 64);
};

inline constexpr auto kInput = [](auto& a, auto& m) {
    a.choice("orientation", m.orientation, among<SliceOrientation>(kOrientations));
    a.number("spacing_mm", m.spacing_mm, 0.2, 4.0);
    a.integer("canvas_rows", m.canvas_rows, 16, 2048);
    a.integer("canvas_columns", m.canvas_columns, 16, 2048);
    a.integer("canvas_multiple", m.canvas_multiple, 16, 256);
    a.choice("intensity", m.intensity, among<IntensityRule>(kIntensityRules));
    a.number("percentile", m.percentile, 50.0, 100.0);
    a.number("clip", m.clip, 0.1, 100.0);
};

inline constexpr auto kChannels = [](auto& a, auto& m) {
    a.integers("canal", m.canal, 1, kMostChannels, 1, 255);
    a.integers("vertebra", m.vertebra, 1, kMostChannels, 1, 255);
    a.integers("disc", m.disc, 1, kMostChannels, 1, 255);
};

inline constexpr auto kNnUNet = [](auto& a, auto& m) {
    a.object("plans", m.plans, kFile);
    a.object("dataset", m.dataset, kFile);
    a.text("configuration", m.configuration, 64);
    a.number("tile_step", m.tile_step, 0.1, 1.0);
    a.boolean("mirroring", m.mirroring);
};

inline constexpr auto kTorchScript = [](auto& a, auto& m) {
    a.choice("output", m.output, among<TorchScriptOutput>(kTorchScriptOutputs));
};

/// The kind comes first: it says which of the other fields there are.
inline constexpr auto kPresegmentation = [](auto& a, auto& m) {
    a.choice("kind", m.kind, among<PresegmenterKind>(kPresegmenterKinds));
    if (m.kind == PresegmenterKind::none) return;
    a.objects("members", m.members, kMostMembers, kMember);
    a.number("neighbour_weight", m.neighbour_weight, 0.0, 1.0 / 3.0);
    a.number("neighbour_spacing_mm", m.neighbour_spacing_mm, 0.0, kMaxSliceSpacingMm);
    if (m.kind != PresegmenterKind::nnunet) a.numbers("scales", m.scales, 1, kMostScales, 0.5, 2.0);
    if (m.kind == PresegmenterKind::unet) {
        a.integers("widths", m.widths, 6, 6, 8, 1024);
    } else {
        a.object("channels", m.channels, kChannels);
    }
    if (m.kind == PresegmenterKind::nnunet) a.object("nnunet", m.nnunet, kNnUNet);
    if (m.kind == PresegmenterKind::torchscript) a.object("torchscript", m.torchscript, kTorchScript);
};

inline constexpr auto kDiffusion = [](auto& a, auto& m) {
    a.integers("widths", m.widths, 6, 6, 8, 1024);
    a.boolean("image_encoder", m.image_encoder);
    a.objects("members", m.members, kMostMembers, kMember);
    a.choice("schedule", m.schedule, among<NoiseScheduleKind>(kSchedules));
    a.integer("timesteps", m.timesteps, 2, 10'000);
    a.choice("start", m.start, among<StartRule>(kStartRules));
    a.number("start_signal", m.start_signal, 0.0, 1.0);
    a.choice("mask_scale", m.mask_scale, among<MaskScale>(kMaskScales));
    a.choice("prediction", m.prediction, among<Prediction>(kPredictions));
    a.choice("x0", m.x0, among<X0Rule>(kX0Rules));
    a.number("region_margin_mm", m.region_margin_mm, 0.0, 1000.0);
    a.integer("steps", m.steps, 1, 10'000);
    a.integer("samples", m.samples, 0, 64);
};

inline constexpr auto kConsensus = [](auto& a, auto& m) {
    a.choice("fusion", m.fusion, among<FusionRule>(kFusionRules));
    a.integer("fused_steps", m.fused_steps, 1, 10'000);
    a.choice("uncertainty", m.uncertainty, among<UncertaintyRule>(kUncertaintyRules));
    a.number("presegmentation_weight", m.presegmentation_weight, 0.0, 1.0);
    a.number("threshold", m.threshold, 0.0, 1.0);
};

inline constexpr auto kCalibration = [](auto& a, auto& m) {
    a.number("temperature_presegmentation", m.presegmentation, kLowestTemperature, kHighestTemperature);
    a.number("temperature_diffusion", m.diffusion, kLowestTemperature, kHighestTemperature);
    a.object("temperature", m.structure, per_structure(kLowestTemperature, kHighestTemperature));
};

inline constexpr auto kPostprocessing = [](auto& a, auto& m) {
    a.boolean("exclusive", m.exclusive);
    a.boolean("on_canvas", m.on_canvas);
    a.boolean("fill_holes", m.fill_holes);
    a.number("maximum_component_uncertainty", m.maximum_component_uncertainty, 0.0, 1.0);
    a.number("maximum_slice_uncertainty", m.maximum_slice_uncertainty, 0.0, 1.0);
    a.object("minimum_component_pixels", m.minimum_component_pixels, per_structure(0.0, kMaxComponentPixels));
    a.object("minimum_component_ml", m.minimum_component_ml, per_structure(0.0, kMaxComponentMl));
};

inline constexpr auto kQuality = [](auto& a, auto& m) {
    a.number("review_below", m.review_below, 0.0, 1.0);
    a.number("reject_below", m.reject_below, 0.0, 1.0);
    a.object("review_structure_below", m.review_structure_below, per_structure(0.0, 1.0));
    a.object("reject_structure_below", m.reject_structure_below, per_structure(0.0, 1.0));
};

inline constexpr auto kAnchor = [](auto& a, auto& m) {
    a.text("weights", m.network.file, kLongestPath);
    a.text("sha256", m.network.sha256, 64);
    a.integers("widths", m.widths, 6, 6, 8, 1024);
};

template <typename A, typename M>
void all(A& a, M& m) {
    a.text("id", m.id, 64);
    a.text("version", m.version, 64);
    a.text("description", m.description, 4096);
    a.text("licence", m.licence, 4096);
    a.text("attribution", m.attribution, 16'384);
    a.choice("profile", m.profile, among<Profile>(kProfiles));
    a.object("input", m.input, kInput);
    a.object("presegmentation", m.presegmentation, kPresegmentation);
    a.object("diffusion", m.diffusion, kDiffusion);
    a.object("consensus", m.consensus, kConsensus);
    a.object("calibration", m.calibration, kCalibration);
    a.object("postprocessing", m.postprocessing, kPostprocessing);
    a.object("quality", m.quality, kQuality);
    a.object("anchor", m.anchor, kAnchor);
    a.integer("seed", m.seed, std::uint64_t{0}, std::numeric_limits<std::uint64_t>::max());
    a.object("self_test", m.self_test, kFile);
}

}  // namespace spineseg::manifest_fields

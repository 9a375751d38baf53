// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/model_manifest.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <limits>
#include <optional>
#include <string_view>

#include "core/digest.h"
#include "core/json_fields.h"

namespace spineseg {
namespace {

constexpr std::uintmax_t kMaxManifestBytes = 256 * 1024;
constexpr double kMaxComponentMl = 1000.0;

constexpr std::array<std::string_view, 2> kIntensityRules{"percentile_zscore", "percentile_255"};
constexpr std::array<std::string_view, 2> kOrientations{"superior_inferior__anterior_posterior",
                                                        "posterior_anterior__inferior_superior"};
constexpr std::array<std::string_view, 2> kSchedules{"cosine", "linear"};
constexpr std::array<std::string_view, 2> kX0Rules{"clamped_logits", "sigmoid"};
constexpr std::array<std::string_view, 2> kStartRules{"noise", "presegmentation"};
constexpr std::array<std::string_view, 3> kFusionRules{"mean_probability", "paper", "original_code"};

/// A reader's half of an enumeration whose names stand in its order.
template <typename Enum, std::size_t N>
auto among(const std::array<std::string_view, N>& names) {
    return [&names](std::string_view name) -> std::optional<Enum> {
        const auto found = std::find(names.begin(), names.end(), name);
        if (found == names.end()) return std::nullopt;
        return static_cast<Enum>(found - names.begin());
    };
}

constexpr auto kInputFields = [](auto& a, auto& m) {
    a.choice("orientation", m.orientation, among<SliceOrientation>(kOrientations));
    a.number("spacing_mm", m.spacing_mm, 0.2, 4.0);
    a.integer("canvas_rows", m.canvas_rows, 16, 2048);
    a.integer("canvas_columns", m.canvas_columns, 16, 2048);
    a.integer("canvas_multiple", m.canvas_multiple, 16, 256);
    a.choice("intensity", m.intensity, among<IntensityRule>(kIntensityRules));
    a.number("percentile", m.percentile, 50.0, 100.0);
    a.number("clip", m.clip, 0.1, 100.0);
};

constexpr auto kPresegmentationFields = [](auto& a, auto& m) {
    a.integers("widths", m.widths, 6, 6, 8, 1024);
    a.text("weights", m.weights, 255);
    a.text("sha256", m.sha256, 64);
};

constexpr auto kDiffusionFields = [](auto& a, auto& m) {
    a.integers("widths", m.widths, 6, 6, 8, 1024);
    a.boolean("image_encoder", m.image_encoder);
    a.text("weights", m.weights, 255);
    a.text("sha256", m.sha256, 64);
    a.choice("schedule", m.schedule, among<NoiseScheduleKind>(kSchedules));
    a.integer("timesteps", m.timesteps, 2, 10'000);
    a.choice("start", m.start, among<StartRule>(kStartRules));
    a.number("start_signal", m.start_signal, 0.0, 1.0);
    a.choice("x0", m.x0, among<X0Rule>(kX0Rules));
    a.integer("steps", m.steps, 1, 10'000);
    a.integer("samples", m.samples, 1, 64);
};

constexpr auto kConsensusFields = [](auto& a, auto& m) {
    a.choice("fusion", m.fusion, among<FusionRule>(kFusionRules));
    a.integer("fused_steps", m.fused_steps, 1, 10'000);
    a.number("presegmentation_weight", m.presegmentation_weight, 0.0, 1.0);
    a.number("threshold", m.threshold, 0.0, 1.0);
};

constexpr auto kPostprocessingFields = [](auto& a, auto& m) {
    a.boolean("exclusive", m.exclusive);
    a.boolean("fill_holes", m.fill_holes);
    a.number("maximum_component_uncertainty", m.maximum_component_uncertainty, 0.0, 1.0);
    a.number("maximum_slice_uncertainty", m.maximum_slice_uncertainty, 0.0, 1.0);
    a.number("minimum_component_ml_canal", m.minimum_component_ml_canal, 0.0, kMaxComponentMl);
    a.number("minimum_component_ml_vertebra", m.minimum_component_ml_vertebra, 0.0, kMaxComponentMl);
    a.number("minimum_component_ml_disc", m.minimum_component_ml_disc, 0.0, kMaxComponentMl);
};

template <typename A, typename M>
void manifest_fields(A& a, M& m, int& format) {
    a.integer("format", format, 1, std::numeric_limits<int>::max());
    a.text("id", m.id, 64);
    a.text("version", m.version, 64);
    a.text("description", m.description, 4096);
    a.text("licence", m.licence, 4096);
    a.text("attribution", m.attribution, 16'384);
    a.object("input", m.input, kInputFields);
    a.object("presegmentation", m.presegmentation, kPresegmentationFields);
    a.object("diffusion", m.diffusion, kDiffusionFields);
    a.object("consensus", m.consensus, kConsensusFields);
    a.object("postprocessing", m.postprocessing, kPostprocessingFields);
    a.integer("seed", m.seed, std::uint64_t{0}, std::numeric_limits<std::uint64_t>::max());
}

/// Ids end up in paths, REST answers and UIDs' seeds: letters, digits and a few signs, beginning with one of
/// the former.
bool is_plain_name(std::string_view text) {
    const auto alphanumeric = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    };
    return !text.empty() && alphanumeric(text.front()) && std::all_of(text.begin(), text.end(), [&](char c) {
        return alphanumeric(c) || c == '-' || c == '_' || c == '.' || c == '+';
    });
}

bool is_sha256(std::string_view text) {
    return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

bool are_grouped(const Widths& widths) {
    return std::all_of(widths.begin(), widths.end(), [](int width) { return width % 8 == 0; });
}

/// What the types and ranges of single fields cannot say; the text names the field.
std::optional<std::string> broken_rule(const ModelManifest& m) {
    const InputPlan& input = m.input;
    const DiffusionPlan& diffusion = m.diffusion;
    if (!is_plain_name(m.id)) return "id: must consist of letters, digits and -_.+";
    if (!is_plain_name(m.version)) return "version: must consist of letters, digits and -_.+";
    if (input.canvas_multiple % 16 != 0) return "input.canvas_multiple: four poolings need a multiple of 16";
    if (input.canvas_rows % input.canvas_multiple != 0)
        return "input.canvas_rows: not a multiple of canvas_multiple";
    if (input.canvas_columns % input.canvas_multiple != 0) {
        return "input.canvas_columns: not a multiple of canvas_multiple";
    }
    if (!are_grouped(m.presegmentation.widths)) return "presegmentation.widths: must be multiples of 8";
    if (!are_grouped(diffusion.widths)) return "diffusion.widths: must be multiples of 8";
    // A bundle is one folder: a path in a foreign manifest must not lead out of it.
    if (!is_plain_name(m.presegmentation.weights))
        return "presegmentation.weights: must be a plain file name";
    if (!is_plain_name(diffusion.weights)) return "diffusion.weights: must be a plain file name";
    if (!is_sha256(m.presegmentation.sha256))
        return "presegmentation.sha256: must be 64 lower-case hexadecimal digits";
    if (!is_sha256(diffusion.sha256)) return "diffusion.sha256: must be 64 lower-case hexadecimal digits";
    if (diffusion.steps > diffusion.timesteps) return "diffusion.steps: more than timesteps";
    if (m.consensus.fused_steps > diffusion.steps) return "consensus.fused_steps: more than diffusion.steps";
    return std::nullopt;
}

}  // namespace

std::string_view to_string(IntensityRule rule) {
    return kIntensityRules.at(static_cast<std::size_t>(rule));
}
std::string_view to_string(SliceOrientation orientation) {
    return kOrientations.at(static_cast<std::size_t>(orientation));
}
std::string_view to_string(NoiseScheduleKind kind) {
    return kSchedules.at(static_cast<std::size_t>(kind));
}
std::string_view to_string(X0Rule rule) {
    return kX0Rules.at(static_cast<std::size_t>(rule));
}
std::string_view to_string(StartRule rule) {
    return kStartRules.at(static_cast<std::size_t>(rule));
}
std::string_view to_string(FusionRule rule) {
    return kFusionRules.at(static_cast<std::size_t>(rule));
}

Result<ModelManifest> ModelManifest::parse(const std::string& json_text) {
    const auto json = parse_json_object(json_text, "the manifest", ErrorCode::model_invalid);
    if (!json) return failure(json.error());
    ModelManifest manifest;
    int format = 0;
    JsonReader reader(*json, "manifest", ErrorCode::model_invalid);
    manifest_fields(reader, manifest, format);
    const auto finished = reader.finish();
    // A newer format has other fields; say so instead of naming the first of them.
    if (format > kFormat) {
        return failure(ErrorCode::model_invalid, "manifest.format: " + std::to_string(format) +
                                                     " is newer than this program reads (" +
                                                     std::to_string(kFormat) + ")");
    }
    if (!finished) return failure(finished.error());
    if (const auto broken = broken_rule(manifest))
        return failure(ErrorCode::model_invalid, "manifest." + *broken);
    return manifest;
}

Result<ModelManifest> ModelManifest::read(const std::filesystem::path& bundle_folder) {
    const auto file = bundle_folder / "manifest.json";
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return failure(ErrorCode::model_invalid, "cannot read " + file.string());
    std::string text(kMaxManifestBytes + 1, '\0');
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (stream.bad()) return failure(ErrorCode::model_invalid, "cannot read " + file.string());
    text.resize(static_cast<std::size_t>(stream.gcount()));
    if (text.size() > kMaxManifestBytes) {
        return failure(ErrorCode::model_invalid, file.string() + " is larger than a manifest can be");
    }
    auto manifest = parse(text);
    if (!manifest) return failure(ErrorCode::model_invalid, file.string() + ": " + manifest.error().detail);
    return manifest;
}

std::string ModelManifest::to_json() const {
    nlohmann::json json = nlohmann::json::object();
    JsonWriter writer(json);
    int format = kFormat;
    manifest_fields(writer, *this, format);
    return dump_json(json, 2) + "\n";
}

std::string ModelManifest::digest() const {
    return sha256_hex(to_json());
}

}  // namespace spineseg

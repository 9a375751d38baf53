// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/model_manifest.h"

#include <fstream>
#include <limits>

#include "config/model_manifest_fields.h"
#include "config/model_manifest_rules.h"
#include "core/digest.h"
#include "core/json_fields.h"

namespace spineseg {
namespace {

namespace names = manifest_fields;

constexpr std::uintmax_t kMaxManifestBytes = 256 * 1024;

template <typename Names, typename Enum>
std::string_view name_of(const Names& of, Enum value) {
    return of.at(static_cast<std::size_t>(value));
}

/// Said before any field: another format has other fields, and naming the first of them would mislead.
Result<void> check_format(const nlohmann::json& json) {
    int format = 0;
    JsonReader reader(json, "manifest", ErrorCode::model_invalid);
    reader.integer("format", format, 1, std::numeric_limits<int>::max());
    if (format == ModelManifest::kFormat) return {};
    if (format == 0) {
        for (const auto& [name, value] : json.items()) reader.ignore(name.c_str());
        return reader.finish();
    }
    const std::string is = "manifest.format: " + std::to_string(format);
    const std::string read = " than this program reads (" + std::to_string(ModelManifest::kFormat) + ")";
    if (format > ModelManifest::kFormat) return failure(ErrorCode::model_invalid, is + " is newer" + read);
    return failure(ErrorCode::model_invalid,
                   is + " is older" + read + "; config/README.md says how to bring it up to date");
}

}  // namespace

std::string_view to_string(Profile profile) {
    return name_of(names::kProfiles, profile);
}
std::string_view to_string(IntensityRule rule) {
    return name_of(names::kIntensityRules, rule);
}
std::string_view to_string(SliceOrientation orientation) {
    return name_of(names::kOrientations, orientation);
}
std::string_view to_string(PresegmenterKind kind) {
    return name_of(names::kPresegmenterKinds, kind);
}
std::string_view to_string(TorchScriptOutput output) {
    return name_of(names::kTorchScriptOutputs, output);
}
std::string_view to_string(NoiseScheduleKind kind) {
    return name_of(names::kSchedules, kind);
}
std::string_view to_string(Prediction prediction) {
    return name_of(names::kPredictions, prediction);
}
std::string_view to_string(X0Rule rule) {
    return name_of(names::kX0Rules, rule);
}
std::string_view to_string(StartRule rule) {
    return name_of(names::kStartRules, rule);
}
std::string_view to_string(MaskScale scale) {
    return name_of(names::kMaskScales, scale);
}
std::string_view to_string(FusionRule rule) {
    return name_of(names::kFusionRules, rule);
}
std::string_view to_string(UncertaintyRule rule) {
    return name_of(names::kUncertaintyRules, rule);
}

Result<ModelManifest> ModelManifest::parse(const std::string& json_text) {
    const auto json = parse_json_object(json_text, "the manifest", ErrorCode::model_invalid);
    if (!json) return failure(json.error());
    if (const auto format = check_format(*json); !format) return failure(format.error());
    ModelManifest manifest;
    JsonReader reader(*json, "manifest", ErrorCode::model_invalid);
    reader.ignore("format");
    manifest_fields::all(reader, manifest);
    if (const auto finished = reader.finish(); !finished) return failure(finished.error());
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
    writer.integer("format", format, format, format);
    manifest_fields::all(writer, *this);
    return dump_json(json, 2) + "\n";
}

std::string ModelManifest::digest() const {
    if (!self_test) return sha256_hex(to_json());
    ModelManifest model = *this;
    model.self_test.reset();
    return sha256_hex(model.to_json());
}

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/model_manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "core/digest.h"

namespace spineseg {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

ModelManifest some_manifest() {
    ModelManifest m;
    m.id = "lumbar-fast";
    m.version = "0.1.0";
    m.description = "A test";
    m.licence = "CC-BY-4.0";
    m.attribution = "SPIDER, van der Graaf et al.";
    m.presegmentation = {{16, 16, 32, 64, 128, 16}, "presegmentation.safetensors", std::string(64, 'a')};
    m.diffusion.widths = {64, 64, 128, 256, 512, 64};
    m.diffusion.weights = "diffusion.safetensors";
    m.diffusion.sha256 = std::string(64, '0');
    m.diffusion.schedule = NoiseScheduleKind::linear;
    m.consensus.fusion = FusionRule::paper;
    m.postprocessing.minimum_component_ml_disc = 0.25;
    m.seed = ~0ULL;
    return m;
}

json some_json() {
    return json::parse(some_manifest().to_json());
}

void expect_refused(const json& manifest, const std::string& part_of_detail) {
    const auto parsed = ModelManifest::parse(manifest.dump());
    ASSERT_FALSE(parsed) << part_of_detail;
    EXPECT_EQ(parsed.error().code, ErrorCode::model_invalid);
    EXPECT_THAT(parsed.error().detail, testing::HasSubstr(part_of_detail));
}

/// Pointers to every field, objects and leaves.
std::vector<json::json_pointer> every_field(const json& object,
                                            const json::json_pointer& at = json::json_pointer()) {
    std::vector<json::json_pointer> found;
    for (const auto& [name, value] : object.items()) {
        found.push_back(at / name);
        if (value.is_object()) {
            for (auto& inner : every_field(value, at / name)) found.push_back(std::move(inner));
        }
    }
    return found;
}

TEST(ModelManifest, CanonicalJsonIsAFixedPoint) {
    const std::string text = some_manifest().to_json();
    const auto parsed = ModelManifest::parse(text);
    ASSERT_TRUE(parsed) << parsed.error().describe();
    EXPECT_EQ(parsed->to_json(), text);
    EXPECT_EQ(parsed->diffusion.schedule, NoiseScheduleKind::linear);
    EXPECT_EQ(parsed->consensus.fusion, FusionRule::paper);
    EXPECT_EQ(parsed->seed, ~0ULL);
    EXPECT_EQ(parsed->presegmentation.widths, some_manifest().presegmentation.widths);
}

TEST(ModelManifest, DigestSeesTheContentAndNotTheLayout) {
    const ModelManifest m = some_manifest();
    EXPECT_EQ(m.digest(), sha256_hex(m.to_json()));
    const auto relaid = ModelManifest::parse(some_json().dump(7));
    ASSERT_TRUE(relaid);
    EXPECT_EQ(relaid->digest(), m.digest());
    json whole = some_json();
    whole["input"]["spacing_mm"] = 1;  // an integer where the canonical form says 1.0
    EXPECT_EQ(ModelManifest::parse(whole.dump())->digest(), m.digest());
}

TEST(ModelManifest, EveryLeafChangesTheDigest) {
    const std::string digest = some_manifest().digest();
    for (const auto& field : every_field(some_json())) {
        json changed = some_json();
        json& value = changed[field];
        const std::string name = field.to_string();
        if (value.is_object() || name == "/format") continue;
        if (value.is_boolean())
            value = !value.get<bool>();
        else if (name == "/input/percentile")
            value = 98.0;
        else if (name == "/input/canvas_multiple")
            value = 32;
        else if (name == "/input/canvas_rows" || name == "/input/canvas_columns")
            value = 640;
        else if (name == "/seed")
            value = 1;
        else if (name == "/consensus/fused_steps")
            value = 2;
        else if (value.is_number_integer())
            value = value.get<int>() + 1;
        else if (value.is_number())
            value = value.get<double>() * 0.5 + 0.2;
        else if (value.is_array())
            value[0] = 8;
        else if (name.ends_with("sha256"))
            value = std::string(64, 'f');
        else if (name == "/input/orientation")
            value = "posterior_anterior__inferior_superior";
        else if (name == "/input/intensity")
            value = "percentile_255";
        else if (name == "/diffusion/schedule")
            value = "cosine";
        else if (name == "/diffusion/start")
            value = "noise";
        else if (name == "/diffusion/x0")
            value = "clamped_logits";
        else if (name == "/consensus/fusion")
            value = "original_code";
        else
            value = "another";
        const auto parsed = ModelManifest::parse(changed.dump());
        ASSERT_TRUE(parsed) << name << " " << parsed.error().describe();
        EXPECT_NE(parsed->digest(), digest) << name;
    }
}

TEST(ModelManifest, EveryMissingAndEveryUnknownFieldIsNamed) {
    const auto fields = every_field(some_json());
    EXPECT_GT(fields.size(), 40u);
    for (const auto& field : fields) {
        json without = some_json();
        without[field.parent_pointer()].erase(field.back());
        expect_refused(without, field.back() + ": is missing");
        json with = some_json();
        with[field.parent_pointer()][field.back() + "_x"] = 1;
        expect_refused(with, field.back() + "_x: is not a known field");
    }
}

TEST(ModelManifest, EveryFieldRefusesTheWrongType) {
    for (const auto& field : every_field(some_json())) {
        json wrong = some_json();
        wrong[field] = nullptr;
        expect_refused(wrong, field.back());
    }
}

TEST(ModelManifest, ValuesOutOfRangeAreNamed) {
    const std::vector<std::pair<const char*, json>> cases{
        {"/id", "../lumbar"},
        {"/id", ""},
        {"/version", "a b"},
        {"/seed", -1},
        {"/input/spacing_mm", 0.0},
        {"/input/canvas_rows", 330},
        {"/input/canvas_columns", 1 << 20},
        {"/input/canvas_multiple", 24},
        {"/input/percentile", 101.0},
        {"/input/intensity", "zscore"},
        {"/presegmentation/widths", json::array({16, 16, 32, 64, 128})},
        {"/presegmentation/widths", json::array({16, 16, 32, 64, 128, 16, 16})},
        {"/presegmentation/widths", json::array({16, 16, 32, 64, 128, 12})},
        {"/diffusion/widths", json::array({16, 16, 32, 64, 1032, 16})},
        {"/diffusion/widths", json::array({16, 16, 32, 64, -8, 16})},
        {"/diffusion/widths", json::array({16, 16, 32, 64, 0, 16})},
        {"/diffusion/widths", json::array({16, 16, 32, 64, 8.5, 16})},
        {"/presegmentation/weights", "../weights.safetensors"},
        {"/diffusion/weights", "a/b"},
        {"/diffusion/weights", ".."},
        {"/diffusion/weights", ""},
        {"/diffusion/sha256", "abc"},
        {"/presegmentation/sha256", std::string(64, 'G')},
        {"/diffusion/timesteps", 1},
        {"/diffusion/steps", 0},
        {"/diffusion/steps", 1001},
        {"/diffusion/samples", 0},
        {"/diffusion/samples", 65},
        {"/diffusion/start_signal", 1.5},
        {"/consensus/threshold", -0.1},
        {"/consensus/threshold", 1.1},
        {"/consensus/presegmentation_weight", 2.0},
        {"/consensus/fused_steps", 4},
        {"/postprocessing/minimum_component_ml_canal", -1.0},
    };
    for (const auto& [where, value] : cases) {
        json wrong = some_json();
        const json::json_pointer pointer(where);
        wrong[pointer] = value;
        SCOPED_TRACE(where + (" = " + value.dump()));
        expect_refused(wrong, pointer.back());
    }
}

TEST(ModelManifest, ANewerFormatIsSaidToBeNewer) {
    json newer = some_json();
    newer["format"] = 2;
    newer["novelty"] = true;
    expect_refused(newer, "manifest.format: 2 is newer");
}

TEST(ModelManifest, ForeignTextIsRefusedWithoutAnException) {
    for (const char* text : {"", "null", "[]", "{", "\xff\xfe", "{\"id\":\"a\",\"id\":\"b\"}"}) {
        const auto parsed = ModelManifest::parse(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().code, ErrorCode::model_invalid);
    }
}

TEST(ModelManifest, IsReadFromItsBundle) {
    const fs::path folder = fs::temp_directory_path() / ("spineseg-manifest-" + std::to_string(::getpid()));
    fs::create_directories(folder);
    EXPECT_EQ(ModelManifest::read(folder).error().code, ErrorCode::model_invalid);
    std::ofstream(folder / "manifest.json") << some_manifest().to_json();
    const auto manifest = ModelManifest::read(folder);
    ASSERT_TRUE(manifest) << manifest.error().describe();
    EXPECT_EQ(manifest->digest(), some_manifest().digest());
    std::ofstream(folder / "manifest.json") << std::string(300 * 1024, ' ') << some_manifest().to_json();
    EXPECT_THAT(ModelManifest::read(folder).error().detail, testing::HasSubstr("larger than a manifest"));
    fs::remove_all(folder);
}

}  // namespace
}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/model_manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "core/digest.h"
#include "tests/config/sample_manifests.h"

namespace spineseg {
namespace model_manifest_test {

namespace fs = std::filesystem;
using nlohmann::json;

/// Pointers to every field, objects and leaves; a list of objects counts by its first.
std::vector<json::json_pointer> every_field(const json& object,
                                            const json::json_pointer& at = json::json_pointer()) {
    std::vector<json::json_pointer> found;
    for (const auto& [name, value] : object.items()) {
        found.push_back(at / name);
        const bool list = value.is_array() && !value.empty() && value[0].is_object();
        if (!value.is_object() && !list) continue;
        const auto inside = list ? at / name / 0 : at / name;
        for (auto& inner : every_field(list ? value[0] : value, inside)) found.push_back(std::move(inner));
    }
    return found;
}

std::vector<json> every_kind() {
    return {some_json(), json::parse(nnunet_manifest().to_json()),
            json::parse(torchscript_manifest().to_json())};
}

TEST(ModelManifest, CanonicalJsonIsAFixedPoint) {
    for (const auto& manifest : {some_manifest(), nnunet_manifest(), torchscript_manifest()}) {
        const auto parsed = ModelManifest::parse(manifest.to_json());
        ASSERT_TRUE(parsed) << parsed.error().describe();
        EXPECT_EQ(parsed->to_json(), manifest.to_json());
    }
    const auto parsed = ModelManifest::parse(some_manifest().to_json());
    EXPECT_EQ(parsed->diffusion.schedule, NoiseScheduleKind::linear);
    EXPECT_EQ(parsed->consensus.fusion, FusionRule::paper);
    EXPECT_EQ(parsed->seed, ~0ULL);
    EXPECT_EQ(parsed->presegmentation.widths, some_manifest().presegmentation.widths);
    EXPECT_EQ(parsed->presegmentation.members[1].file, "seeds/2.safetensors");
    EXPECT_EQ(parsed->presegmentation.scales, (std::vector{1.0, 1.125}));
    EXPECT_EQ(parsed->postprocessing.minimum_component_pixels.vertebra, 16);
}

TEST(ModelManifest, MayPlanAnAnchorWhichIsAPartOfTheDigest) {
    ModelManifest m = some_manifest();
    const std::string digest = m.digest();
    EXPECT_FALSE(json::parse(m.to_json()).contains("anchor"));
    m.anchor = AnchorPlan{{"anchor.safetensors", std::string(64, 'a')}, {16, 16, 32, 64, 128, 16}};
    const auto parsed = ModelManifest::parse(m.to_json());
    ASSERT_TRUE(parsed) << parsed.error().describe();
    EXPECT_EQ(parsed->to_json(), m.to_json());
    EXPECT_NE(parsed->digest(), digest);
    m.anchor->widths[2] = 12;
    expect_refused(json::parse(m.to_json()), "anchor.widths: must be multiples of 8");
    m.anchor->widths = {16};
    expect_refused(json::parse(m.to_json()), "anchor.widths");
    m.anchor = AnchorPlan{{"../anchor", std::string(64, 'a')}, {16, 16, 32, 64, 128, 16}};
    expect_refused(json::parse(m.to_json()), "anchor.weights: must be a path of plain names");
    m.anchor->network = {"anchor.safetensors", "abc"};
    expect_refused(json::parse(m.to_json()), "anchor.sha256");
    m.anchor->network = {m.presegmentation.members.front().file, std::string(64, 'a')};
    expect_refused(json::parse(m.to_json()), "anchor.weights: is a member of another network");
}

TEST(ModelManifest, MayNameASelfTestWhichIsNoPartOfTheDigest) {
    ModelManifest m = some_manifest();
    const std::string digest = m.digest();
    m.self_test = BundleFile{"self-test.safetensors", std::string(64, 'a')};
    const auto parsed = ModelManifest::parse(m.to_json());
    ASSERT_TRUE(parsed) << parsed.error().describe();
    ASSERT_TRUE(parsed->self_test);
    EXPECT_EQ(parsed->self_test->file, "self-test.safetensors");
    EXPECT_EQ(parsed->to_json(), m.to_json());
    EXPECT_EQ(parsed->digest(), digest);
    m.self_test->file = "../elsewhere";
    expect_refused(json::parse(m.to_json()), "self_test.file: must be a path of plain names");
    m.self_test = BundleFile{"self-test.safetensors", "abc"};
    expect_refused(json::parse(m.to_json()), "self_test.sha256");
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

/// Another value that the field may have.
json another(const std::string& name, const json& value) {
    static const std::map<std::string, json> kOthers{
        {"/input/percentile", 98.0},
        {"/input/canvas_multiple", 32},
        {"/input/canvas_rows", 640},
        {"/input/canvas_columns", 640},
        {"/input/orientation", "posterior_anterior__inferior_superior"},
        {"/input/intensity", "percentile_255"},
        {"/presegmentation/neighbour_weight", 0.1},
        {"/presegmentation/torchscript/output", "logits"},
        {"/diffusion/schedule", "cosine"},
        {"/diffusion/start", "noise"},
        {"/diffusion/mask_scale", "binary"},
        {"/diffusion/prediction", "residual"},
        {"/diffusion/x0", "clamped_logits"},
        {"/consensus/fusion", "step_uncertainty"},
        {"/consensus/fused_steps", 2},
        {"/consensus/uncertainty", "original"},
        {"/quality/review_below", 0.9},
        {"/quality/reject_below", 0.1},
        {"/seed", 1}};
    if (const auto found = kOthers.find(name); found != kOthers.end()) return found->second;
    if (name.ends_with("sha256")) return std::string(64, 'f');
    if (value.is_boolean()) return !value.get<bool>();
    if (value.is_number_integer()) return value.get<int>() + 1;
    if (name.starts_with("/postprocessing/minimum_component_pixels")) return value.get<double>() + 1.0;
    if (value.is_number()) return value.get<double>() * 0.5 + 0.2;
    if (value.is_array() && name.ends_with("widths")) return json::array({8, 16, 32, 64, 128, 16});
    if (value.is_array() && name.ends_with("scales")) return json::array({0.9});
    if (value.is_array()) return json::array({9});
    return "another";
}

TEST(ModelManifest, EveryLeafChangesTheDigest) {
    for (const json& original : every_kind()) {
        const std::string digest = ModelManifest::parse(original.dump())->digest();
        for (const auto& field : every_field(original)) {
            json changed = original;
            json& value = changed[field];
            const std::string name = field.to_string();
            const bool list = value.is_array() && value[0].is_object();
            // The reference profile and the kinds prescribe other fields; they have tests of their own.
            if (value.is_object() || list || name == "/format" || name == "/profile" ||
                name == "/presegmentation/kind")
                continue;
            value = another(name, value);
            const auto parsed = ModelManifest::parse(changed.dump());
            ASSERT_TRUE(parsed) << name << " " << parsed.error().describe();
            EXPECT_NE(parsed->digest(), digest) << name;
        }
    }
}

TEST(ModelManifest, EveryMissingAndEveryUnknownFieldIsNamed) {
    for (const json& original : every_kind()) {
        const auto fields = every_field(original);
        EXPECT_GT(fields.size(), 70u);
        for (const auto& field : fields) {
            json without = original;
            without[field.parent_pointer()].erase(field.back());
            expect_refused(without, field.back() + ": is missing");
            json with = original;
            with[field.parent_pointer()][field.back() + "_x"] = 1;
            expect_refused(with, field.back() + "_x: is not a known field");
        }
    }
}

TEST(ModelManifest, EveryFieldRefusesTheWrongType) {
    for (const json& original : every_kind()) {
        for (const auto& field : every_field(original)) {
            json wrong = original;
            wrong[field] = nullptr;
            expect_refused(wrong, field.back());
        }
    }
}

TEST(ModelManifest, AKindRefusesTheFieldsOfAnother) {
    for (const char* foreign : {"channels", "nnunet", "torchscript"}) {
        json manifest = some_json();
        manifest["presegmentation"][foreign] = json::object();
        expect_refused(manifest, std::string("presegmentation.") + foreign + ": is not a known field");
    }
    json manifest = json::parse(nnunet_manifest().to_json());
    manifest["presegmentation"]["scales"] = json::array({1.0});
    expect_refused(manifest, "presegmentation.scales: is not a known field");
}

TEST(ModelManifest, AnotherFormatIsSaidToBeNewerOrOlder) {
    json other = some_json();
    other["format"] = 4;
    other["novelty"] = true;
    expect_refused(other, "manifest.format: 4 is newer");
    other["format"] = 2;
    expect_refused(other, "manifest.format: 2 is older than this program reads (3); config/README.md");
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

}  // namespace model_manifest_test
}  // namespace spineseg

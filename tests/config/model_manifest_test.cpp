// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/model_manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "core/digest.h"

namespace spineseg {
namespace model_manifest_test {

namespace fs = std::filesystem;
using nlohmann::json;

ModelManifest some_manifest() {
    ModelManifest m;
    m.id = "lumbar-fast";
    m.version = "0.1.0";
    m.description = "A test";
    m.licence = "CC-BY-4.0";
    m.attribution = "SPIDER, van der Graaf et al.";
    m.presegmentation.members = {{"presegmentation.safetensors", std::string(64, 'a')},
                                 {"seeds/2.safetensors", std::string(64, 'b')}};
    m.presegmentation.widths = {16, 16, 32, 64, 128, 16};
    m.presegmentation.scales = {1.0, 1.125};
    m.presegmentation.neighbour_weight = 0.2;
    m.presegmentation.neighbour_spacing_mm = 4.5;
    m.diffusion.widths = {64, 64, 128, 256, 512, 64};
    m.diffusion.members = {{"diffusion.safetensors", std::string(64, '0')}};
    m.diffusion.schedule = NoiseScheduleKind::linear;
    m.consensus.fusion = FusionRule::paper;
    m.calibration.structure.disc = 1.25;
    m.postprocessing.minimum_component_ml.disc = 0.25;
    m.postprocessing.minimum_component_pixels = {64, 16, 64};
    m.postprocessing.exclusive = false;
    m.quality = {0.7, 0.4, {0.5, 0.5, 0.5}};
    m.seed = ~0ULL;
    return m;
}

/// The same with an nnU-Net in front.
ModelManifest nnunet_manifest() {
    ModelManifest m = some_manifest();
    m.presegmentation.kind = PresegmenterKind::nnunet;
    m.presegmentation.channels = {{1}, {2, 4}, {3}};
    m.presegmentation.nnunet.plans = {"nnunet/plans.json", std::string(64, 'c')};
    m.presegmentation.nnunet.dataset = {"nnunet/dataset.json", std::string(64, 'd')};
    m.presegmentation.nnunet.configuration = "2d";
    return m;
}

/// The same with a TorchScript module in front.
ModelManifest torchscript_manifest() {
    ModelManifest m = nnunet_manifest();
    m.presegmentation.kind = PresegmenterKind::torchscript;
    m.presegmentation.torchscript.output = TorchScriptOutput::probabilities;
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
        {"/presegmentation/kind", "oracle"},
        {"/presegmentation/members", json::array()},
        {"/presegmentation/members", json::array({json::object()})},
        {"/presegmentation/members/0/weights", "../weights.safetensors"},
        {"/presegmentation/members/0/weights", "/etc/weights.safetensors"},
        {"/presegmentation/members/0/sha256", std::string(64, 'G')},
        {"/presegmentation/members/1/weights", "presegmentation.safetensors"},
        {"/presegmentation/scales", json::array()},
        {"/presegmentation/scales", json::array({1.0, 2.5})},
        {"/presegmentation/scales", json::array({0.25})},
        {"/presegmentation/neighbour_weight", 0.34},
        {"/presegmentation/neighbour_weight", -0.1},
        {"/presegmentation/neighbour_spacing_mm", 0.0},
        {"/diffusion/members/0/weights", "a//b"},
        {"/diffusion/members/0/weights", "a/../b"},
        {"/diffusion/members/0/weights", "a/"},
        {"/diffusion/members/0/weights", ".."},
        {"/diffusion/members/0/weights", ""},
        {"/diffusion/members/0/sha256", "abc"},
        {"/diffusion/mask_scale", "signed_unit"},
        {"/diffusion/timesteps", 1},
        {"/diffusion/steps", 0},
        {"/diffusion/steps", 1001},
        {"/diffusion/samples", -1},
        {"/diffusion/samples", 65},
        {"/diffusion/start_signal", 1.5},
        {"/diffusion/region_margin_mm", -1.0},
        {"/consensus/threshold", -0.1},
        {"/consensus/threshold", 1.1},
        {"/consensus/presegmentation_weight", 2.0},
        {"/consensus/fused_steps", 4},
        {"/consensus/uncertainty", "variance"},
        {"/calibration/temperature_presegmentation", 0.0},
        {"/calibration/temperature_diffusion", 21.0},
        {"/calibration/temperature/canal", -1.0},
        {"/postprocessing/minimum_component_ml/canal", -1.0},
        {"/postprocessing/minimum_component_pixels", {{"canal", 1.5}, {"vertebra", 0.0}, {"disc", 0.0}}},
        {"/postprocessing/exclusive", 0},
        {"/quality/review_below", 1.5},
        {"/quality/reject_below", 0.8},
        {"/quality/review_structure_below/disc", -0.5},
        {"/profile", "published"},
    };
    for (const auto& [where, value] : cases) {
        json wrong = some_json();
        const json::json_pointer pointer(where);
        wrong[pointer] = value;
        SCOPED_TRACE(where + (" = " + value.dump()));
        expect_refused(wrong, pointer.back());
    }
}

TEST(ModelManifest, ForeignNetworksNeedChannelsThatAreDisjointAndFilesInTheBundle) {
    const std::vector<std::pair<const char*, json>> cases{
        {"/presegmentation/channels/canal", json::array({4})},
        {"/presegmentation/channels/disc", json::array()},
        {"/presegmentation/channels/disc", json::array({0})},
        {"/presegmentation/nnunet/plans/file", "../plans.json"},
        {"/presegmentation/nnunet/dataset/sha256", ""},
        {"/presegmentation/nnunet/configuration", ""},
        {"/presegmentation/nnunet/tile_step", 0.0},
    };
    for (const auto& [where, value] : cases) {
        json wrong = json::parse(nnunet_manifest().to_json());
        const json::json_pointer pointer(where);
        wrong[pointer] = value;
        SCOPED_TRACE(where + (" = " + value.dump()));
        const std::string name = pointer.back();
        expect_refused(wrong, name == "canal" ? "channels: 4 stands there twice" : name);
    }
}

TEST(ModelManifest, WithoutPresegmenterTheDiffusionMustDoAlone) {
    ModelManifest m = some_manifest();
    m.presegmentation = {};
    m.presegmentation.kind = PresegmenterKind::none;
    expect_refused(json::parse(m.to_json()), "diffusion.start: there is no presegmentation");
    m.diffusion.start = StartRule::noise;
    EXPECT_TRUE(ModelManifest::parse(m.to_json()));
    m.diffusion.region_margin_mm = 15.0;
    expect_refused(json::parse(m.to_json()), "diffusion.region_margin_mm: there is no presegmentation");
    m.diffusion.region_margin_mm = 0.0;
    m.consensus.presegmentation_weight = 0.5;
    expect_refused(json::parse(m.to_json()), "consensus.presegmentation_weight: there is no");
    m.consensus.presegmentation_weight = 0.0;
    m.diffusion.samples = 0;
    expect_refused(json::parse(m.to_json()), "diffusion.samples: nothing is left");
}

TEST(ModelManifest, OnlyStructuresThatAreDecidedOneByOneAreDecidedOnTheCanvas) {
    ModelManifest m = some_manifest();
    m.postprocessing.on_canvas = true;
    EXPECT_TRUE(ModelManifest::parse(m.to_json()));
    m.postprocessing.exclusive = true;
    expect_refused(json::parse(m.to_json()), "postprocessing.on_canvas: only where");
}

TEST(ModelManifest, WithoutDenoiserThereAreNoSamples) {
    ModelManifest m = some_manifest();
    m.diffusion.members.clear();
    expect_refused(json::parse(m.to_json()), "diffusion.samples: must be 0");
    m.diffusion.samples = 0;
    EXPECT_TRUE(ModelManifest::parse(m.to_json()));
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

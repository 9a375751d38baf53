// SPDX-License-Identifier: GPL-3.0-or-later
/// What a manifest's fields may hold, and must hold together.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "config/model_manifest.h"
#include "tests/config/sample_manifests.h"

namespace spineseg {
namespace model_manifest_rules_test {

using nlohmann::json;

TEST(ModelManifestRules, ValuesOutOfRangeAreNamed) {
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

TEST(ModelManifestRules, ForeignNetworksNeedChannelsThatAreDisjointAndFilesInTheBundle) {
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
        expect_refused(wrong, name == "canal" ? "channels: 4 occurs twice" : name);
    }
}

TEST(ModelManifestRules, WithoutPresegmenterTheDiffusionMustDoAlone) {
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

TEST(ModelManifestRules, OnlyStructuresThatAreDecidedOneByOneAreDecidedOnTheGrid) {
    ModelManifest m = some_manifest();
    m.postprocessing.on_canvas = true;
    EXPECT_TRUE(ModelManifest::parse(m.to_json()));
    m.postprocessing.exclusive = true;
    expect_refused(json::parse(m.to_json()), "postprocessing.on_canvas: only where");
}

TEST(ModelManifestRules, WithoutDenoiserThereAreNoSamples) {
    ModelManifest m = some_manifest();
    m.diffusion.members.clear();
    expect_refused(json::parse(m.to_json()), "diffusion.samples: must be 0");
    m.diffusion.samples = 0;
    EXPECT_TRUE(ModelManifest::parse(m.to_json()));
}

}  // namespace model_manifest_rules_test
}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
// Every manifest that the tree ships.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "config/model_manifest.h"

namespace spineseg {
namespace shipped_manifests_test {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

ModelManifest profile(const std::string& name) {
    const auto parsed =
        ModelManifest::parse(text_of(fs::path(SPINESEG_SOURCE_DIR) / "config/profiles" / (name + ".json")));
    if (!parsed) throw std::runtime_error(name + ": " + parsed.error().detail);
    return *parsed;
}

TEST(ShippedManifests, AreCanonical) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(fs::path(SPINESEG_SOURCE_DIR) / "config/profiles"))
        if (entry.path().extension() == ".json") files.push_back(entry.path());
    for (const auto& entry : fs::directory_iterator(fs::path(SPINESEG_SOURCE_DIR) / "models"))
        if (fs::exists(entry.path() / "manifest.json")) files.push_back(entry.path() / "manifest.json");
    EXPECT_GE(files.size(), 4u);
    for (const auto& file : files) {
        const auto parsed = ModelManifest::parse(text_of(file));
        ASSERT_TRUE(parsed) << file << " " << parsed.error().describe();
        EXPECT_EQ(parsed->to_json(), text_of(file)) << file;
        const bool bundle = file.parent_path().parent_path().filename() == "models";
        EXPECT_EQ(parsed->self_test.has_value(), bundle) << file << ": a shipped model carries a self-test";
    }
}

TEST(ShippedManifests, TheProfilesAreThePublishedMethod) {
    for (const char* name : {"published", "published-presegmented", "published-paper"}) {
        const auto m = profile(name);
        EXPECT_EQ(m.profile, Profile::reference);
        EXPECT_EQ(m.input.percentile, 98.0);
        EXPECT_EQ(m.input.spacing_mm, 1.0);
        EXPECT_EQ(m.input.canvas_rows, 320);
        EXPECT_EQ(m.input.canvas_columns, 320);
        EXPECT_EQ(m.diffusion.widths, (Widths{64, 64, 128, 256, 512, 64}));
        EXPECT_EQ(m.diffusion.samples, 15);
        EXPECT_EQ(m.consensus.fused_steps, 10);
        EXPECT_EQ(m.consensus.uncertainty, UncertaintyRule::original);
    }
    EXPECT_EQ(profile("published").diffusion.steps, 50);
    EXPECT_EQ(profile("published-presegmented").diffusion.steps, 30);
    EXPECT_EQ(profile("published-presegmented").diffusion.timesteps, 30);
    EXPECT_EQ(profile("published-paper").diffusion.schedule, NoiseScheduleKind::linear);
    EXPECT_EQ(profile("published-paper").consensus.fusion, FusionRule::paper);
}

TEST(ShippedManifests, TheReferenceProfileRefusesWhatDepartsFromThePublishedCode) {
    const auto refused = [](const char* name, auto change, const char* field) {
        ModelManifest m = profile(name);
        change(m);
        const auto parsed = ModelManifest::parse(m.to_json());
        ASSERT_FALSE(parsed) << field;
        EXPECT_THAT(parsed.error().detail, testing::HasSubstr(field));
    };
    refused(
        "published", [](auto& m) { m.input.intensity = IntensityRule::percentile_zscore; },
        "input.intensity");
    refused(
        "published",
        [](auto& m) { m.input.orientation = SliceOrientation::superior_inferior__anterior_posterior; },
        "input.orientation");
    refused(
        "published", [](auto& m) { m.diffusion.prediction = Prediction::residual; }, "diffusion.prediction");
    refused(
        "published", [](auto& m) { m.diffusion.x0 = X0Rule::sigmoid; }, "diffusion.x0");
    refused(
        "published",
        [](auto& m) {
            m.consensus.fusion = FusionRule::mean_probability;
            m.consensus.uncertainty = UncertaintyRule::entropy;
        },
        "consensus.fusion");
    refused(
        "published", [](auto& m) { m.consensus.threshold = 0.4; }, "consensus.threshold");
    refused(
        "published",
        [](auto& m) {
            m.postprocessing.exclusive = true;
            m.postprocessing.on_canvas = false;
        },
        "postprocessing.exclusive");
    refused(
        "published", [](auto& m) { m.calibration.structure.disc = 1.5; }, "calibration");
    const char* presegmented = "published-presegmented";
    refused(
        presegmented, [](auto& m) { m.diffusion.mask_scale = MaskScale::signed_unit; },
        "diffusion.mask_scale");
    refused(
        presegmented, [](auto& m) { m.diffusion.start_signal = 0.7; }, "diffusion.start_signal");
    refused(
        presegmented, [](auto& m) { m.diffusion.region_margin_mm = 15.0; }, "diffusion.region_margin_mm");
    refused(
        presegmented, [](auto& m) { m.consensus.presegmentation_weight = 0.5; },
        "consensus.presegmentation_weight");
}

}  // namespace shipped_manifests_test
}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/config/sample_manifests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace spineseg {

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

ModelManifest nnunet_manifest() {
    ModelManifest m = some_manifest();
    m.presegmentation.kind = PresegmenterKind::nnunet;
    m.presegmentation.channels = {{1}, {2, 4}, {3}};
    m.presegmentation.nnunet.plans = {"nnunet/plans.json", std::string(64, 'c')};
    m.presegmentation.nnunet.dataset = {"nnunet/dataset.json", std::string(64, 'd')};
    m.presegmentation.nnunet.configuration = "2d";
    return m;
}

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

}  // namespace spineseg

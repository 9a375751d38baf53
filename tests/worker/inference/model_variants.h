// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Manifests of the smallest networks that between them take every way through a run. Three samples and two
/// steps fit all of them.

#include <gtest/gtest.h>

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "tests/worker/inference/small_bundle.h"

namespace spineseg {

struct ModelVariant {
    std::string name;
    std::function<void(ModelManifest&)> change;

    ModelManifest manifest() const {
        auto manifest = SmallBundle::small_manifest();
        change(manifest);
        return manifest;
    }
};

inline void PrintTo(const ModelVariant& variant, std::ostream* stream) {
    *stream << variant.name;
}

inline std::string name_of_variant(const ::testing::TestParamInfo<ModelVariant>& tested) {
    return tested.param.name;
}

inline std::vector<ModelVariant> model_variants() {
    return {
        {"Default", [](ModelManifest&) {}},
        {"TwoDenoisers",
         [](ModelManifest& m) {
             m.diffusion.members.push_back({"second.safetensors", ""});
         }},
        {"NeighboursScalesAndTemperatures",
         [](ModelManifest& m) {
             m.presegmentation.members.push_back({"second_unet.safetensors", ""});
             m.presegmentation.neighbour_weight = 0.25;
             m.presegmentation.neighbour_spacing_mm = 5.0;
             m.presegmentation.scales = {1.0, 1.25};
             m.calibration.presegmentation = 1.2;
             m.calibration.diffusion = 1.1;
             m.calibration.structure = {1.1, 1.2, 1.3};
         }},
        {"Residual", [](ModelManifest& m) { m.diffusion.prediction = Prediction::residual; }},
        {"FromNoiseWithoutImageEncoder",
         [](ModelManifest& m) {
             m.diffusion.image_encoder = false;
             m.diffusion.start = StartRule::noise;
         }},
        {"Region", [](ModelManifest& m) { m.diffusion.region_margin_mm = 2.0; }},
        {"StepFusion",
         [](ModelManifest& m) {
             m.consensus.fusion = FusionRule::step_uncertainty;
             m.consensus.uncertainty = UncertaintyRule::original;
             m.consensus.fused_steps = 2;
         }},
        {"WithoutPresegmenter",
         [](ModelManifest& m) {
             m.presegmentation = {};
             m.presegmentation.kind = PresegmenterKind::none;
             m.diffusion.start = StartRule::noise;
         }},
    };
}

}  // namespace spineseg

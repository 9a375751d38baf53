// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/postprocessing/postprocessor.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "tests/worker/model_grid/sagittal_stack.h"
#include "worker/postprocessing/exclusive_decision.h"
#include "worker/postprocessing/independent_decision.h"

namespace spineseg {
namespace postprocessor_test {

using testing::all_storages;
using testing::store_as;
using testing::upright_geometry;

TEST(Postprocessor, AnNnUNetAloneIsReadByItsLikeliestClassEverythingElseByTheThreshold) {
    ModelManifest manifest;
    EXPECT_EQ(deciding_threshold(manifest), manifest.consensus.threshold);
    manifest.presegmentation.kind = PresegmenterKind::nnunet;
    manifest.diffusion.samples = 3;
    EXPECT_EQ(deciding_threshold(manifest), manifest.consensus.threshold);
    manifest.diffusion.samples = 0;
    EXPECT_EQ(deciding_threshold(manifest), std::nullopt);
}

GeometryTrace trace_of(const Geometry& geometry) {
    InputPlan plan;
    plan.spacing_mm = 0.9375;
    return trace_geometry(geometry, plan).value();
}

/// Probabilities on the model grid for one pixel, background elsewhere.
at::Tensor one_pixel(const GeometryTrace& trace, float canal, float vertebra, float disc) {
    at::Tensor probability =
        at::zeros({trace.slice.model_count, kStructures, trace.row.model_count, trace.column.model_count});
    const std::array<float, kStructures> values{canal, vertebra, disc};
    for (int s = 0; s < kStructures; ++s)
        probability[1][s][trace.row.offset + 3][trace.column.offset + 7] =
            values[static_cast<std::size_t>(s)];
    return probability;
}

std::uint8_t likeliest(float canal, float vertebra, float disc) {
    const auto trace = trace_of(upright_geometry());
    const auto stack = decide_classes(one_pixel(trace, canal, vertebra, disc), trace, std::nullopt);
    return stack.classes[trace.slice_pixels() + 3 * 112 + 7];
}

TEST(Postprocessor, WithoutAThresholdTheBackgroundIsAClassLikeTheOthers) {
    EXPECT_EQ(likeliest(0.4F, 0.45F, 0.1F), 2) << "though below one half";
    EXPECT_EQ(likeliest(0.3F, 0.1F, 0.1F), 0);
    EXPECT_EQ(likeliest(0.0F, 0.0F, 0.0F), 0);
}

std::uint8_t decided(float canal, float vertebra, float disc, double threshold, bool exclusive) {
    const auto trace = trace_of(upright_geometry());
    const auto probability = one_pixel(trace, canal, vertebra, disc);
    ModelManifest manifest;
    manifest.consensus.threshold = threshold;
    const auto stack = exclusive ? decide_classes(probability, trace, threshold)
                                 : decide_independently(probability, trace, manifest);
    return stack.classes[trace.slice_pixels() + 3 * 112 + 7];
}

TEST(Postprocessor, TheLikeliestStructureAboveTheThresholdWins) {
    EXPECT_EQ(decided(0.1F, 0.8F, 0.6F, 0.5, true), 2);
    EXPECT_EQ(decided(0.1F, 0.6F, 0.8F, 0.5, true), 3);
    EXPECT_EQ(decided(0.4F, 0.45F, 0.1F, 0.5, true), 0);
    EXPECT_EQ(decided(0.4F, 0.45F, 0.1F, 0.3, true), 2);
}

TEST(Postprocessor, WithoutExclusionTheLastStructureInChannelOrderIsPaintedOver) {
    EXPECT_EQ(decided(0.9F, 0.8F, 0.6F, 0.5, false), 3);
}

/// A model without doubt: [N, H, W] of zeros.
at::Tensor certain(const at::Tensor& probability) {
    return at::zeros_like(probability.select(1, 0));
}

TEST(Postprocessor, LabelsReturnToTheSourcesGridWhateverItsStorage) {
    const Geometry upright = upright_geometry();
    LabelMap expected{upright, std::vector<std::uint8_t>(upright.voxel_count())};
    expected.at(7, 3, 1) = 201;  // column 7, row 3, slice 1 of the upright stack: where one_pixel() is
    for (const auto& storage : all_storages()) {
        const LabelMap stored = store_as(expected, storage);
        const auto trace = trace_of(stored.geometry);
        at::Tensor probability = one_pixel(trace, 0, 0, 1);
        for (std::size_t a = 0; a < 3; ++a) {
            if (storage.order[a] == 2 && storage.reversed[a]) probability = probability.flip({0});
        }
        ModelManifest manifest;
        const LabelMap labels = postprocess(probability, certain(probability), trace, manifest);
        EXPECT_EQ(labels.voxels, stored.voxels);
        EXPECT_EQ(labels.geometry, stored.geometry);
    }
}

TEST(Postprocessor, TheManifestsMillilitresAreMeasuredOnTheSourcesVoxels) {
    const auto trace = trace_of(upright_geometry());
    ModelManifest manifest;
    at::Tensor probability = one_pixel(trace, 0, 0, 1);
    probability[1][2][trace.row.offset + 3][trace.column.offset + 8] = 1.0F;
    const auto discs = [&] {
        const LabelMap labels = postprocess(probability, certain(probability), trace, manifest);
        return std::count(labels.voxels.begin(), labels.voxels.end(), 201);
    };
    manifest.postprocessing.minimum_component_ml.disc = 1.9 * trace.voxel_ml();
    EXPECT_EQ(discs(), 2);
    manifest.postprocessing.minimum_component_ml.disc = 2.1 * trace.voxel_ml();
    EXPECT_EQ(discs(), 0);
}

}  // namespace postprocessor_test
}  // namespace spineseg

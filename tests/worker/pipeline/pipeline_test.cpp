// SPDX-License-Identifier: GPL-3.0-or-later
// The networks here are real and their weights random: what comes out is noise, but it must be the same noise
// on every run, on the right grid, in the right orientation.
#include "worker/pipeline/pipeline.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/worker/inference/small_bundle.h"
#include "tests/worker/model_grid/sagittal_stack.h"
#include "tests/worker/pipeline/small_pipeline.h"
#include "worker/model_grid/sagittal_stack.h"

namespace spineseg {
namespace pipeline_test {

using testing::numbered;
using testing::store_as;
using testing::upright_geometry;

class PipelineTest : public ::testing::Test {
  protected:
    static Volume image() { return testing::small_phantom(2).image; }

    SmallBundle bundle_{testing::small_pipeline_manifest(2)};
    std::unique_ptr<Segmenter> segmenter_ =
        Segmenter::load(bundle_.folder(), {.precision = Precision::float32, .threads = 1}).value();
    Pipeline pipeline_{*segmenter_};
};

TEST_F(PipelineTest, ResultsLieOnTheInputsGridAndUncertaintyIsAFraction) {
    const Volume volume = image();
    const auto result = pipeline_.run(volume, {}, {});
    ASSERT_TRUE(result.has_value()) << result.error().describe();
    EXPECT_EQ(result->labels.geometry, volume.geometry);
    EXPECT_EQ(result->uncertainty.geometry, volume.geometry);
    EXPECT_EQ(result->presegmentation.geometry, volume.geometry);
    for (const auto label : result->labels.voxels)
        ASSERT_TRUE(label == 0 || label == 1 || label == 100 || label == 201) << int{label};
    const auto [low, high] =
        std::minmax_element(result->uncertainty.voxels.begin(), result->uncertainty.voxels.end());
    EXPECT_GE(*low, 0.0F);
    EXPECT_LE(*high, 1.0F + 1e-6F);
    EXPECT_GT(*high, *low);
    EXPECT_EQ(result->used.samples, 2);
    EXPECT_EQ(result->used.steps, 2);
}

TEST_F(PipelineTest, TheSameSeedGivesTheSameBytesAnotherSeedOthers) {
    const Volume volume = image();
    const auto first = pipeline_.run(volume, {.seed = 7}, {});
    const auto again = pipeline_.run(volume, {.seed = 7}, {});
    const auto other = pipeline_.run(volume, {.seed = 8}, {});
    ASSERT_TRUE(first && again && other);
    EXPECT_EQ(first->labels.voxels, again->labels.voxels);
    EXPECT_EQ(first->uncertainty.voxels, again->uncertainty.voxels);
    EXPECT_NE(first->uncertainty.voxels, other->uncertainty.voxels);
}

TEST_F(PipelineTest, TheOrderOfAVolumesAxesDoesNotChangeWhatIsFoundWhere) {
    const Volume volume = image();
    const auto expected = pipeline_.run(volume, {.seed = 7}, {});
    ASSERT_TRUE(expected.has_value());
    // As a .mha of SPIDER: x slice, y to the back, z to the head; slices keep their order, so the noise is
    // the same.
    const testing::Storage spider{{2, 0, 1}, {false, false, true}};
    const auto result = pipeline_.run(store_as(volume, spider), {.seed = 7}, {});
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->labels.voxels, store_as(expected->labels, spider).voxels);
    EXPECT_EQ(result->uncertainty.voxels, store_as(expected->uncertainty, spider).voxels);
}

TEST_F(PipelineTest, EveryStageReportsInOrderAndHasItsSeconds) {
    std::vector<Stage> stages;
    const auto result = pipeline_.run(image(), {}, [&](const Progress& progress) {
        if (stages.empty() || stages.back() != progress.stage) stages.push_back(progress.stage);
        return true;
    });
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(stages, (std::vector{Stage::preprocessing, Stage::presegmentation, Stage::diffusion,
                                   Stage::postprocessing}));
    for (const auto stage : stages) EXPECT_TRUE(result->seconds.contains(std::string(to_string(stage))));
    EXPECT_GT(result->seconds.at("diffusion"), 0.0);
}

TEST_F(PipelineTest, ASinkThatSaysNoStopsTheWorkAtAnyStage) {
    for (const auto stage :
         {Stage::preprocessing, Stage::presegmentation, Stage::diffusion, Stage::postprocessing}) {
        const auto result =
            pipeline_.run(image(), {}, [&](const Progress& progress) { return progress.stage != stage; });
        ASSERT_FALSE(result.has_value()) << to_string(stage);
        EXPECT_EQ(result.error().code, ErrorCode::canceled);
    }
}

TEST_F(PipelineTest, WhatIsWrongWithAVolumeIsSaidNotThrown) {
    Volume broken = image();
    broken.voxels[100] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_EQ(pipeline_.run(broken, {}, {}).error().code, ErrorCode::non_finite_pixels);
    EXPECT_EQ(pipeline_.run(Volume{}, {}, {}).error().code, ErrorCode::geometry_out_of_range);
    EXPECT_EQ(pipeline_.run(image(), {.samples = -1}, {}).error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(pipeline_.run(image(), {.steps = 100'000}, {}).error().code, ErrorCode::invalid_argument);
}

TEST_F(PipelineTest, ABlackVolumeIsSegmentedLikeAnyOther) {
    Volume black = image();
    std::fill(black.voxels.begin(), black.voxels.end(), 0.0F);
    const auto result = pipeline_.run(black, {}, {});
    ASSERT_TRUE(result.has_value()) << result.error().describe();
    EXPECT_TRUE(std::all_of(result->uncertainty.voxels.begin(), result->uncertainty.voxels.end(),
                            [](float v) { return std::isfinite(v); }));
}

TEST_F(PipelineTest, AVolumeOfOneSliceIsSegmentedLikeAnyOther) {
    const Volume single = testing::small_phantom(1).image;
    const auto result = pipeline_.run(single, {}, {});
    ASSERT_TRUE(result.has_value()) << result.error().describe();
    EXPECT_EQ(result->labels.geometry, single.geometry);
}

TEST_F(PipelineTest, WithoutSamplesThePresegmentationIsTheResult) {
    const auto result = pipeline_.run(image(), {.samples = 0}, {});
    ASSERT_TRUE(result.has_value()) << result.error().describe();
    EXPECT_EQ(result->labels.voxels, result->presegmentation.voxels);
    EXPECT_FALSE(result->seconds.contains("diffusion"));
    EXPECT_EQ(result->used.samples, 0);
}

TEST_F(PipelineTest, ThePublishedMapComesBesideTheEntropyWhereTheManifestAsksForIt) {
    EXPECT_FALSE(pipeline_.run(image(), {}, {})->original_uncertainty);
    auto published = testing::small_pipeline_manifest(2);
    published.consensus.fusion = FusionRule::original_code;
    published.consensus.uncertainty = UncertaintyRule::original;
    const SmallBundle bundle(published);
    const auto segmenter =
        Segmenter::load(bundle.folder(), {.precision = Precision::float32, .threads = 1}).value();
    for (const int samples : {1, 0}) {
        const auto result = Pipeline(*segmenter).run(image(), {.samples = samples}, {});
        ASSERT_TRUE(result.has_value()) << result.error().describe();
        ASSERT_TRUE(result->original_uncertainty);
        EXPECT_EQ(result->original_uncertainty->geometry, result->uncertainty.geometry);
        EXPECT_NE(result->original_uncertainty->voxels, result->uncertainty.voxels);
        const auto& map = result->original_uncertainty->voxels;
        EXPECT_GE(*std::min_element(map.begin(), map.end()), 0.0F);
        EXPECT_LE(*std::max_element(map.begin(), map.end()), 1.0F + 1e-6F);
    }
}

TEST_F(PipelineTest, ASinksExceptionBecomesAnError) {
    const auto result = pipeline_.run(image(), {}, [](const Progress&) -> bool { throw std::bad_alloc(); });
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, ErrorCode::out_of_memory);
}

}  // namespace pipeline_test
}  // namespace spineseg

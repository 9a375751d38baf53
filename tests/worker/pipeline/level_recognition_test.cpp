// SPDX-License-Identifier: GPL-3.0-or-later
/// The anchor network within the pipeline: small networks with random weights, and the shipped model on a phantom.

#include "worker/pipeline/level_recognition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <fstream>

#include "core/digest.h"
#include "tests/worker/pipeline/small_pipeline.h"
#include "worker/inference/presegmentation/slice_stack.h"
#include "worker/inference/segmentation/series_consensus.h"
#include "worker/inference/storage/safetensors.h"
#include "worker/levels/find_levels.h"
#include "worker/model_grid/to_model_grid.h"
#include "worker/pipeline/pipeline.h"

namespace spineseg {
namespace level_recognition_test {

namespace fs = std::filesystem;

const Widths kAnchorWidths(6, 16);

/// Puts an anchor with random weights into the bundle.
void add_anchor(const fs::path& folder) {
    torch::manual_seed(5);
    const PresegmentationUNet network(kAnchorWidths);
    const SafeTensors content{state_of(*network), {}};
    ASSERT_TRUE(write_safetensors(folder / "anchor.safetensors", content).has_value());
    ModelManifest manifest = ModelManifest::read(folder).value();
    manifest.anchor =
        AnchorPlan{{"anchor.safetensors", sha256_hex(safetensors_bytes(content))}, kAnchorWidths};
    std::ofstream(folder / "manifest.json") << manifest.to_json();
}

class LevelRecognition : public ::testing::Test {
  protected:
    void SetUp() override { add_anchor(bundle_.folder()); }
    std::unique_ptr<Segmenter> load() const {
        return Segmenter::load(bundle_.folder(), {.precision = Precision::float32, .threads = 1}).value();
    }
    /// Canal in these columns of one slice, and nothing else.
    static Consensus canal_in(const SliceStack& slices, std::int64_t slice) {
        const auto& sizes = slices.intensities.sizes();
        Consensus found;
        found.probability = torch::zeros({sizes[0], kStructures, sizes[1], sizes[2]});
        found.probability[slice][0].slice(0, 30, 90).slice(1, 60, 64).fill_(0.9);
        return found;
    }
    SmallBundle bundle_{testing::small_pipeline_manifest(2)};
};

TEST_F(LevelRecognition, LooksAtTheSliceWithMostCanalAndThoseBesideIt) {
    const auto segmenter = load();
    PhantomRequest request;
    request.rows = 96;
    request.columns = 80;
    request.slices = 5;
    const Volume image = make_phantom(request).value().image;
    const auto prepared = prepare(image, segmenter->manifest().input).value();
    const auto evidence =
        recognise_levels(*segmenter, prepared.slices, canal_in(prepared.slices, 3), prepared.trace);
    ASSERT_TRUE(evidence);
    EXPECT_EQ(evidence->geometry, model_grid_geometry(prepared.trace, 2, 3));
    for (const auto& map : evidence->maps) ASSERT_EQ(map.size(), evidence->geometry.voxel_count());
    const auto middle = evidence->at(image.geometry.position(40, 48, 3));
    ASSERT_TRUE(middle);
    float sum = 0;
    for (const float one : *middle) {
        EXPECT_GE(one, 0);
        sum += one;
    }
    EXPECT_LE(sum, 1.0001F);
    EXPECT_FALSE(evidence->at(image.geometry.position(40, 48, 0))) << "a slice that was not looked at";
}

TEST_F(LevelRecognition, SaysNothingWithoutACanal) {
    const auto segmenter = load();
    const auto prepared = prepare(testing::small_phantom(2).image, segmenter->manifest().input).value();
    Consensus empty = canal_in(prepared.slices, 0);
    empty.probability.zero_();
    EXPECT_FALSE(recognise_levels(*segmenter, prepared.slices, empty, prepared.trace));
}

/// Bundles from before the anchor: nothing about their results changes.
TEST_F(LevelRecognition, ABundleWithoutAnAnchorGivesTheSameMapsAndNoEvidence) {
    const Volume image = testing::small_phantom(2).image;
    const auto with = load();
    const auto named = Pipeline(*with).run(image, {}, {}).value();
    const SmallBundle before{testing::small_pipeline_manifest(2)};
    const auto without =
        Segmenter::load(before.folder(), {.precision = Precision::float32, .threads = 1}).value();
    const auto counted = Pipeline(*without).run(image, {}, {}).value();
    EXPECT_FALSE(counted.levels);
    EXPECT_EQ(counted.labels.voxels, named.labels.voxels);
    EXPECT_EQ(counted.uncertainty.voxels, named.uncertainty.voxels);
}

TEST_F(LevelRecognition, AnAnchorWhoseBytesWereChangedIsRefused) {
    std::fstream file(bundle_.folder() / "anchor.safetensors",
                      std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-5, std::ios::end);
    file.put('\x01');
    file.close();
    const auto segmenter = Segmenter::load(bundle_.folder());
    ASSERT_FALSE(segmenter);
    EXPECT_EQ(segmenter.error().code, ErrorCode::model_invalid);
    EXPECT_THAT(segmenter.error().detail, ::testing::HasSubstr("anchor.safetensors"));
}

/// The whole way, with the shipped model: levels as the phantom has them, or none with a reason; with the sacrum out of
/// view none.
TEST(ShippedModel, NamesAPhantomsLevelsOrSaysWhyNot) {
    const auto segmenter = Segmenter::load(SPINESEG_SOURCE_DIR "/models/lumbar-fast").value();
    if (!segmenter->manifest().anchor) GTEST_SKIP() << "the shipped model has no anchor";
    Pipeline pipeline(*segmenter);
    for (const double up_mm : {0.0, 110.0}) {
        PhantomRequest request;
        request.seed = 4;
        request.slices = 3;
        request.up_mm = up_mm;
        const Phantom phantom = make_phantom(request).value();
        const auto found = pipeline.run(phantom.image, {.samples = 0}, {}).value();
        ASSERT_TRUE(found.levels);
        const auto levels = find_levels(found.labels, nullptr, &*found.levels).value();
        EXPECT_TRUE(!levels.numbering.determined || up_mm == 0);
        if (!levels.numbering.determined) {
            EXPECT_FALSE(levels.numbering.doubts.empty());
            continue;
        }
        std::size_t same = 0, all = 0;
        for (std::size_t i = 0; i < phantom.levels.voxels.size(); ++i) {
            if (phantom.levels.voxels[i] < kFirstDiscLabel || levels.labels.voxels[i] < kFirstDiscLabel)
                continue;
            ++all;
            same += static_cast<std::size_t>(phantom.levels.voxels[i] == levels.labels.voxels[i]);
        }
        EXPECT_GT(same, 0.99 * static_cast<double>(all));
    }
}

}  // namespace level_recognition_test
}  // namespace spineseg

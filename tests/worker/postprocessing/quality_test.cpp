// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/postprocessing/quality.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "tests/worker/model_grid/sagittal_stack.h"
#include "worker/inference/segmentation/series_consensus.h"
#include "worker/phantom/phantom.h"

namespace spineseg {
namespace quality_test {

/// Five slices with a column of bone, three discs and a canal, at the model's own spacing.
class Quality : public ::testing::Test {
  protected:
    Quality() {
        const Geometry g = testing::upright_geometry();
        InputPlan input;
        input.spacing_mm = g.row_spacing;
        trace_ = trace_geometry(g, input).value();
        labels_ = {g, std::vector<std::uint8_t>(g.voxel_count())};
        uncertainty_ = {g, std::vector<float>(g.voxel_count(), 0.1F)};
        const auto grid = std::vector<std::int64_t>{g.slices, kStructures, trace_.row.model_count,
                                                    trace_.column.model_count};
        consensus_.mean_probability = at::full(grid, 0.005F);
        consensus_.sample_dice = at::full({g.slices, kStructures}, 0.9F);
        paint(Structure::canal, 10, 100, 70, 78);
        for (int level = 0; level < 3; ++level) {
            paint(Structure::vertebra, 12 + 28 * level, 30 + 28 * level, 30, 60);
            paint(Structure::disc, 31 + 28 * level, 38 + 28 * level, 30, 60);
        }
        presegmentation_ = labels_;
        manifest_.input = input;
    }

    void paint(Structure structure, int first_row, int end_row, int first_column, int end_column) {
        const auto s = static_cast<std::int64_t>(structure);
        consensus_.mean_probability.select(1, s)
            .narrow(1, trace_.row.offset + first_row, end_row - first_row)
            .narrow(2, trace_.column.offset + first_column, end_column - first_column)
            .fill_(0.95F);
        const Geometry& g = labels_.geometry;
        for (int k = 0; k < g.slices; ++k)
            for (int r = first_row; r < end_row; ++r)
                for (int c = first_column; c < end_column; ++c)
                    labels_.at(c, r, k) = static_cast<std::uint8_t>(label_of(structure));
    }
    void erase(Structure structure, int slice) {
        const Geometry& g = labels_.geometry;
        for (std::size_t i = g.index(0, 0, slice); i < g.index(0, 0, slice) + g.slice_voxel_count(); ++i)
            if (labels_.voxels[i] == static_cast<std::uint8_t>(label_of(structure))) labels_.voxels[i] = 0;
    }
    SeriesQuality assess() {
        consensus_.probability = consensus_.mean_probability;
        return assess_quality({consensus_, trace_, labels_, presegmentation_, uncertainty_}, manifest_);
    }
    const StructureQuality& disc(const SeriesQuality& quality) const { return quality.structures[2]; }

    GeometryTrace trace_;
    LabelMap labels_, presegmentation_;
    Volume uncertainty_;
    Consensus consensus_;
    ModelManifest manifest_;
};

TEST_F(Quality, OfAResultThatEverythingAgreesOnIsHighAndPasses) {
    manifest_.quality.review_below = 0.6;
    const auto quality = assess();
    EXPECT_EQ(quality.verdict, QualityVerdict::pass);
    EXPECT_TRUE(quality.reason.empty());
    EXPECT_GT(quality.score, 0.6);
    for (const StructureQuality& one : quality.structures) {
        EXPECT_NEAR(one.sample_agreement, 0.9, 1e-6);
        EXPECT_EQ(one.presegmentation_agreement, 1.0);
        EXPECT_NEAR(one.certainty, 0.9, 1e-6);
        EXPECT_EQ(one.kept, 1.0);
        EXPECT_EQ(one.smoothness, 1.0);
        EXPECT_EQ(one.score, structure_score(one));
    }
}

TEST_F(Quality, ExpectedDiceIsTheSoftDiceOfProbabilitiesAndMask) {
    // Where the disc is: 0.95 over A pixels; elsewhere 0.005 over the rest of the model grid.
    const double a = 5.0 * 3.0 * 7.0 * 30.0;
    const double rest = static_cast<double>(consensus_.mean_probability.select(1, 2).numel()) - a;
    const double expected = 2.0 * 0.95 * a / (0.95 * a + 0.005 * rest + a);
    EXPECT_NEAR(disc(assess()).expected_dice, expected, 1e-4);
}

TEST_F(Quality, WhatTheGuardRemovedLowersTheShareThatIsKept) {
    erase(Structure::disc, 0);
    const auto quality = assess();
    EXPECT_NEAR(disc(quality).kept, 0.8, 1e-6);
    EXPECT_NEAR(disc(quality).presegmentation_agreement, 8.0 / 9.0, 1e-6);
    EXPECT_NEAR(quality.structures[1].kept, 1.0, 1e-6);
}

TEST_F(Quality, AStructureThatComesAndGoesIsNotSmooth) {
    erase(Structure::disc, 1);
    erase(Structure::disc, 3);
    EXPECT_NEAR(disc(assess()).smoothness, 0.5, 1e-6);
    EXPECT_EQ(assess().structures[0].smoothness, 1.0);
}

TEST_F(Quality, AStructureThatWasNotFoundScoresNothing) {
    for (int k = 0; k < 5; ++k) erase(Structure::canal, k);
    const auto quality = assess();
    EXPECT_EQ(quality.structures[0].score, 0.0);
    EXPECT_EQ(quality.structures[0].certainty, 0.0);
    manifest_.quality.review_structure_below.canal = 0.1;
    const auto strict = assess();
    EXPECT_EQ(strict.verdict, QualityVerdict::review);
    EXPECT_NE(strict.reason.find("canal"), std::string::npos) << strict.reason;
}

TEST_F(Quality, WithoutAColumnTheSeriesIsRejectedWithTheReason) {
    std::fill(labels_.voxels.begin(), labels_.voxels.end(), std::uint8_t{0});
    const auto quality = assess();
    EXPECT_EQ(quality.verdict, QualityVerdict::reject);
    EXPECT_EQ(quality.score, 0.0);
    EXPECT_NE(quality.reason.find("no lumbar spine found"), std::string::npos) << quality.reason;
}

TEST(QualityVerdict, FollowsTheThresholdsFromTheWorstDown) {
    SeriesQuality quality;
    for (auto& structure : quality.structures) structure.score = 0.7;
    const auto verdict = [&](const QualityPlan& plan) {
        decide_verdict(quality, plan, "");
        return quality.verdict;
    };
    EXPECT_EQ(verdict({}), QualityVerdict::pass);
    EXPECT_EQ(verdict({.review_below = 0.69}), QualityVerdict::pass);
    EXPECT_EQ(verdict({.review_below = 0.71}), QualityVerdict::review);
    EXPECT_EQ(verdict({.review_below = 0.8, .reject_below = 0.71}), QualityVerdict::reject);
    EXPECT_NE(quality.reason.find("0.70"), std::string::npos) << quality.reason;
    EXPECT_EQ(verdict({.review_structure_below = {0.0, 0.0, 0.75}}), QualityVerdict::review);
    EXPECT_EQ(verdict({.review_structure_below = {0.0, 0.0, 0.75},
                       .reject_structure_below = PerStructure{0.0, 0.0, 0.71}}),
              QualityVerdict::reject);
    EXPECT_NE(quality.reason.find("disc"), std::string::npos) << quality.reason;
    EXPECT_NEAR(quality.score, 0.7, 1e-12);
    quality.structures[0].score = 0;
    EXPECT_EQ(verdict({.review_structure_below = {0.65, 0.0, 0.0},
                       .reject_structure_below = PerStructure{0.65, 0.0, 0.0}}),
              QualityVerdict::review)
        << "slices beside the canal hold none";
}

TEST(QualityDoubts, ADoubtMakesTheVerdictWorseAndARemarkDoesNot) {
    SeriesQuality quality;
    quality.verdict = QualityVerdict::pass;
    raise_doubt(quality, {"obesity", "a remark", QualityVerdict::pass});
    EXPECT_EQ(quality.verdict, QualityVerdict::pass);
    raise_doubt(quality, {"child", "young", QualityVerdict::review});
    EXPECT_EQ(quality.verdict, QualityVerdict::review);
    EXPECT_EQ(quality.reason, "obesity: a remark; child: young");
    raise_doubt(quality, {"orientation_doubtful", "turned", QualityVerdict::reject});
    raise_doubt(quality, {"scoliosis", "bent", QualityVerdict::review});
    EXPECT_EQ(quality.verdict, QualityVerdict::reject);
    EXPECT_EQ(quality.doubts.size(), 4u);
}

TEST(QualityDoubts, AColumnOfCervicalSizeIsReviewedByName) {
    PhantomRequest request;
    request.rows = request.columns = 160;
    request.pixel_spacing = 1.875;
    request.slices = 9;
    LabelMap labels = make_phantom(request).value().labels;
    SeriesQuality quality;
    quality.verdict = QualityVerdict::pass;
    doubt_size(quality, labels);
    EXPECT_EQ(quality.verdict, QualityVerdict::pass) << quality.reason;
    labels.geometry.row_spacing *= 0.55;
    labels.geometry.column_spacing *= 0.55;
    doubt_size(quality, labels);
    EXPECT_EQ(quality.verdict, QualityVerdict::review);
    ASSERT_EQ(quality.doubts.size(), 1u);
    EXPECT_EQ(quality.doubts[0].name, "vertebra_size");
}

}  // namespace quality_test
}  // namespace spineseg

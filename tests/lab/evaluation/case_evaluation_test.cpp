// SPDX-License-Identifier: GPL-3.0-or-later
// A real pipeline with random weights: the figures mean nothing, but their bookkeeping must be right.
#include "lab/evaluation/case_evaluation.h"

#include <gtest/gtest.h>

#include <limits>

#include "lab/evaluation/calibration_pixels.h"
#include "tests/worker/inference/small_bundle.h"
#include "tests/worker/model_grid/sagittal_stack.h"
#include "tests/worker/pipeline/small_pipeline.h"
#include "worker/cli/label_overlap.h"

namespace spineseg {
namespace case_evaluation_test {

class CaseEvaluation : public ::testing::Test {
  protected:
    CaseEvaluation() {
        const Phantom phantom = testing::small_phantom(3);
        input_ = {"1", "1_t2.mha", {{"contrast", "t2"}}, phantom.image, phantom.labels};
    }

    SmallBundle bundle_{testing::small_pipeline_manifest(1)};
    std::unique_ptr<Segmenter> segmenter_ =
        Segmenter::load(bundle_.folder(), {.precision = Precision::float32, .threads = 1, .start_noise = {}})
            .value();
    Pipeline pipeline_{*segmenter_};
    CaseToEvaluate input_;
};

TEST_F(CaseEvaluation, ASeriesThatThePipelineRefusesCountsAsRejectedWithNothingFound) {
    EvaluationReport report = new_report(*segmenter_, {});
    input_.image.voxels[7] = std::numeric_limits<float>::quiet_NaN();
    ASSERT_TRUE(evaluate_case(input_, pipeline_, {}, {}, report).has_value());
    ASSERT_EQ(report.cases.size(), 1U);
    const EvaluatedCase& one = report.cases.front();
    EXPECT_EQ(one.verdict.verdict, "reject");
    EXPECT_EQ(one.verdict.score, 0.0);
    EXPECT_EQ(one.mean_dice(), 0.0);
    EXPECT_EQ(one.final[0].volume_bias, -1.0);
    EXPECT_EQ(report.final[0].image.count(), 0U) << "nothing to calibrate";
}

TEST_F(CaseEvaluation, ReportsWhatThePipelineFoundAgainstTheTruth) {
    EvaluationReport report = new_report(*segmenter_, {});
    EXPECT_EQ(report.samples, 2);
    ASSERT_TRUE(evaluate_case(input_, pipeline_, {}, {}, report).has_value());
    ASSERT_EQ(report.cases.size(), 1U);
    const EvaluatedCase& one = report.cases.front();
    const auto direct = pipeline_.run(input_.image, {}, {});
    const auto expected = overlap(direct->labels, input_.truth).value();
    const auto before = overlap(direct->presegmentation, input_.truth).value();
    for (std::size_t s = 0; s < kStructures; ++s) {
        EXPECT_EQ(one.final[s].dice, expected.dice[s]);
        EXPECT_EQ(one.presegmentation[s].dice, before.dice[s]);
        const auto structure = static_cast<Structure>(s);
        EXPECT_EQ(one.final[s].volume_bias,
                  volume_bias(mask_of(direct->labels, structure), mask_of(input_.truth, structure)));
        EXPECT_EQ(report.final[s].image.count(), input_.truth.voxels.size());
    }
    EXPECT_EQ(one.slices.size(), 3U);
    EXPECT_EQ(one.strata.at("contrast"), "t2");
    EXPECT_EQ(one.verdict.verdict, to_string(direct->quality.verdict));
    EXPECT_EQ(one.verdict.evidence.size(), named_evidence().size());
}

TEST_F(CaseEvaluation, TheOrderOfAFilesAxesChangesNoFigure) {
    EvaluationReport report = new_report(*segmenter_, {});
    ASSERT_TRUE(evaluate_case(input_, pipeline_, {}, {}, report).has_value());
    const testing::Storage spider{{2, 0, 1}, {false, false, true}};
    CaseToEvaluate stored = input_;
    stored.image = testing::store_as(input_.image, spider);
    stored.truth = testing::store_as(input_.truth, spider);
    ASSERT_TRUE(evaluate_case(stored, pipeline_, {}, {}, report).has_value());
    for (std::size_t s = 0; s < kStructures; ++s) {
        EXPECT_EQ(report.cases[0].final[s].dice, report.cases[1].final[s].dice);
        EXPECT_EQ(report.cases[0].final[s].band_ece, report.cases[1].final[s].band_ece);
    }
}

TEST_F(CaseEvaluation, ATruthOnAnotherGridIsRefused) {
    input_.truth.geometry.origin[1] += 3.0;
    EvaluationReport report = new_report(*segmenter_, {});
    EXPECT_EQ(evaluate_case(input_, pipeline_, {}, {}, report).error().code, ErrorCode::invalid_argument);
    EXPECT_TRUE(report.cases.empty());
}

TEST_F(CaseEvaluation, CalibrationLearnsFromThePixelsNearTheAnatomyOnly) {
    const auto traced = pipeline_.run_traced(input_.image, {}, {});
    ASSERT_TRUE(traced.has_value());
    std::vector<LabelledPixel> pixels;
    const auto added = add_band_pixels(*traced, input_.image, input_.truth, bundle_.manifest().input, pixels);
    ASSERT_TRUE(added.has_value());
    const auto near = Truth(input_.truth).band();
    const auto expected = std::count(near.begin(), near.end(), std::uint8_t{1});
    EXPECT_NEAR(static_cast<double>(pixels.size()), static_cast<double>(expected), 0.05 * expected)
        << "model grid and source have the same spacing";
    EXPECT_LT(pixels.size(), input_.truth.voxels.size());
    std::array<int, kClassCount> seen{};
    for (const LabelledPixel& pixel : pixels) {
        for (std::size_t c = 0; c < kClassCount; ++c) seen[c] += pixel.truth[c] > 0.5F ? 1 : 0;
        float sum = 0.0F;
        for (const float p : pixel.probability) sum += p;
        ASSERT_NEAR(sum, 1.0F, 1e-4F);
    }
    for (const int count : seen) EXPECT_GT(count, 0);
}

}  // namespace case_evaluation_test
}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/segmentation/self_test.h"

#include <gmock/gmock.h>

#include <fstream>
#include <limits>

#include "tests/worker/inference/needs_bfloat16.h"
#include "tests/worker/inference/self_tested_bundle.h"

namespace spineseg {
namespace self_test_test {

using ::testing::HasSubstr;

SelfTestReport tested(const std::filesystem::path& folder, Precision precision = Precision::float32) {
    const auto segmenter = Segmenter::load(folder, {.precision = precision, .threads = 1, .start_noise = {}});
    if (!segmenter) throw std::runtime_error(segmenter.error().detail);
    const auto report = run_self_test(**segmenter, folder);
    if (!report) throw std::runtime_error(report.error().detail);
    return *report;
}

TEST(SelfTest, PassesWhereItWasMade) {
    const SelfTestedBundle bundle;
    const auto report = tested(bundle.folder());
    EXPECT_EQ(report.outcome.state, SelfTestState::passed) << report.outcome.detail;
    EXPECT_LT(report.probability.largest, 1e-4);
}

TEST(SelfTest, PassesInBfloat16WithItsOwnBounds) {
    SPINESEG_NEEDS_BFLOAT16();
    const SelfTestedBundle bundle;
    const auto report = tested(bundle.folder(), Precision::bfloat16);
    EXPECT_EQ(report.outcome.state, SelfTestState::passed) << report.outcome.detail;
    EXPECT_GT(report.probability.mean, 1e-5) << "it was computed in float32 after all";
}

TEST(SelfTest, FailsWhereOneScaleOfTheWeightsIsAnother) {
    const SelfTestedBundle bundle;
    bundle.scale_weights(1.5);
    const auto report = tested(bundle.folder());
    EXPECT_EQ(report.outcome.state, SelfTestState::failed);
    EXPECT_THAT(report.outcome.detail, HasSubstr("the presegmentation differs by"));
}

TEST(SelfTest, FailsWhereTheDeviceGivesNoNumbers) {
    const SelfTestedBundle bundle;
    const auto nowhere = [](std::int64_t, std::int64_t, std::int64_t rows, std::int64_t columns) {
        return torch::full({3, rows, columns}, std::numeric_limits<float>::quiet_NaN());
    };
    const auto segmenter = Segmenter::load(
        bundle.folder(), {.precision = Precision::float32, .threads = 1, .start_noise = nowhere});
    const auto report = run_self_test(**segmenter, bundle.folder());
    EXPECT_EQ(report->outcome.state, SelfTestState::failed);
    EXPECT_EQ(report->probability.largest, 1.0);
}

TEST(SelfTest, OfABundleWithoutOneIsAbsent) {
    const SmallBundle small;
    EXPECT_EQ(tested(small.folder()).outcome.state, SelfTestState::absent);
}

TEST(SelfTest, ChangesNotWhichModelItIs) {
    const SelfTestedBundle bundle;
    const auto with = ModelManifest::read(bundle.folder());
    ASSERT_TRUE(with->self_test.has_value());
    auto without = *with;
    without.self_test.reset();
    EXPECT_EQ(with->digest(), without.digest());
}

TEST(SelfTest, WhoseFileIsChangedIsRefusedByName) {
    const SelfTestedBundle bundle;
    std::ofstream(bundle.folder() / "self-test.safetensors", std::ios::app) << "x";
    const auto segmenter =
        Segmenter::load(bundle.folder(), {.precision = Precision::float32, .threads = 1, .start_noise = {}});
    const auto report = run_self_test(**segmenter, bundle.folder());
    ASSERT_FALSE(report.has_value());
    EXPECT_EQ(report.error().code, ErrorCode::model_invalid);
    EXPECT_THAT(report.error().detail, HasSubstr("self-test.safetensors"));
}

TEST(SelfTest, IsMadeInFloat32Only) {
    SPINESEG_NEEDS_BFLOAT16();
    const SmallBundle small;
    const auto segmenter =
        Segmenter::load(small.folder(), {.precision = Precision::bfloat16, .threads = 1, .start_noise = {}});
    EXPECT_EQ(write_self_test(**segmenter, small.folder(), self_test_stack()).error().code,
              ErrorCode::invalid_configuration);
}

class ShippedSelfTest : public ::testing::TestWithParam<const char*> {
  protected:
    std::filesystem::path folder() const {
        return std::filesystem::path(SPINESEG_SOURCE_DIR) / "models" / GetParam();
    }
};

TEST_P(ShippedSelfTest, PassesInFloat32) {
    const auto report = tested(folder());
    EXPECT_EQ(report.outcome.state, SelfTestState::passed) << report.outcome.detail;
}

TEST_P(ShippedSelfTest, PassesInBfloat16) {
    SPINESEG_NEEDS_BFLOAT16();
    const auto report = tested(folder(), Precision::bfloat16);
    EXPECT_EQ(report.outcome.state, SelfTestState::passed) << report.outcome.detail;
}

INSTANTIATE_TEST_SUITE_P(Models, ShippedSelfTest, ::testing::Values("lumbar-fast"));

}  // namespace self_test_test
}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/cli/training_curves.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temporary_folder.h"

namespace spineseg {
namespace training_curves_test {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class TrainingCurves : public ::testing::Test {
  protected:
    void write(const char* name, const std::string& text) const { std::ofstream(run_ / name) << text; }
    const TemporaryFolder temporary_;
    const fs::path run_ = temporary_.path();
};

constexpr const char* kLog =
    "iteration,loss,learning_rate,seconds\n50,1.25,0.001,20\n100,0.5,0.002,41\n150,0.25,1e-05,60.5\n";

TEST_F(TrainingCurves, ShowTheLogAsItIs) {
    write("log.csv", kLog);
    const auto charts = training_charts(run_);
    ASSERT_TRUE(charts) << charts.error().describe();
    ASSERT_EQ(charts->size(), 2U) << "no validation, no Dice";
    const auto& loss = (*charts)[0];
    ASSERT_EQ(loss.series[0].points.size(), 3U);
    EXPECT_DOUBLE_EQ(loss.series[0].points[2].x, 150);
    EXPECT_DOUBLE_EQ(loss.series[0].points[2].y, 0.25);
    EXPECT_EQ(loss.y.low, 0) << "an axis that does not begin at zero would flatter";
    EXPECT_EQ(loss.y.high, 1.25);
    EXPECT_DOUBLE_EQ((*charts)[1].series[0].points[2].y, 1e-5);
}

TEST_F(TrainingCurves, ValidationIsAThirdChartAndAnAbsentStructureLeavesAGap) {
    write("log.csv", kLog);
    write("validation.csv", "iteration,canal,vertebra,disc,mean\n100,0.81,,0.6,0.705\n150,0.9,,0.8,0.85\n");
    const auto charts = training_charts(run_);
    ASSERT_TRUE(charts) << charts.error().describe();
    ASSERT_EQ(charts->size(), 3U);
    const auto& dice = (*charts)[2];
    EXPECT_EQ(dice.series[0].points.size(), 2U);
    EXPECT_TRUE(dice.series[1].points.empty()) << "vertebra";
    EXPECT_DOUBLE_EQ(dice.series[3].points[1].y, 0.85);
    EXPECT_EQ(dice.x.high, (*charts)[0].x.high) << "the three stand under each other";
    EXPECT_LE(dice.y.low, 0.6);
}

TEST_F(TrainingCurves, AreDrawnIntoTheRunsFolder) {
    write("log.csv", kLog);
    ASSERT_TRUE(write_curves(run_));
    std::ifstream in(run_ / "curves.png", std::ios::binary);
    std::string magic(4, '\0');
    in.read(magic.data(), 4);
    EXPECT_EQ(magic, "\x89PNG");
    const auto before = fs::file_size(run_ / "curves.png");
    write("validation.csv", "iteration,canal,vertebra,disc,mean\n100,0.81,0.8,0.6,0.7366\n");
    ASSERT_TRUE(write_curves(run_)) << "one point is a curve too";
    EXPECT_GT(fs::file_size(run_ / "curves.png"), before);
}

TEST_F(TrainingCurves, WhatIsNoLogIsNamed) {
    EXPECT_EQ(training_charts(run_).error().code, ErrorCode::file_not_found);
    const auto refused = [&](const std::string& text) {
        write("log.csv", text);
        const auto charts = training_charts(run_);
        return charts ? "" : charts.error().detail;
    };
    for (const char* text : {"", "iteration,loss\n", "a,b\n1,2\n", "iteration,loss\n1,high\n",
                             "iteration,loss\n1\n", "iteration,loss\n1,nan\n"})
        EXPECT_THAT(refused(text), HasSubstr("log.csv")) << text;
}

}  // namespace training_curves_test
}  // namespace spineseg

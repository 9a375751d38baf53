// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/interval_coverage.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "worker/phantom/phantom.h"

namespace spineseg {
namespace interval_coverage_test {

MeasuredPair pair_of(double error, double uncertainty, Quantity quantity = Quantity::middle_height) {
    return {"1", Structure::disc, quantity, 10 + error, 10, uncertainty};
}

TEST(IntervalCoverage, CountsTheTrueValuesWithinOnceAndTwiceTheUncertainty) {
    const IntervalRules spread{{"disc depth", {1, 0}}, {"disc height", {1, 0}}};
    const auto rows = coverage_of(
        {pair_of(0.5, 1), pair_of(-1.5, 1), pair_of(-0.9, 1), pair_of(9, 1), pair_of(3, 4, Quantity::depth)},
        &spread);
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].measure, "disc depth");
    EXPECT_EQ(rows[0].within_68, 1);
    EXPECT_EQ(rows[1].measure, "disc height");
    EXPECT_EQ(rows[1].count, 4u);
    EXPECT_EQ(rows[1].within_68, 0.5);
    EXPECT_EQ(rows[1].within_95, 0.75);
    EXPECT_EQ(rows[1].median_width, 1);
}

TEST(IntervalCoverage, FittedIntervalsHoldTwoThirdsOfTheirOwnValues) {
    std::vector<MeasuredPair> pairs;
    for (int i = 0; i < 100; ++i) pairs.push_back(pair_of(0.02 * i - 1, 0.1));
    const auto rules = fit_intervals(pairs);
    ASSERT_EQ(rules.size(), 1u);
    EXPECT_NEAR(rules.at("disc height").fixed, 0.68, 0.05);
    EXPECT_NEAR(coverage_of(pairs, &rules).front().within_68, 0.68, 0.02);
    // Errors that follow the spread need no fixed part.
    for (auto& pair : pairs) pair.spread = 2 * std::abs(pair.error()) + 1e-3;
    EXPECT_LT(fit_intervals(pairs).at("disc height").fixed, 0.2);
    pairs.resize(5);
    EXPECT_TRUE(fit_intervals(pairs).empty());
}

TEST(IntervalCoverage, StructuresArePairedByPlaceNotByNumber) {
    PhantomRequest request{.seed = 4, .columns = 160, .rows = 160, .slices = 11, .pixel_spacing = 1.875};
    const auto phantom = make_phantom(request);
    ASSERT_TRUE(phantom);
    StructureProbabilities probability;
    for (int s = 0; s < kStructures; ++s) {
        auto& map = probability.maps[static_cast<std::size_t>(s)];
        map = {phantom->labels.geometry, phantom->labels.voxels};
        for (auto& voxel : map.voxels)
            voxel = voxel == static_cast<std::uint8_t>(label_of(static_cast<Structure>(s))) ? 255 : 0;
    }
    // In the result L5 and the disc beneath it are missing: every number is off by one.
    LabelMap result = phantom->labels;
    for (std::size_t i = 0; i < result.voxels.size(); ++i)
        if (phantom->levels.voxels[i] == 1 || phantom->levels.voxels[i] == kFirstDiscLabel)
            result.voxels[i] = 0;
    const auto found = measure_all(result, &probability);
    const auto truth = measure_all(phantom->labels, nullptr);
    ASSERT_TRUE(found && truth);
    const auto pairs = pairs_of("4", *found, *truth);
    EXPECT_GT(pairs.size(), 40u);
    for (const auto& pair : pairs) {
        if (pair.quantity == Quantity::middle_height || pair.quantity == Quantity::volume) {
            EXPECT_NEAR(pair.found, pair.truth, 0.06 * pair.truth) << pair.measure();
        }
    }
}

}  // namespace interval_coverage_test
}  // namespace spineseg

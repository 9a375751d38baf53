// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/sampling/noise_schedule.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "core/digest.h"

namespace spineseg {
namespace noise_schedule_test {

// The schedules of docs/method.md §3.1; values with six significant digits.
void expect_alpha_bar(NoiseScheduleKind kind, int timesteps, int t, double expected) {
    const NoiseSchedule schedule(kind, timesteps);
    EXPECT_NEAR(schedule.alpha_bar(t) / expected, 1.0, 5e-4) << "T = " << timesteps << ", t = " << t;
}

TEST(NoiseSchedule, CosineOfAThousandStepsIsThePublishedTable) {
    const auto kind = NoiseScheduleKind::cosine;
    expect_alpha_bar(kind, 1000, 0, 0.999959);
    expect_alpha_bar(kind, 1000, 100, 0.971576);
    expect_alpha_bar(kind, 1000, 250, 0.845888);
    expect_alpha_bar(kind, 1000, 500, 0.492285);
    expect_alpha_bar(kind, 1000, 750, 0.143179);
    expect_alpha_bar(kind, 1000, 900, 0.0236116);
    expect_alpha_bar(kind, 1000, 999, 2.429e-9);
}

TEST(NoiseSchedule, LinearOfAThousandStepsIsThePublishedTable) {
    const auto kind = NoiseScheduleKind::linear;
    expect_alpha_bar(kind, 1000, 0, 0.9999);
    expect_alpha_bar(kind, 1000, 100, 0.895142);
    expect_alpha_bar(kind, 1000, 250, 0.521423);
    expect_alpha_bar(kind, 1000, 500, 0.0777967);
    expect_alpha_bar(kind, 1000, 750, 0.00330016);
    expect_alpha_bar(kind, 1000, 900, 0.000270245);
    expect_alpha_bar(kind, 1000, 999, 4.036e-5);
}

TEST(NoiseSchedule, ShortSchedulesHaveTheirOwnTables) {
    const auto kind = NoiseScheduleKind::cosine;
    expect_alpha_bar(kind, 30, 0, 0.996012);
    expect_alpha_bar(kind, 30, 7, 0.827844);
    expect_alpha_bar(kind, 30, 14, 0.493844);
    expect_alpha_bar(kind, 30, 21, 0.162997);
    expect_alpha_bar(kind, 30, 28, 2.696e-3);
    expect_alpha_bar(kind, 30, 29, 2.696e-6);
    expect_alpha_bar(NoiseScheduleKind::linear, 30, 29, 1.133e-6);
}

TEST(NoiseSchedule, SignalAndNoiseShareTheVariance) {
    const NoiseSchedule schedule(NoiseScheduleKind::cosine, 1000);
    for (const int t : {0, 1, 500, 999}) {
        EXPECT_NEAR(std::pow(schedule.signal(t), 2) + std::pow(schedule.noise(t), 2), 1.0, 1e-12);
    }
    EXPECT_NEAR(schedule.signal(500), 0.7016, 5e-5);
}

TEST(NoiseSchedule, FindsTheStartStepOfAWantedSignal) {
    const NoiseSchedule schedule(NoiseScheduleKind::cosine, 1000);
    const int start = schedule.first_timestep_at_or_below(0.7);
    EXPECT_LE(schedule.signal(start), 0.7);
    EXPECT_GT(schedule.signal(start - 1), 0.7);
    EXPECT_EQ(schedule.first_timestep_at_or_below(0.0), 999);
    EXPECT_EQ(schedule.first_timestep_at_or_below(1.0), 0);
}

TEST(NoiseSchedule, RefusesAScheduleWithoutSteps) {
    EXPECT_THROW(NoiseSchedule(NoiseScheduleKind::cosine, 0), std::invalid_argument);
}

TEST(NoiseSchedule, LinearOfTwentyStepsIsBoundedWhereTheOriginalReachesZero) {
    const auto kind = NoiseScheduleKind::linear;
    expect_alpha_bar(kind, 20, 18, 5.59004e-8);
    expect_alpha_bar(kind, 20, 19, 5.59004e-11);
    expect_alpha_bar(kind, 21, 20, 8.01623e-9);  // as the original's
}

/// What make_respaced_timesteps.py wrote, by the number of timesteps.
nlohmann::json expected_timesteps() {
    std::ifstream file(std::string(SPINESEG_SOURCE_DIR) +
                       "/tests/worker/inference/sampling/respaced_timesteps.json");
    return nlohmann::json::parse(file);
}

/// round(i·last/(steps−1)), halves to even.
std::vector<int> direct_timesteps(int last, int steps) {
    std::vector<int> timesteps;
    for (int i = steps - 1; i >= 0; --i)
        timesteps.push_back(static_cast<int>(std::nearbyint(static_cast<double>(i) * last / (steps - 1))));
    return timesteps;
}

// 283 of the 999 step counts of a thousand timesteps, 21 the first, visited other timesteps than the original's
// sampler: i·last/(n−1) was rounded instead of the sum of the strides.
TEST(RespacedTimesteps, OfEveryStepCountAreTheOriginals) {
    const auto expected = expected_timesteps();
    ASSERT_EQ(expected.size(), 5u);
    for (const auto& [name, table] : expected.items()) {
        const int timesteps = std::stoi(name);
        std::string lines;
        std::vector<int> not_direct;
        for (int steps = 2; steps <= timesteps; ++steps) {
            const auto visited = respaced_timesteps(timesteps - 1, steps);
            if (visited != direct_timesteps(timesteps - 1, steps)) not_direct.push_back(steps);
            for (std::size_t i = 0; i < visited.size(); ++i)
                lines += (i == 0 ? "" : " ") + std::to_string(visited[i]);
            lines += '\n';
        }
        EXPECT_EQ(sha256_hex(lines), table["digest"].get<std::string>()) << name;
        EXPECT_EQ(not_direct, table["not_direct"].get<std::vector<int>>()) << name;
    }
    EXPECT_EQ(expected["1000"]["not_direct"].size(), 283u);
}

TEST(RespacedTimesteps, OfTheShippedModelsAndProfilesAreThoseOfTheDirectRule) {
    EXPECT_EQ(respaced_timesteps(999, 50), direct_timesteps(999, 50));  // config/profiles/published*.json
    EXPECT_EQ(respaced_timesteps(29, 30), direct_timesteps(29, 30));    // published-presegmented.json
    EXPECT_EQ(respaced_timesteps(502, 1), (std::vector<int>{502}));     // models/
}

TEST(RespacedTimesteps, AtExactHalvesFollowTheSum) {
    // 999/20 is 49.95: ten strides are 499.5, but their sum is a little less.
    EXPECT_EQ(direct_timesteps(999, 21)[10], 500);
    EXPECT_EQ(respaced_timesteps(999, 21)[10], 499);
}

TEST(RespacedTimesteps, FiftyOfAThousandAreTheOriginals) {
    const auto steps = respaced_timesteps(999, 50);
    ASSERT_EQ(steps.size(), 50u);
    const std::vector<int> noisiest(steps.begin(), steps.begin() + 4);
    const std::vector<int> cleanest(steps.end() - 6, steps.end());
    EXPECT_EQ(noisiest, (std::vector<int>{999, 979, 958, 938}));
    EXPECT_EQ(cleanest, (std::vector<int>{102, 82, 61, 41, 20, 0}));
}

TEST(RespacedTimesteps, HalvesRoundToEven) {
    // 0, 2.5, 5 and 0, 3.5, 7: Python's round() gives 2 and 4.
    EXPECT_EQ(respaced_timesteps(5, 3), (std::vector<int>{5, 2, 0}));
    EXPECT_EQ(respaced_timesteps(7, 3), (std::vector<int>{7, 4, 0}));
}

TEST(RespacedTimesteps, OneStepIsTheStartItselfAndAllStepsAreAll) {
    EXPECT_EQ(respaced_timesteps(17, 1), (std::vector<int>{17}));
    EXPECT_EQ(respaced_timesteps(3, 4), (std::vector<int>{3, 2, 1, 0}));
    EXPECT_EQ(respaced_timesteps(0, 1), (std::vector<int>{0}));
}

TEST(RespacedTimesteps, RefusesMoreStepsThanThereAre) {
    EXPECT_THROW(respaced_timesteps(29, 31), std::invalid_argument);
    EXPECT_THROW(respaced_timesteps(29, 0), std::invalid_argument);
}

}  // namespace noise_schedule_test
}  // namespace spineseg

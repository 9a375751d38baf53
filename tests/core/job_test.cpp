// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/job.h"

#include <gtest/gtest.h>

namespace spineseg {
namespace job_test {

TEST(JobNames, StatesComeBackAndOnlyQueuedAndLeasedAreOpen) {
    for (int i = 0; i <= static_cast<int>(JobState::canceled); ++i) {
        const auto state = static_cast<JobState>(i);
        EXPECT_EQ(job_state_from_string(to_string(state)), state);
        EXPECT_EQ(is_final(state), state != JobState::queued && state != JobState::leased);
    }
    EXPECT_EQ(to_string(JobState::rejected), "rejected");
    EXPECT_EQ(job_state_from_string("Queued"), std::nullopt);
}

TEST(JobNames, StagesAndResultKindsComeBack) {
    for (int i = 0; i <= static_cast<int>(Stage::storing); ++i) {
        EXPECT_EQ(stage_from_string(to_string(static_cast<Stage>(i))), static_cast<Stage>(i));
    }
    EXPECT_EQ(to_string(Stage::presegmentation), "presegmentation");
    EXPECT_EQ(stage_from_string("lunch"), std::nullopt);
    EXPECT_EQ(result_kind_from_string("segmentation"), ResultKind::segmentation);
    EXPECT_EQ(result_kind_from_string("parametric_map"), ResultKind::parametric_map);
    EXPECT_EQ(to_string(ResultKind::parametric_map), "parametric_map");
    EXPECT_EQ(result_kind_from_string("picture"), std::nullopt);
}

}  // namespace job_test
}  // namespace spineseg

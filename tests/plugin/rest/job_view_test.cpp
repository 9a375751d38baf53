// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/rest/job_view.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace spineseg {
namespace job_view_test {

TEST(JobView, WhereTheModelsDefaultsWereTakenTheAnswerSaysWhatTheyWere) {
    Job job;
    EXPECT_TRUE(job_json(job, "/")["Samples"].is_null());
    job.summary_json = R"({"samples": 5, "steps": 10})";
    EXPECT_EQ(job_json(job, "/")["Samples"], 5);
    EXPECT_EQ(job_json(job, "/")["Steps"], 10);
    job.request.samples = 3;
    EXPECT_EQ(job_json(job, "/")["Samples"], 3);
}

TEST(JobView, TimesAreIso8601InUtc) {
    EXPECT_EQ(iso8601(Timestamp(std::chrono::milliseconds(0))), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(iso8601(Timestamp(std::chrono::milliseconds(1'795'363'445'123))), "2026-11-22T16:04:05.123Z");
}

TEST(JobView, ProgressOnlyGrowsThroughTheStagesAndReachesHundredOnlyWhenDone) {
    Job job;
    job.state = JobState::leased;
    int last = -1;
    for (int stage = 0; stage <= static_cast<int>(Stage::storing); ++stage) {
        for (const double fraction : {0.0, 0.5, 1.0}) {
            job.progress = {static_cast<Stage>(stage), fraction};
            EXPECT_GE(overall_percent(job), last);
            last = overall_percent(job);
        }
    }
    EXPECT_EQ(last, 99);
    job.state = JobState::done;
    EXPECT_EQ(overall_percent(job), 100);
}

}  // namespace job_view_test
}  // namespace spineseg

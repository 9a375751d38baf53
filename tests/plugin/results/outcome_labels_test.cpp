// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/results/outcome_labels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/plugin/archive/fake_archive.h"

namespace spineseg {
namespace outcome_labels_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class OutcomeLabelsTest : public ::testing::Test {
  protected:
    const std::string one = orthanc_id('1'), two = orthanc_id('2');
    OutcomeLabelsTest() {
        archive.put(lumbar_series(one));
        archive.put(lumbar_series(two));
        study = archive.series(one, {})->orthanc_study_id;
    }
    Job ended(const std::string& series, JobState state, const std::string& verdict = "pass") const {
        Job job;
        job.id = "job";
        job.orthanc_series_id = series;
        job.orthanc_study_id = study;
        job.state = state;
        job.summary_json = R"({"quality": {"verdict": ")" + verdict + "\"}}";
        return job;
    }
    FakeArchive archive;
    ListLog log;
    OutcomeLabels labels{archive, log};
    std::string study;
};

TEST_F(OutcomeLabelsTest, ASeriesHasTheLabelOfItsJobAndTheStudyThoseOfItsSeries) {
    labels.show(ended(one, JobState::done));
    EXPECT_THAT(archive.labels_of[one], ElementsAre("spineseg-done"));
    EXPECT_THAT(archive.labels_of[study], ElementsAre("spineseg-done"));
    labels.show(ended(two, JobState::done, "review"));
    EXPECT_THAT(archive.labels_of[two], ElementsAre("spineseg-review"));
    EXPECT_THAT(archive.labels_of[study], ElementsAre("spineseg-done", "spineseg-review"));
    EXPECT_EQ(log.text(), "");
}

TEST_F(OutcomeLabelsTest, AJobThatIsRunAnewCorrectsThem) {
    labels.show(ended(one, JobState::done, "review"));
    labels.show(ended(one, JobState::rejected));
    EXPECT_THAT(archive.labels_of[one], ElementsAre("spineseg-rejected"));
    EXPECT_THAT(archive.labels_of[study], ElementsAre("spineseg-rejected"));
    labels.show(ended(one, JobState::failed));
    EXPECT_THAT(archive.labels_of[one], IsEmpty());
    EXPECT_THAT(archive.labels_of[study], IsEmpty());
}

TEST_F(OutcomeLabelsTest, AnArchiveThatDoesNotAnswerIsLogged) {
    archive.out_of_order = Error{ErrorCode::archive_unavailable, "it is away"};
    labels.show(ended(one, JobState::done));
    EXPECT_THAT(log.text(), HasSubstr("the labels of job job are not set"));
}

TEST_F(OutcomeLabelsTest, ASummaryWithoutAVerdictIsDone) {
    auto job = ended(one, JobState::done);
    job.summary_json = "no json";
    labels.show(job);
    EXPECT_THAT(archive.labels_of[one], ElementsAre("spineseg-done"));
}

}  // namespace outcome_labels_test
}  // namespace spineseg

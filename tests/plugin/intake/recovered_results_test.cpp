// SPDX-License-Identifier: GPL-3.0-or-later
// A database was lost: what the archive holds of a series' results is found there.
#include <gtest/gtest.h>

#include "plugin/intake/intake.h"
#include "plugin/results/found_results.h"
#include "tests/plugin/archive/fake_archive.h"

namespace spineseg {
namespace recovered_results_test {

using std::chrono::seconds;

class RecoveredResultsTest : public testing::Test {
  protected:
    RecoveredResultsTest() {
        auto tags = lumbar_series(one);
        tags.last_update = then;
        archive.put(tags);
    }
    /// A result in the source's study, of that SOP class and word, made from the series `from`.
    void put_result(char digit, const std::string& sop_class, const std::string& word,
                    const std::string& from) {
        auto tags = lumbar_series(orthanc_id(digit), 1);
        tags.values["Modality"] = "OT";
        tags.values["Manufacturer"] = "spineseg";
        archive.put(tags);
        archive.tags_of_results[tags.instances[0].orthanc_id] = {
            sop_class, std::string("2.25.") + digit, "2.25.9", "AI Lumbar " + word + " RESEARCH", {from}};
    }
    void put_whole_set(const std::string& from) {
        put_result('a', "1.2.840.10008.5.1.4.1.1.66.4", "SEG", from);
        put_result('b', "1.2.840.10008.5.1.4.1.1.30", "UNCERTAINTY", from);
        put_result('c', "1.2.840.10008.5.1.4.1.1.88.34", "REPORT", from);
    }
    JobState judged() {
        const auto job = intake.consider(*store, one);
        if (!job) throw std::runtime_error(job.error().describe());
        return store->jobs()->at(0).state;
    }

    const std::string one = orthanc_id('1');
    const std::string uid = lumbar_series(one).series_instance_uid;
    const Timestamp then{seconds(1'790'000'000)};
    TemporaryFolder folder;
    FakeArchive archive;
    ListLog log;
    Intake intake{archive, EligibilityRules::shipped(), {}, log};
    std::unique_ptr<JobStore> store = std::move(*JobStore::open(folder.file("queue.db")));
};

// Symptom: after the loss of the database, done series were "waiting" without results.
TEST_F(RecoveredResultsTest, ASeriesThatHasItsResultsIsDoneAndNotRunAgain) {
    put_whole_set(uid);
    intake.set_lost_until(then);
    EXPECT_EQ(judged(), JobState::done);
    const auto job = store->jobs()->at(0);
    ASSERT_EQ(job.results.size(), 3U);
    EXPECT_EQ(job.results[0].kind, ResultKind::segmentation);
    EXPECT_EQ(job.results[1].kind, ResultKind::parametric_map);
    EXPECT_EQ(job.results[2].kind, ResultKind::measurement_report);
    EXPECT_FALSE(store->lease("w", "", seconds(60)).value());
    EXPECT_TRUE(store->verdicts().of(one).value()->eligible);
}

// Symptom: asked for again before it was judged anew, a series kept the results of the lost database beside the new ones.
TEST_F(RecoveredResultsTest, WhatIsAskedForByHandKnowsTheResultsThatItReplaces) {
    put_whole_set(uid);
    intake.set_lost_until(then);
    ASSERT_TRUE(store->values().set("model.digest", "d1"));
    const auto job = intake.request(*store, one, {});
    ASSERT_TRUE(job) << job.error().describe();
    EXPECT_EQ(job->state, JobState::queued);
    const auto jobs = *store->jobs();
    ASSERT_EQ(jobs.size(), 2U);
    EXPECT_EQ(jobs[1].results.size(), 3U);
}

// Symptom: an old copy of the database was put in place, and what stood queued in it was done a second time.
TEST_F(RecoveredResultsTest, AJobOfAnOldCopyIsNotRunWhereTheArchiveHasItsResults) {
    ASSERT_TRUE(store->values().set("model.digest", "d1"));
    EXPECT_EQ(judged(), JobState::queued);
    put_whole_set(uid);
    const Job job = store->jobs()->at(0);
    EXPECT_FALSE(intake.was_done_meanwhile(*store, *archive.series(one, {}), job).value()) << "no copy";
    intake.set_lost_until(job.created + seconds(1));
    EXPECT_TRUE(intake.was_done_meanwhile(*store, *archive.series(one, {}), job).value());
    EXPECT_EQ(store->job(job.id)->state, JobState::canceled);
    EXPECT_EQ(store->jobs()->front().results.size(), 3U);
}

TEST_F(RecoveredResultsTest, AnIncompleteSetIsRunAgain) {
    put_result('a', "1.2.840.10008.5.1.4.1.1.66.4", "SEG", uid);
    intake.set_lost_until(then);
    EXPECT_EQ(judged(), JobState::queued);
}

// An attempt by another model was broken off when the database was lost: its objects are not mixed into the whole set.
TEST_F(RecoveredResultsTest, WhatNobodyFinishedIsNoResult) {
    put_whole_set(uid);
    put_result('d', "1.2.840.10008.5.1.4.1.1.66.4", "SEG", uid);
    archive.storing = "stores job 2.25.d " + orthanc_id('e') + "\n";
    intake.set_lost_until(then);
    EXPECT_EQ(judged(), JobState::done);
    EXPECT_EQ(store->jobs()->at(0).results.size(), 3U);
}

TEST_F(RecoveredResultsTest, ResultsOfAnotherSeriesDoNotCount) {
    put_whole_set("1.2.3.4.5");
    intake.set_lost_until(then);
    EXPECT_EQ(judged(), JobState::queued);
}

/// A study that comes with results of another site: nothing was lost here.
TEST_F(RecoveredResultsTest, WithoutALostDatabaseResultsOfOthersChangeNothing) {
    put_whole_set(uid);
    EXPECT_EQ(judged(), JobState::queued);
}

TEST_F(RecoveredResultsTest, ASeriesThatCameAfterTheLossIsQueued) {
    put_whole_set(uid);
    intake.set_lost_until(then - seconds(1));
    EXPECT_EQ(judged(), JobState::queued);
}

}  // namespace recovered_results_test
}  // namespace spineseg

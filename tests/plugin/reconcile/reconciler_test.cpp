// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/reconcile/reconciler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "plugin/reconcile/archive_watch.h"
#include "plugin/rest/job_view.h"
#include "tests/plugin/archive/fake_archive.h"

namespace spineseg {
namespace reconciler_test {

class ReconcilerTest : public testing::Test {
  protected:
    void SetUp() override { ASSERT_TRUE(slot.open()); }
    JobStore& store() { return **slot.get(); }

    /// A lumbar series whose job is done with these results, which are in the archive.
    Job done(char digit, const std::vector<std::string>& names) {
        archive.put(lumbar_series(orthanc_id(digit)));
        const auto job = intake.consider(store(), orthanc_id(digit));
        EXPECT_TRUE(job && *job);
        const auto lease = store().lease("w", "", std::chrono::seconds(60));
        Outcome outcome;
        for (const auto& name : names) {
            archive.stored.insert(name);
            outcome.results.push_back({.sop_instance_uid = "1." + name,
                                       .orthanc_instance_id = "stored-" + name,
                                       .orthanc_series_id = "series-of-" + name});
        }
        return *store().complete((*lease)->job.id, (*lease)->epoch, outcome);
    }
    std::string state(const Job& job) { return std::string(public_state(*store().job(job.id))); }
    void whole_round() {
        while (*reconciler.next(store())) continue;
    }

    TemporaryFolder folder;
    FakeArchive archive;
    ListLog log;
    Intake intake{archive, EligibilityRules::shipped(), {}, log};
    CopiedResults copied{archive, log, SupersededPolicy::keep};
    Reconciler reconciler{archive, intake, copied, log};
    ReopeningStore slot{folder.file("queue.db")};
};

// Symptom: results were deleted from the archive, and their job and series stayed "done".
TEST_F(ReconcilerTest, DeletedResultsAreToldAndNotMadeAgainByThemselves) {
    const Job job = done('1', {"a", "b"});
    archive.stored.erase("a");
    ASSERT_TRUE(reconciler.left(store(), {"stored-a", "somebody-elses"}));
    EXPECT_EQ(state(job), "done");
    EXPECT_EQ(missing_count(*store().job(job.id)), 1);
    archive.stored.erase("b");
    ASSERT_TRUE(reconciler.left(store(), {"series-of-b"}));
    EXPECT_EQ(state(job), "deleted");
    ASSERT_TRUE(intake.consider(store(), orthanc_id('1')));
    EXPECT_EQ(state(job), "deleted");
    EXPECT_EQ(intake.request(store(), orthanc_id('1'), {})->state, JobState::queued) << "but on request";
}

TEST_F(ReconcilerTest, ResultsThatComeBackMakeTheJobDoneAgain) {
    const Job job = done('1', {"a"});
    archive.stored.clear();
    ASSERT_TRUE(reconciler.left(store(), {"stored-a"}));
    ASSERT_EQ(state(job), "deleted");
    archive.stored.insert("a");
    ASSERT_TRUE(reconciler.came(store(), "series-of-a"));
    EXPECT_EQ(state(job), "done");
}

// What was deleted while the plugin was not there is found by the round.
TEST_F(ReconcilerTest, TheRoundFindsWhatNobodyTold) {
    const Job first = done('1', {"a"}), second = done('2', {"b"});
    archive.stored.erase("a");
    archive.remove(orthanc_id('2'));
    whole_round();
    EXPECT_EQ(state(first), "deleted");
    EXPECT_EQ(state(second), "done");
    EXPECT_TRUE(store().verdicts().of(orthanc_id('1')).value());
    EXPECT_FALSE(store().verdicts().of(orthanc_id('2')).value()) << "its source has gone";
}

TEST_F(ReconcilerTest, AnArchiveThatDoesNotAnswerChangesNothing) {
    const Job job = done('1', {"a"});
    archive.out_of_order = Error{ErrorCode::archive_unavailable, "away"};
    EXPECT_FALSE(reconciler.left(store(), {"stored-a"}));
    EXPECT_FALSE(reconciler.next(store()));
    EXPECT_EQ(state(job), "done");
}

/// Steps that wait, as on the work thread.
class WatchTest : public ReconcilerTest {
  protected:
    void run() {
        while (!steps.empty()) {
            const auto step = std::move(steps.front());
            steps.pop_front();
            step();
        }
    }
    ArchiveWatch watch(bool round_at_start) {
        return ArchiveWatch(
            reconciler, slot, log, [this](std::function<void()> step) { steps.push_back(std::move(step)); },
            round_at_start);
    }
    std::deque<std::function<void()>> steps;
};

TEST_F(WatchTest, ManyDeletionsAreOneStepForEachFiveHundred) {
    const Job job = done('1', {"a"});
    archive.stored.clear();
    auto watch_ = watch(false);
    for (int i = 0; i < 1200; ++i) watch_.left("gone-" + std::to_string(i));
    watch_.left("stored-a");
    EXPECT_EQ(steps.size(), 1u);
    int ran = 0;
    for (; !steps.empty(); ++ran) {
        const auto step = std::move(steps.front());
        steps.pop_front();
        step();
    }
    EXPECT_EQ(ran, 3);
    EXPECT_EQ(state(job), "deleted");
}

TEST_F(WatchTest, ARoundFollowsTheStartAndLaterPagesComeEveryTenMinutes) {
    const Job job = done('1', {"a"});
    archive.stored.clear();
    auto watch_ = watch(true);
    watch_.tick();
    run();
    EXPECT_EQ(state(job), "deleted");
    archive.stored.insert("a");
    for (int i = 0; i < 599; ++i) watch_.tick();
    EXPECT_TRUE(steps.empty());
    watch_.tick();
    run();
    EXPECT_EQ(state(job), "done");
}

TEST_F(WatchTest, WhatTheArchiveDidNotAnswerIsAskedAMinuteLater) {
    const Job job = done('1', {"a"});
    archive.stored.clear();
    auto watch_ = watch(false);
    archive.out_of_order = Error{ErrorCode::archive_unavailable, "away"};
    watch_.left("stored-a");
    run();
    archive.out_of_order.reset();
    for (int i = 0; i < 61; ++i) {
        watch_.tick();
        run();
    }
    EXPECT_EQ(state(job), "deleted");
}

}  // namespace reconciler_test
}  // namespace spineseg

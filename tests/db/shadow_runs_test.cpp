// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/shadow_runs.h"

#include <gmock/gmock.h>

#include "tests/db/store_fixture.h"

namespace spineseg {
namespace shadow_runs_test {

using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<std::string> kWanted{"candidate"};

class ShadowRunsTest : public StoreTest {
  protected:
    Job queued(const std::string& name) { return sure(store->enqueue(new_job(name))).job; }
    /// That is done by the shown model.
    Job done(const std::string& name) {
        const auto id = queued(name).id;
        const auto lease = sure(store->lease("w", "model", 1min)).value();
        Outcome outcome;
        outcome.results = {result(name)};
        return sure(store->complete(id, lease.epoch, outcome));
    }
    ShadowRuns& runs() { return store->shadow_runs(); }
    Job waiting(const std::string& name) {
        Job job = done(name);
        sure(runs().add(job, kWanted));
        return job;
    }
    std::optional<ShadowRun> lease() { return sure(runs().lease("shadow", "candidate", "cd")); }
    std::int64_t count(ShadowState state) {
        return sure(runs().totals({})).runs.at(static_cast<std::size_t>(state));
    }
    ShadowRun newest() { return sure(runs().list({.limit = 1})).at(0); }

    std::unique_ptr<JobStore> store = open();
};

TEST_F(ShadowRunsTest, TheNewestRunIsLeasedFirstByNameOrByDigest) {
    const Job old = waiting("old"), young = waiting("young");
    sure(runs().add(old, {"another", "cd"}));
    EXPECT_FALSE(sure(runs().lease("w", "foreign", "ef")));
    const auto by_digest = lease().value();
    EXPECT_EQ(by_digest.job_id, old.id) << "the run that was added last";
    EXPECT_EQ(by_digest.wanted, "cd");
    const auto by_name = lease().value();
    EXPECT_EQ(by_name.job_id, young.id);
    EXPECT_EQ(by_name.job_epoch, young.epoch);
    EXPECT_EQ(by_name.shown_model_digest, "model");
    EXPECT_EQ(by_name.model_digest, "cd");
    EXPECT_EQ(by_name.epoch, 1);
    EXPECT_EQ(lease().value().job_id, old.id);
    EXPECT_FALSE(lease());
    EXPECT_EQ(count(ShadowState::running), 3);
    EXPECT_EQ(count(ShadowState::waiting), 1) << "for the model that did not come";
}

TEST_F(ShadowRunsTest, NothingIsLeasedWhileAJobWaitsWhoseTurnItIs) {
    waiting("a");
    const Job next = queued("b");
    EXPECT_FALSE(lease());
    const auto shown = sure(store->lease("w", "model", 1min)).value();
    EXPECT_EQ(shown.job.id, next.id);
    sure(store->abandon(next.id, shown.epoch, {ErrorCode::worker_lost, "gone"}));
    EXPECT_TRUE(lease()) << "the job waits for its back-off, not for a worker";
}

TEST_F(ShadowRunsTest, NothingIsLeasedWhileTheQueueIsPausedOrDraining) {
    waiting("a");
    for (const auto mode : {QueueMode::paused, QueueMode::draining}) {
        sure(store->control().set_mode(mode, {}));
        EXPECT_FALSE(lease());
    }
    sure(store->control().set_mode(QueueMode::running, {}));
    EXPECT_TRUE(lease());
}

TEST_F(ShadowRunsTest, OfMoreThanAHundredThatWaitTheOldestAreDroppedAndCounted) {
    const Job first = waiting("first");
    int dropped = 0;
    for (int i = 0; i < ShadowRuns::kMostWaiting + 4; ++i)
        dropped += sure(runs().add(done(std::to_string(i)), kWanted));
    EXPECT_EQ(dropped, 5);
    EXPECT_EQ(count(ShadowState::waiting), ShadowRuns::kMostWaiting);
    EXPECT_EQ(count(ShadowState::dropped), 5);
    const auto all = sure(runs().list({.limit = 500}));
    EXPECT_EQ(all.back().job_id, first.id);
    EXPECT_EQ(all.back().state, ShadowState::dropped);
    EXPECT_THAT(all.back().reason, HasSubstr("too many"));
}

TEST_F(ShadowRunsTest, TheSameAttemptOfAJobIsRunOnceForEachModel) {
    const Job job = waiting("a");
    EXPECT_EQ(sure(runs().add(job, {"candidate", "another"})), 0);
    EXPECT_EQ(count(ShadowState::waiting), 2);
}

TEST_F(ShadowRunsTest, ARunOfAJobThatRunsAgainIsOutdatedAndAWaitingOneIsDropped) {
    const Job job = waiting("a");
    const auto run = lease().value();
    sure(runs().add(job, {"waits"}));
    EXPECT_EQ(sure(runs().standing(run.id, run.epoch)), ShadowStanding::live);
    sure(store->enqueue(new_job("a"), true));
    EXPECT_EQ(sure(runs().standing(run.id, run.epoch)), ShadowStanding::outdated);
    const auto again = sure(store->lease("w", "model", 1min)).value();
    const Job second = sure(store->complete(job.id, again.epoch, Outcome{}));
    EXPECT_EQ(sure(runs().standing(run.id, run.epoch)), ShadowStanding::outdated);
    EXPECT_EQ(sure(runs().add(second, {"waits"})), 1);
    EXPECT_EQ(sure(runs().standing(run.id, run.epoch + 1)), ShadowStanding::ended);
}

TEST_F(ShadowRunsTest, AnEndCarriesItsFiguresAndStandsInTheJobsJournal) {
    const Job job = waiting("a");
    const auto run = lease().value();
    ShadowFigures figures;
    figures.mean_dice = 0.75;
    figures.disc = 0.5;
    figures.levels_json = R"([{"Label":"L5 vertebra","Dice":0.5}])";
    figures.shown_verdict = "pass";
    figures.shadow_verdict = "review";
    figures.shadow_score = 0.25;
    figures.shadow_seconds = 12.5;
    sure(runs().end(run.id, run.epoch, {ShadowState::compared, "mean Dice 0.750", figures}));
    const auto ended = newest();
    EXPECT_EQ(ended.state, ShadowState::compared);
    EXPECT_EQ(ended.finished, now_);
    EXPECT_EQ(ended.figures.mean_dice, 0.75);
    EXPECT_EQ(ended.figures.disc, 0.5);
    EXPECT_FALSE(ended.figures.canal);
    EXPECT_EQ(ended.figures.levels_json, figures.levels_json);
    EXPECT_EQ(ended.figures.shadow_verdict, "review");
    EXPECT_FALSE(ended.figures.shown_score);
    const auto journal = sure(store->journal().of(job.id));
    ASSERT_FALSE(journal.empty());
    EXPECT_EQ(journal.back().action, "shadow compared");
    EXPECT_EQ(journal.back().subject, "candidate cd");
    EXPECT_EQ(journal.back().detail, "mean Dice 0.750");
    EXPECT_EQ(runs().end(run.id, run.epoch, {}).error().code, ErrorCode::stale_lease);
    EXPECT_EQ(runs().give_back(run.id, run.epoch, "late", true).error().code, ErrorCode::stale_lease);
    EXPECT_EQ(sure(store->job(job.id)).state, JobState::done);
    EXPECT_EQ(sure(store->attempts().of(job.id)).size(), 1u) << "a run is no attempt at the job";
}

TEST_F(ShadowRunsTest, ARunWhoseWorkerDiesIsTriedThreeTimesAMinuteApart) {
    const Job job = waiting("a");
    for (int attempt = 1; attempt <= ShadowRuns::kMostAttempts; ++attempt) {
        const auto run = lease().value();
        EXPECT_EQ(run.attempts, attempt);
        EXPECT_EQ(run.epoch, attempt);
        const auto state =
            sure(runs().give_back(run.id, run.epoch, "the connection to the worker ended", true));
        EXPECT_EQ(state, attempt < ShadowRuns::kMostAttempts ? ShadowState::waiting : ShadowState::failed);
        EXPECT_FALSE(lease());
        now_ += 1min;
    }
    EXPECT_FALSE(lease());
    EXPECT_EQ(newest().state, ShadowState::failed);
    EXPECT_EQ(sure(store->journal().of(job.id)).back().action, "shadow failed");
}

TEST_F(ShadowRunsTest, ABackOffOfAClockThatWasSetBackIsIgnored) {
    waiting("a");
    const auto run = lease().value();
    sure(runs().give_back(run.id, run.epoch, "the plugin stops", false));
    now_ -= 1h;
    EXPECT_TRUE(lease());
}

TEST_F(ShadowRunsTest, LeasesEndByWhatIsKnownOfTheirHolder) {
    waiting("alive");
    waiting("silent");
    waiting("nobody");
    const auto nobody = lease().value(), silent = lease().value(), alive = lease().value();
    EXPECT_EQ(sure(runs().end_leases([&](const std::string& id, std::int64_t epoch) {
                  EXPECT_EQ(epoch, 1);
                  return id == alive.id    ? LeaseHolder::alive
                         : id == silent.id ? LeaseHolder::silent
                                           : LeaseHolder::nobody;
              })),
              2);
    const auto all = sure(runs().list({}));
    EXPECT_THAT((std::vector{all[0].attempts, all[1].attempts, all[2].attempts}), ElementsAre(0, 1, 1));
    EXPECT_EQ(all[0].state, ShadowState::waiting);
    EXPECT_EQ(all[2].state, ShadowState::running);
    EXPECT_EQ(sure(runs().standing(nobody.id, 1)), ShadowStanding::ended);
}

TEST_F(ShadowRunsTest, WhatWaitsForAModelThatIsNoShadowAnyMoreIsDropped) {
    sure(runs().add(done("a"), {"candidate", "it's \"quoted\"", "old"}));
    EXPECT_EQ(sure(runs().keep_only({"candidate", "it's \"quoted\""})), 1);
    EXPECT_EQ(count(ShadowState::waiting), 2);
    EXPECT_EQ(sure(runs().keep_only({})), 2);
}

TEST_F(ShadowRunsTest, RunsAreListedByModelTimeAndNumber) {
    for (const std::string name : {"a", "b", "c"}) {
        waiting(name);
        const auto run =
            sure(runs().lease("w", name == "b" ? "x" : "candidate", name == "b" ? "candidate" : "cd"));
        ShadowFigures figures;
        figures.mean_dice = 0.5;
        sure(runs().end(run->id, 1, {ShadowState::compared, "", figures}));
        now_ += 1h;
    }
    EXPECT_EQ(sure(runs().list({.limit = 2})).size(), 2u);
    EXPECT_EQ(sure(runs().list({.model = "cd"})).size(), 2u);
    EXPECT_EQ(sure(runs().list({.model = "x"})).size(), 1u);
    EXPECT_EQ(sure(runs().list({.model = "y"})).size(), 0u);
    const ShadowFilter later{.model = "cd", .since = now_ - 2h, .limit = 1};
    EXPECT_EQ(sure(runs().list(later)).size(), 1u);
    const auto totals = sure(runs().totals(later));
    EXPECT_EQ(totals.runs.at(static_cast<std::size_t>(ShadowState::compared)), 1);
    EXPECT_EQ(totals.sampled.size(), 1u);
    EXPECT_EQ(sure(runs().totals({})).sampled.size(), 3u);
}

TEST_F(ShadowRunsTest, RunsAreForgottenByTheirAgeAndOutliveTheirJob) {
    const Job job = waiting("a");
    const auto run = lease().value();
    sure(runs().end(run.id, run.epoch, {ShadowState::failed, "because", {}}));
    waiting("b");
    now_ += 48h;
    EXPECT_EQ(sure(store->prune(24h)), 2);
    EXPECT_EQ(sure(runs().list({})).size(), 2u);
    EXPECT_EQ(sure(runs().prune(72h)), 0);
    EXPECT_EQ(sure(runs().prune(24h)), 1);
    const auto left = lease().value();
    EXPECT_EQ(sure(runs().standing(left.id, left.epoch)), ShadowStanding::outdated) << "its job is forgotten";
}

TEST_F(ShadowRunsTest, RunsSurviveARestart) {
    waiting("a");
    const auto run = lease().value();
    store = nullptr;
    store = open();
    EXPECT_EQ(sure(runs().standing(run.id, run.epoch)), ShadowStanding::live);
}

}  // namespace shadow_runs_test
}  // namespace spineseg

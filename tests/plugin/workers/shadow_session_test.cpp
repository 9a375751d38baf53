// SPDX-License-Identifier: GPL-3.0-or-later
// A shadow model's worker: it repeats jobs that are done, and nothing of it reaches the archive or a job.
#include "plugin/workers/shadow_session.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "plugin/intake/known_model.h"
#include "plugin/rest/health_view.h"
#include "plugin/rest/worker_view.h"
#include "tests/plugin/shadow/drawn_masks.h"
#include "tests/plugin/workers/session_fixture.h"

namespace spineseg {
namespace shadow_session_test {

using std::chrono::seconds;
using testing::HasSubstr;

constexpr const char* kShownSummary = R"({"quality": {"verdict": "pass", "score": 0.9}})";
constexpr const char* kShadowSummary = R"({"quality": {"verdict": "review", "score": 0.7}})";

class ShadowSessionTest : public SessionTest {
  protected:
    SessionContext shadowed() {
        auto given = context();
        given.shadows = &shadows;
        given.limits.outputs = {OutputObject::segmentation};
        return given;
    }
    static wire::StoreResult segmentation(const wire::LeaseGranted& lease, const std::string& pixels) {
        const auto claim = sample_result::claim(OutputObject::segmentation);
        return {lease.job, lease.epoch, claim, drawn_masks::file({{1, pixels}}, 1, 4).bytes()};
    }
    /// By the shown model, within ten seconds.
    Job done(char digit = '1') {
        const Job queued = queue(digit);
        const auto granted = lease(shown);
        const auto result = segmentation(granted, "##..");
        ask<wire::Stored>(shown, result);
        now += seconds(10);
        ask<wire::Ack>(shown, completion(granted, kShownSummary));
        // The id that the archive in memory gives is too long for the database.
        archive.files[job(queued.id).results.at(0).orthanc_instance_id] = result.dicom;
        return job(queued.id);
    }
    void greet_all() {
        greet(shown, "d1");
        greet(shadow, "d2");
    }
    ShadowRun run() { return store().shadow_runs().list({.limit = 1})->at(0); }
    /// What may never change: the archive and the job.
    struct Snapshot {
        std::set<std::string> stored;
        std::vector<std::string> deleted;
        std::size_t forwarded;
        JobState state;
        std::vector<ResultObject> results;
        std::string summary;
        std::int64_t epoch;
        std::size_t attempts;
        friend bool operator==(const Snapshot&, const Snapshot&) = default;
    };
    Snapshot snapshot(const Job& of) {
        const Job present = job(of.id);
        return {archive.stored,
                archive.deleted,
                archive.forwarded.size(),
                present.state,
                present.results,
                present.summary_json,
                present.epoch,
                store().attempts().of(of.id)->size()};
    }

    ShadowModels shadows{log, {"d2"}};
    WorkerSession shown{shadowed(), 1}, shadow{shadowed(), 2}, shadow_again{shadowed(), 3};
};

TEST_F(ShadowSessionTest, AJobThatIsDoneIsRepeatedComparedAndNothingIsStored) {
    greet_all();
    ask<wire::NoWork>(shadow, wire::LeaseRequest{});
    const Job before = done();
    const auto archived = snapshot(before);
    const auto granted = lease(shadow);
    EXPECT_NE(granted.job, before.id);
    EXPECT_EQ(granted.request, before.request);
    EXPECT_EQ(granted.fingerprint, before.fingerprint);
    EXPECT_EQ(granted.outputs, OutputPlan{OutputObject::segmentation});
    EXPECT_EQ(granted.image_words.anatomy, std::vector<std::string>{"QUUX"});
    ASSERT_EQ(granted.instances.size(), 15u);
    ask<wire::InstanceBytes>(shadow, wire::FetchInstance{granted.job, granted.epoch, 14});
    EXPECT_EQ(refusal(shadow, wire::FetchInstance{granted.job, granted.epoch, 15}),
              ErrorCode::invalid_argument);
    now += seconds(20);
    ask<wire::Ack>(shadow, renewal(granted, 1));
    const auto kept = ask<wire::Stored>(shadow, segmentation(granted, ".##."));
    EXPECT_EQ(kept.object.orthanc_instance_id, "");
    ask<wire::Ack>(shadow, completion(granted, kShadowSummary));
    const auto compared = run();
    EXPECT_EQ(compared.state, ShadowState::compared);
    EXPECT_EQ(compared.job_id, before.id);
    EXPECT_EQ(compared.model_digest, "d2");
    EXPECT_EQ(compared.shown_model_digest, "d1");
    EXPECT_DOUBLE_EQ(compared.figures.mean_dice.value(), 0.5);
    EXPECT_DOUBLE_EQ(compared.figures.vertebra.value(), 0.5);
    EXPECT_FALSE(compared.figures.disc);
    EXPECT_EQ(compared.figures.shown_verdict, "pass");
    EXPECT_EQ(compared.figures.shadow_verdict, "review");
    EXPECT_EQ(compared.figures.shown_score, 0.9);
    EXPECT_EQ(compared.figures.shadow_score, 0.7);
    EXPECT_EQ(compared.figures.shown_seconds, 10.0);
    EXPECT_EQ(compared.figures.shadow_seconds, 20.0);
    EXPECT_EQ(snapshot(before), archived);
    EXPECT_THAT(store().journal().of(before.id)->back().detail,
                HasSubstr("mean Dice 0.500; verdict review, shown pass"));
    ask<wire::NoWork>(shadow, wire::LeaseRequest{});
    const auto counts = shadows.counts();
    EXPECT_EQ(counts.compared, 1u);
    EXPECT_EQ(counts.other_verdict, 1u);
    EXPECT_DOUBLE_EQ(counts.dice_sum, 0.5);
    EXPECT_DOUBLE_EQ(counts.shadow_seconds_sum, 20.0);
}

TEST_F(ShadowSessionTest, AShadowTakesNoJobAndIsNotTheModelThatIsShown) {
    greet(shadow, "d2");
    const Job waits = queue();
    EXPECT_EQ(waits.model_digest, "");
    ask<wire::NoWork>(shadow, wire::LeaseRequest{});
    EXPECT_EQ(job(waits.id).state, JobState::queued);
    EXPECT_EQ(known_model(store())->digest, "");
    EXPECT_FALSE(registry.serves("d2", context().steady()));
    nlohmann::json view;
    EXPECT_TRUE(show_queue(slot, registry, view));
    EXPECT_EQ(view["Status"], "no_worker");
    greet(shown, "d1");
    greet(shadow_again, "d2");
    EXPECT_EQ(known_model(store())->digest, "d1");
    const auto journal = *store().journal().newest(10);
    for (const auto& entry : journal) EXPECT_NE(entry.action, "model changed");
    EXPECT_EQ(lease(shown).job, waits.id);
}

TEST_F(ShadowSessionTest, AShadowModelMustBeAdmittedLikeAnyOther) {
    ShadowModels strangers{log, {"stranger"}};
    auto given = shadowed();
    given.shadows = &strangers;
    WorkerSession session(given, 7);
    EXPECT_EQ(refusal(session, wire::Hello{wire::kProtocolVersion, "host:1", "0.1", "m", "stranger"}),
              ErrorCode::invalid_configuration);
    EXPECT_TRUE(closed);
}

TEST_F(ShadowSessionTest, HealthSaysWhichWorkerIsAShadow) {
    greet_all();
    done();
    const auto granted = lease(shadow);
    const auto workers = workers_json(registry.workers());
    ASSERT_EQ(workers.size(), 2u);
    EXPECT_EQ(workers[0]["Shadow"], false);
    EXPECT_EQ(workers[0]["ShadowRun"], nullptr);
    EXPECT_EQ(workers[1]["Shadow"], true);
    EXPECT_EQ(workers[1]["Job"], nullptr);
    EXPECT_EQ(workers[1]["ShadowRun"], granted.job);
    EXPECT_EQ(registry.holder_of(granted.job, granted.epoch, context().steady()), LeaseHolder::alive);
}

TEST_F(ShadowSessionTest, NoRunIsLeasedWhileAShownJobWaits) {
    greet_all();
    done('1');
    queue('2');
    ask<wire::NoWork>(shadow, wire::LeaseRequest{});
    lease(shown);
    lease(shadow);
}

TEST_F(ShadowSessionTest, AResultThatBreaksARuleEndsTheRunAndTheSessionAndNothingElse) {
    StrictResultGate strict(archive);
    auto given = shadowed();
    given.gate = &strict;
    WorkerSession session(given, 3);
    greet(shown, "d1");
    greet(session, "d2");
    const Job before = done();
    const auto archived = snapshot(before);
    const auto granted = lease(session);
    auto damaged = segmentation(granted, "##..");
    damaged.dicom[0] = 'P';
    EXPECT_EQ(refusal(session, damaged), ErrorCode::protocol_violation);
    EXPECT_TRUE(closed);
    EXPECT_EQ(run().state, ShadowState::failed);
    EXPECT_THAT(run().reason, HasSubstr("rule preamble"));
    EXPECT_EQ(snapshot(before), archived);
    EXPECT_EQ(shadows.counts().failed, 1u);
}

TEST_F(ShadowSessionTest, AnObjectThatTheArchiveHoldsOtherwiseUnderItsUidStaysAndIsNoObjection) {
    struct DifferingGate final : ResultGate {
        Result<Admission> admit(JobStore&, const Job& job, ResultOrder&, const wire::StoreResult&) override {
            EXPECT_EQ(job.model_digest, "d2") << "results are held against the shadow's model";
            return failure(ErrorCode::result_differs, "another object");
        }
        void placed(ResultOrder&, const wire::StoreResult&) override {}
        std::string missing(const ResultOrder&) const override { return {}; }
    } differing;
    auto given = shadowed();
    given.gate = &differing;
    WorkerSession session(given, 3);
    greet(shown, "d1");
    greet(session, "d2");
    const Job before = done();
    const auto archived = snapshot(before);
    const auto granted = lease(session);
    ask<wire::Stored>(session, segmentation(granted, "##.."));
    ask<wire::Ack>(session, completion(granted, kShadowSummary));
    EXPECT_EQ(run().figures.mean_dice, 1.0);
    EXPECT_EQ(snapshot(before), archived);
}

TEST_F(ShadowSessionTest, AJobThatRunsAgainCancelsItsRunAtTheNextRenewal) {
    greet_all();
    const Job before = done();
    const auto granted = lease(shadow);
    ask<wire::Stored>(shadow, segmentation(granted, "##.."));
    HandRequest again;
    again.seed = before.request.seed;
    again.force = true;
    ASSERT_TRUE(intake.request(store(), before.orthanc_series_id, again));
    ASSERT_EQ(job(before.id).state, JobState::queued);
    EXPECT_EQ(ask<wire::Cancel>(shadow, renewal(granted, 1)).job, granted.job);
    EXPECT_EQ(run().state, ShadowState::dropped);
    EXPECT_EQ(refusal(shadow, completion(granted, kShadowSummary)), ErrorCode::stale_lease);
    lease(shown);
    ask<wire::NoWork>(shadow, wire::LeaseRequest{});
    EXPECT_EQ(shadows.counts().dropped, 1u);
}

TEST_F(ShadowSessionTest, ARunWhoseSeriesOrResultHasGoneIsDropped) {
    greet_all();
    const Job first = done('1'), second = done('2'), third = done('3');
    archive.remove(first.orthanc_series_id);
    ASSERT_TRUE(store().results().set_missing(second.id, {second.results[0].orthanc_instance_id}));
    auto changed = lumbar_series(third.orthanc_series_id);
    changed.instances.pop_back();
    archive.put(changed);
    ask<wire::NoWork>(shadow, wire::LeaseRequest{});
    const auto runs = *store().shadow_runs().list({});
    for (const auto& one : runs) EXPECT_EQ(one.state, ShadowState::dropped) << one.reason;
    EXPECT_EQ(shadows.counts().dropped, 3u);
}

TEST_F(ShadowSessionTest, AShownResultThatGoesDuringTheRunDropsIt) {
    greet_all();
    const Job before = done();
    const auto granted = lease(shadow);
    ask<wire::Stored>(shadow, segmentation(granted, "##.."));
    archive.stored.clear();
    archive.files.clear();
    ask<wire::Ack>(shadow, completion(granted, kShadowSummary));
    EXPECT_EQ(run().state, ShadowState::dropped);
    EXPECT_THAT(run().reason, HasSubstr("no longer in the archive"));
    EXPECT_EQ(job(before.id).state, JobState::done);
}

TEST_F(ShadowSessionTest, AModelThatRejectsTheSeriesIsCountedWithoutMasks) {
    greet_all();
    const Job before = done();
    const auto granted = lease(shadow);
    now += seconds(3);
    ask<wire::Ack>(shadow, completion(granted, "", Error{ErrorCode::quality_rejected, "blurred"}));
    EXPECT_EQ(run().state, ShadowState::rejected);
    EXPECT_EQ(run().figures.shadow_verdict, "reject");
    EXPECT_EQ(run().figures.shadow_seconds, 3.0);
    EXPECT_FALSE(run().figures.mean_dice);
    EXPECT_EQ(job(before.id).state, JobState::done);
}

TEST_F(ShadowSessionTest, AFaultIsTriedAgainAMinuteLaterAndAtMostThreeTimes) {
    greet_all();
    const Job before = done();
    for (int attempt = 0; attempt < ShadowRuns::kMostAttempts; ++attempt) {
        const auto granted = lease(shadow);
        ask<wire::Ack>(shadow, completion(granted, "", Error{ErrorCode::out_of_memory, ""}));
        ask<wire::NoWork>(shadow, wire::LeaseRequest{});
        now += seconds(60);
    }
    ask<wire::NoWork>(shadow, wire::LeaseRequest{});
    EXPECT_EQ(run().state, ShadowState::failed);
    EXPECT_EQ(job(before.id).state, JobState::done);
    EXPECT_EQ(job(before.id).attempts, before.attempts);
}

TEST_F(ShadowSessionTest, AWorkerThatDiesAndAPluginThatStopsGiveTheRunBack) {
    greet_all();
    done();
    lease(shadow);
    shadow.end(SessionEnd::lost);
    EXPECT_EQ(run().state, ShadowState::waiting);
    EXPECT_EQ(run().attempts, 1);
    now += seconds(60);
    greet(shadow_again, "d2");
    const auto granted = lease(shadow_again);
    EXPECT_EQ(granted.epoch, 2);
    shadow_again.end(SessionEnd::shutdown);
    EXPECT_EQ(run().attempts, 1) << "the second does not count";
    EXPECT_EQ(run().state, ShadowState::waiting);
}

TEST_F(ShadowSessionTest, ALateWorkerWhoseLeaseWasTakenBackEndsNothing) {
    greet_all();
    done();
    const auto granted = lease(shadow);
    ask<wire::Stored>(shadow, segmentation(granted, "##.."));
    ASSERT_TRUE(store().shadow_runs().end_leases([](const auto&, auto) { return LeaseHolder::silent; }));
    EXPECT_EQ(refusal(shadow, completion(granted, kShadowSummary)), ErrorCode::stale_lease);
    EXPECT_EQ(run().state, ShadowState::waiting);
    ask<wire::NoWork>(shadow, wire::LeaseRequest{});
}

TEST_F(ShadowSessionTest, ARunWithoutProgressIsTakenBack) {
    greet_all();
    done();
    const auto granted = lease(shadow);
    for (int i = 0; i < 10; ++i) {
        now += seconds(60);
        ask<wire::Ack>(shadow, renewal(granted, 1));
    }
    now += seconds(60);
    ask<wire::Ack>(shadow, renewal(granted, 2));
    now += seconds(601);
    EXPECT_EQ(refusal(shadow, renewal(granted, 2)), ErrorCode::stale_lease);
    EXPECT_EQ(run().state, ShadowState::waiting);
}

TEST_F(ShadowSessionTest, WhileTheDatabaseIsAwayALeaseIsKeptAndTheEndIsSaidAgain) {
    greet_all();
    done();
    const auto granted = lease(shadow);
    ask<wire::Stored>(shadow, segmentation(granted, "##.."));
    std::filesystem::rename(folder.file("queue.db"), folder.file("away.db"));
    ask<wire::Ack>(shadow, renewal(granted, 1));
    EXPECT_EQ(refusal(shadow, completion(granted, kShadowSummary)), ErrorCode::database_unavailable);
    EXPECT_TRUE(shadow.handle(renewal(granted, 2)).holds_lease);
}

TEST_F(ShadowSessionTest, ReleaseDoesNotCountAndOneLeaseIsHeldAtATime) {
    greet_all();
    done();
    const auto granted = lease(shadow);
    ask<wire::Ack>(shadow, wire::Release{granted.job, granted.epoch});
    EXPECT_EQ(run().attempts, 0);
    EXPECT_EQ(refusal(shadow, wire::Release{granted.job, granted.epoch}), ErrorCode::stale_lease);
    now += seconds(60);
    lease(shadow);
    EXPECT_EQ(refusal(shadow, wire::LeaseRequest{}), ErrorCode::protocol_violation);
    EXPECT_TRUE(closed);
}

TEST_F(ShadowSessionTest, WhatCannotBeComparedFailsTheRun) {
    greet_all();
    done();
    const auto granted = lease(shadow);
    auto other_grid = segmentation(granted, "##..");
    other_grid.dicom = drawn_masks::file({{1, "##.."}}, 2, 2).bytes();
    ask<wire::Stored>(shadow, other_grid);
    ask<wire::Ack>(shadow, completion(granted, R"({"quality": [1, 2]})"));
    EXPECT_EQ(run().state, ShadowState::failed);
    EXPECT_THAT(run().reason, HasSubstr("different rows"));
    EXPECT_EQ(run().figures.shadow_verdict, "");
}

TEST_F(ShadowSessionTest, SegmentationsOfMoreThanSixtyFourMebibytesAreNotKept) {
    greet_all();
    done();
    const auto granted = lease(shadow);
    auto large = segmentation(granted, "##..");
    large.dicom.resize(kMostComparedBytes);
    ask<wire::Stored>(shadow, large);
    EXPECT_EQ(refusal(shadow, segmentation(granted, "##..")), ErrorCode::stale_lease);
    EXPECT_EQ(run().state, ShadowState::failed);
    EXPECT_THAT(run().reason, HasSubstr("too large"));
}

}  // namespace shadow_session_test
}  // namespace spineseg

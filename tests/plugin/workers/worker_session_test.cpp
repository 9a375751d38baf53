// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/plugin/workers/session_fixture.h"

namespace spineseg {
namespace worker_session_test {

using std::chrono::seconds;
using WorkerSessionTest = SessionTest;

TEST_F(WorkerSessionTest, AJobGoesThroughLeaseFetchStoreAndDone) {
    const Job queued = queue();
    WorkerSession session(context(), 1);
    greet(session);
    const auto granted = lease(session);
    EXPECT_EQ(granted.job, queued.id);
    EXPECT_EQ(granted.lease_ms, 60'000);
    EXPECT_EQ(granted.fingerprint, queued.fingerprint);
    EXPECT_EQ(granted.request, queued.request);
    EXPECT_EQ(granted.image_words.anatomy, std::vector<std::string>{"QUUX"}) << "the site's words";
    ASSERT_EQ(granted.instances.size(), 15u);
    for (int i = 0; i < 15; ++i) {
        const auto bytes =
            ask<wire::InstanceBytes>(session, wire::FetchInstance{granted.job, granted.epoch, i});
        EXPECT_EQ(std::string(bytes.dicom.begin(), bytes.dicom.end()),
                  granted.instances[static_cast<std::size_t>(i)]);
    }
    ask<wire::Ack>(session, renewal(granted, 1));
    EXPECT_EQ(job(queued.id).progress, (Progress{Stage::diffusion, 0.5}));
    const auto stored = ask<wire::Stored>(session, result(granted, 'a'));
    EXPECT_EQ(stored.object.orthanc_instance_id, "stored-a");
    EXPECT_EQ(stored.object.orthanc_series_id, "series-of-a");
    EXPECT_FALSE(stored.already_stored);
    ask<wire::Ack>(session, wire::Complete{granted.job, granted.epoch, {}});
    EXPECT_EQ(job(queued.id).state, JobState::done);
    ASSERT_EQ(job(queued.id).results.size(), 1u);
    EXPECT_EQ(job(queued.id).results[0], stored.object);
    ask<wire::NoWork>(session, wire::LeaseRequest{});
}

TEST_F(WorkerSessionTest, AWorkerThatDiesCostsOneAttemptAndTheNextTakesOver) {
    const Job queued = queue();
    {
        WorkerSession session(context(), 1);
        greet(session);
        lease(session);
        session.end(SessionEnd::lost);
    }
    EXPECT_EQ(job(queued.id).state, JobState::queued);
    EXPECT_EQ(job(queued.id).attempts, 1);
    EXPECT_EQ(job(queued.id).error->code, ErrorCode::worker_lost);
    now += seconds(3600);
    WorkerSession next(context(), 2);
    greet(next);
    EXPECT_EQ(lease(next).epoch, 2);
}

TEST_F(WorkerSessionTest, AShutdownHandsTheLeaseBackWithoutBurningAnAttempt) {
    const Job queued = queue();
    WorkerSession session(context(), 1);
    greet(session);
    lease(session);
    session.end(SessionEnd::shutdown);
    EXPECT_EQ(job(queued.id).state, JobState::queued);
    EXPECT_EQ(job(queued.id).attempts, 0);
}

TEST_F(WorkerSessionTest, AnExpiredLeaseMakesTheLateWorkerStale) {
    const Job queued = queue();
    WorkerSession late(context(), 1);
    greet(late);
    const auto old = lease(late);
    now += seconds(61);
    ASSERT_EQ(store().expire_leases().value(), 1);
    now += seconds(3600);
    WorkerSession next(context(), 2);
    greet(next);
    const auto fresh = lease(next);
    EXPECT_EQ(refusal(late, result(old, 'x')), ErrorCode::stale_lease);
    EXPECT_TRUE(archive.stored.empty());
    EXPECT_EQ(refusal(late, renewal(old, 9)), ErrorCode::stale_lease);
    EXPECT_EQ(refusal(late,
                      wire::Complete{
                          old.job, old.epoch, {JobState::failed, Error{ErrorCode::internal, "x"}, {}, ""}}),
              ErrorCode::stale_lease);
    EXPECT_EQ(job(queued.id).state, JobState::leased);
    late.end(SessionEnd::lost);
    EXPECT_EQ(job(queued.id).state, JobState::leased);
    ask<wire::Ack>(next, renewal(fresh, 1));
}

TEST_F(WorkerSessionTest, AnEpochThatWasNeverGivenIsStale) {
    queue();
    WorkerSession session(context(), 1);
    greet(session);
    auto granted = lease(session);
    granted.epoch += 1;
    EXPECT_EQ(refusal(session, renewal(granted, 1)), ErrorCode::stale_lease);
    EXPECT_EQ(refusal(session, wire::FetchInstance{granted.job, granted.epoch, 0}), ErrorCode::stale_lease);
    EXPECT_EQ(refusal(session, wire::Release{granted.job, granted.epoch}), ErrorCode::stale_lease);
}

TEST_F(WorkerSessionTest, ACanceledJobIsToldAtTheNextRenewal) {
    queue();
    WorkerSession session(context(), 1);
    greet(session);
    const auto granted = lease(session);
    ASSERT_TRUE(store().cancel(granted.job));
    EXPECT_EQ(ask<wire::Cancel>(session, renewal(granted, 1)).job, granted.job);
    ask<wire::NoWork>(session, wire::LeaseRequest{});
}

TEST_F(WorkerSessionTest, ACanceledJobStoresNothingMore) {
    queue();
    WorkerSession session(context(), 1);
    greet(session);
    const auto granted = lease(session);
    ASSERT_TRUE(store().cancel(granted.job));
    EXPECT_EQ(refusal(session, result(granted, 'a')), ErrorCode::stale_lease);
    EXPECT_TRUE(archive.stored.empty());
}

TEST_F(WorkerSessionTest, ALeaseWithoutProgressIsTakenBack) {
    const Job queued = queue();
    WorkerSession session(context(), 1);
    greet(session);
    const auto granted = lease(session);
    for (int minute = 0; minute < 10; ++minute) {
        now += seconds(60);
        ask<wire::Ack>(session, renewal(granted, 0));
    }
    now += seconds(30);
    EXPECT_EQ(refusal(session, renewal(granted, 0)), ErrorCode::stale_lease);
    EXPECT_EQ(job(queued.id).state, JobState::queued);
    EXPECT_NE(job(queued.id).error->detail.find("no progress"), std::string::npos);
}

TEST_F(WorkerSessionTest, ACounterThatGrowsKeepsASlowJobAlive) {
    queue();
    WorkerSession session(context(), 1);
    greet(session);
    const auto granted = lease(session);
    for (std::uint64_t minute = 1; minute < 30; ++minute) {
        now += seconds(50);
        ask<wire::Ack>(session, renewal(granted, minute));
    }
}

TEST_F(WorkerSessionTest, ARejectionNamesItsReasonAndEndsTheJob) {
    const Job queued = queue();
    WorkerSession session(context(), 1);
    greet(session);
    const auto granted = lease(session);
    const Error gap{ErrorCode::missing_slices, "a gap of 8.0 mm after slice 3"};
    ask<wire::Ack>(session, wire::Complete{granted.job, granted.epoch, {JobState::rejected, gap, {}, ""}});
    EXPECT_EQ(job(queued.id).state, JobState::rejected);
    EXPECT_EQ(job(queued.id).error, gap);
}

TEST_F(WorkerSessionTest, APoisonousSeriesEndsAsFailed) {
    const Job queued = queue();
    for (std::uint64_t attempt = 1; attempt <= 3; ++attempt) {
        WorkerSession session(context(), attempt);
        greet(session);
        lease(session);
        session.end(SessionEnd::lost);
        now += seconds(3600);
    }
    EXPECT_EQ(job(queued.id).state, JobState::failed);
    EXPECT_EQ(job(queued.id).attempts, 3);
}

TEST_F(WorkerSessionTest, ASeriesThatGrewSinceItWasQueuedIsLeasedAsItIsNow) {
    const Job old = queue();
    archive.put(lumbar_series(orthanc_id('1'), 16));
    WorkerSession session(context(), 1);
    greet(session);
    const auto granted = lease(session);
    EXPECT_NE(granted.job, old.id);
    EXPECT_EQ(granted.instances.size(), 16u);
    EXPECT_EQ(job(old.id).state, JobState::canceled);
}

TEST_F(WorkerSessionTest, ASeriesThatHasGoneFailsItsJobAndTheQueueGoesOn) {
    const Job gone = queue('1');
    const Job next = queue('2');
    archive.remove(orthanc_id('1'));
    WorkerSession session(context(), 1);
    greet(session);
    EXPECT_EQ(lease(session).job, next.id);
    EXPECT_EQ(job(gone.id).state, JobState::failed);
    EXPECT_EQ(job(gone.id).error->code, ErrorCode::not_found);
}

TEST_F(WorkerSessionTest, WhenTheArchiveIsAwayTheJobWaitsInTheQueue) {
    const Job queued = queue();
    WorkerSession session(context(), 1);
    greet(session);
    archive.out_of_order = Error{ErrorCode::archive_unavailable, "away"};
    EXPECT_EQ(refusal(session, wire::LeaseRequest{}), ErrorCode::archive_unavailable);
    EXPECT_EQ(job(queued.id).state, JobState::queued);
}

TEST_F(WorkerSessionTest, AWorkerOfAnotherModelTakesOverTheQueueButNotWhatIsRunning) {
    const Job running = queue('1');
    WorkerSession old_worker(context(), 1);
    greet(old_worker, "d1");
    lease(old_worker);
    const Job waiting = queue('2');
    WorkerSession new_worker(context(), 2);
    greet(new_worker, "d2");
    EXPECT_EQ(job(running.id).model_digest, "d1");
    EXPECT_EQ(lease(new_worker).job, waiting.id);
    EXPECT_EQ(job(waiting.id).model_digest, "d2");
}

TEST_F(WorkerSessionTest, AJobOfAModelThatNobodyServesIsAdoptedWhenItComesBack) {
    const Job running = queue();
    WorkerSession old_worker(context(), 1);
    greet(old_worker, "d1");
    lease(old_worker);
    WorkerSession new_worker(context(), 2);
    greet(new_worker, "d2");
    old_worker.end(SessionEnd::lost);
    now += seconds(3600);
    EXPECT_EQ(lease(new_worker).job, running.id);
    EXPECT_EQ(job(running.id).model_digest, "d2");
}

TEST_F(WorkerSessionTest, HealthSeesTheWorkerAndItsJob) {
    const Job queued = queue();
    WorkerSession session(context(), 7);
    greet(session);
    lease(session);
    ASSERT_EQ(registry.workers().size(), 1u);
    EXPECT_EQ(registry.workers()[0].name, "host:1");
    EXPECT_EQ(registry.workers()[0].job, queued.id);
    session.end(SessionEnd::lost);
    EXPECT_TRUE(registry.workers().empty());
}

TEST_F(WorkerSessionTest, WithoutADatabaseTheWorkerIsSentAwayToComeAgain) {
    ReopeningStore closed_slot(folder.file("never-opened.db"));
    SessionContext without{closed_slot, archive, intake, delivery, registry, log, {}, [this] { return now; }};
    WorkerSession session(without, 1);
    EXPECT_EQ(refusal(session, wire::Hello{wire::kProtocolVersion, "w", "1", "m", "d"}),
              ErrorCode::database_unavailable);
    EXPECT_TRUE(closed);
}

}  // namespace worker_session_test
}  // namespace spineseg

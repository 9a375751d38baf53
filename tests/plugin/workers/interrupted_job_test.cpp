// SPDX-License-Identifier: GPL-3.0-or-later
// Faults of the database and clocks that jump: no attempt is lost to them, and no living lease.
#include <gtest/gtest.h>

#include <filesystem>

#include "db/sqlite.h"
#include "tests/plugin/workers/session_fixture.h"

namespace spineseg {
namespace interrupted_job_test {

using std::chrono::hours;
using std::chrono::seconds;

class InterruptedJobTest : public SessionTest {
  protected:
    /// As another program locks it; a call then fails after 20 ms.
    struct Lock {
        explicit Lock(const std::string& file) : database(file, seconds(1)), transaction(database) {}
        sqlite::Database database;
        sqlite::Transaction transaction;
    };
    Result<int> end_leases() {
        const auto steady = std::chrono::steady_clock::time_point((now - wall_is_ahead).time_since_epoch());
        return store().end_leases(
            [&](const std::string& id, std::int64_t epoch) { return registry.holder_of(id, epoch, steady); });
    }
};

// Symptom: a database that was locked for more than 5 s failed jobs for good at the first attempt.
TEST_F(InterruptedJobTest, ALockedDatabaseInterruptsAJobAndSpendsNoAttempt) {
    const Job queued = queue();
    WorkerSession session(context(), 1);
    greet(session);
    const auto granted = lease(session);
    {
        const Lock lock(folder.file("queue.db"));
        EXPECT_EQ(refusal(session, result(granted, 'a')), ErrorCode::database_unavailable);
    }
    ask<wire::Ack>(session, completion(granted, "", Error{ErrorCode::database_unavailable, "locked"}));
    EXPECT_EQ(job(queued.id).state, JobState::queued);
    EXPECT_EQ(job(queued.id).attempts, 0);
    EXPECT_TRUE(archive.stored.empty());
    ask<wire::NoWork>(session, wire::LeaseRequest{});
    now += seconds(3);
    EXPECT_EQ(lease(session).job, queued.id);
}

TEST_F(InterruptedJobTest, AWorkerKeepsItsLeaseWhileTheDatabaseIsLocked) {
    const Job queued = queue();
    WorkerSession session(context(), 1);
    greet(session);
    const auto granted = lease(session);
    {
        const Lock lock(folder.file("queue.db"));
        for (std::uint64_t i = 1; i < 10; ++i) {
            now += seconds(50);
            ask<wire::Ack>(session, renewal(granted, i));
        }
    }
    EXPECT_EQ(end_leases().value(), 0);
    ask<wire::Stored>(session, result(granted, 'a'));
    ask<wire::Ack>(session, completion(granted, "{}"));
    EXPECT_EQ(job(queued.id).state, JobState::done);
}

TEST_F(InterruptedJobTest, AWorkerThatLeavesWhileTheDatabaseIsLockedCostsNoAttempt) {
    const Job queued = queue();
    WorkerSession session(context(), 1);
    greet(session);
    lease(session);
    {
        const Lock lock(folder.file("queue.db"));
        session.end(SessionEnd::lost);
    }
    EXPECT_EQ(end_leases().value(), 1);
    EXPECT_EQ(job(queued.id).state, JobState::queued);
    EXPECT_EQ(job(queued.id).attempts, 0);
}

TEST_F(InterruptedJobTest, AFullArchiveSpendsNoAttempt) {
    const Job queued = queue();
    WorkerSession session(context(), 1);
    greet(session);
    const auto granted = lease(session);
    ask<wire::Ack>(session, completion(granted, "", Error{ErrorCode::storage_full, "full"}));
    EXPECT_EQ(job(queued.id).attempts, 0);
    EXPECT_EQ(job(queued.id).state, JobState::queued);
}

// Symptom: Orthanc's disk failed for a minute, and jobs that read or stored meanwhile lost their attempts.
TEST_F(InterruptedJobTest, AnArchiveThatFailsDuringAJobSpendsNoAttempt) {
    const Job queued = queue();
    WorkerSession session(context(), 1);
    greet(session);
    for (int i = 0; i < 5; ++i) {
        const auto granted = lease(session);
        archive.out_of_order = Error{ErrorCode::archive_unavailable, "broken"};
        EXPECT_EQ(refusal(session, wire::FetchInstance{granted.job, granted.epoch, 0}),
                  ErrorCode::archive_unavailable);
        EXPECT_EQ(refusal(session, result(granted, 'a')), ErrorCode::archive_unavailable);
        ask<wire::Ack>(session, completion(granted, "", Error{ErrorCode::archive_unavailable, "broken"}));
        archive.out_of_order.reset();
        EXPECT_EQ(job(queued.id).attempts, 0);
        now += seconds(61);
    }
    EXPECT_EQ(job(queued.id).state, JobState::queued);
}

TEST_F(InterruptedJobTest, AnArchiveThatIsAwayAtTheLeaseSpendsNoAttempt) {
    const Job queued = queue();
    WorkerSession session(context(), 1);
    greet(session);
    archive.out_of_order = Error{ErrorCode::archive_unavailable, "away"};
    EXPECT_EQ(refusal(session, wire::LeaseRequest{}), ErrorCode::archive_unavailable);
    EXPECT_EQ(job(queued.id).attempts, 0);
}

// Symptom: the clock was set forward by two hours, and a worker that renewed its lease lost it.
TEST_F(InterruptedJobTest, ALivingLeaseOutlivesAClockThatIsSetForward) {
    queue();
    WorkerSession session(context(), 1);
    greet(session);
    const auto granted = lease(session);
    now += hours(2);
    wall_is_ahead = hours(2);
    EXPECT_EQ(end_leases().value(), 0);
    ask<wire::Ack>(session, renewal(granted, 0));
    EXPECT_EQ(end_leases().value(), 0);
}

// Symptom: Orthanc was killed, the clock was set back by two hours: the job was "running" without a worker for two hours.
TEST_F(InterruptedJobTest, ALeaseOfBeforeARestartEndsAtOnceWhateverTheClockSays) {
    const Job queued = queue();
    ASSERT_TRUE(store().lease("killed", "", seconds(60)).value());
    now -= hours(2);
    EXPECT_EQ(end_leases().value(), 1);
    EXPECT_EQ(job(queued.id).state, JobState::queued);
    EXPECT_EQ(job(queued.id).attempts, 0) << "it was not the job's fault";
    now += seconds(3);
    EXPECT_TRUE(store().lease("next", "", seconds(60)).value());
}

TEST_F(InterruptedJobTest, AWorkerThatIsConnectedAndDoesNotRenewLosesItsLease) {
    const Job queued = queue();
    WorkerSession session(context(), 1);
    greet(session);
    lease(session);
    now += seconds(61);
    EXPECT_EQ(end_leases().value(), 1);
    EXPECT_EQ(job(queued.id).attempts, 1);
}

// A session keeps a job of a database that is no more: its results would be nobody's.
TEST_F(InterruptedJobTest, AJobOfADatabaseThatIsNoMoreIsDropped) {
    queue();
    WorkerSession session(context(), 1);
    greet(session);
    const auto granted = lease(session);
    ASSERT_TRUE(JobStore::open(folder.file("another.db")));
    std::filesystem::rename(folder.file("another.db"), folder.file("queue.db"));
    EXPECT_FALSE(slot.get());
    ask<wire::Ack>(session, renewal(granted, 1));
    ASSERT_TRUE(slot.open());
    EXPECT_EQ(refusal(session, renewal(granted, 2)), ErrorCode::stale_lease);
    EXPECT_FALSE(closed);
    ask<wire::NoWork>(session, wire::LeaseRequest{});
}

}  // namespace interrupted_job_test
}  // namespace spineseg

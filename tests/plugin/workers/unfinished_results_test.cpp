// SPDX-License-Identifier: GPL-3.0-or-later
// What an attempt brings into the archive and does not finish leaves it again, and a deleted source stays deleted.
#include <gmock/gmock.h>

#include "plugin/results/leftover_removal.h"
#include "tests/plugin/workers/session_fixture.h"

namespace spineseg {
namespace unfinished_results_test {

using testing::ElementsAre;
using testing::IsEmpty;

class UnfinishedResultsTest : public SessionTest {
  protected:
    void sweep() { ASSERT_TRUE(LeftoverRemoval(archive, log).sweep(store())); }
    void done(WorkerSession& session, const wire::LeaseGranted& granted) {
        ask<wire::Ack>(session, completion(granted, "{}"));
    }
};

// Symptom: DELETE /studies/X while a result was stored: Orthanc made the study anew, with the result alone.
TEST_F(UnfinishedResultsTest, AStudyThatIsDeletedWhileAResultIsStoredStaysDeleted) {
    const Job queued = queue();
    WorkerSession session(context(), 1);
    greet(session);
    const auto granted = lease(session);
    ask<wire::Stored>(session, result(granted, 'a'));
    archive.while_storing = [this] { archive.remove(orthanc_id('1')); };
    EXPECT_EQ(refusal(session, result(granted, 'b')), ErrorCode::stale_lease);
    EXPECT_FALSE(closed);
    EXPECT_THAT(archive.stored, IsEmpty()) << "the first result too: it would stand there without a source";
    EXPECT_EQ(job(queued.id).state, JobState::canceled);
    EXPECT_THAT(job(queued.id).results, IsEmpty());
    ask<wire::NoWork>(session, wire::LeaseRequest{});
}

TEST_F(UnfinishedResultsTest, NothingIsStoredOnceTheSourceHasGone) {
    queue();
    WorkerSession session(context(), 1);
    greet(session);
    const auto granted = lease(session);
    ask<wire::Stored>(session, result(granted, 'a'));
    archive.remove(orthanc_id('1'));
    bool asked_to_store = false;
    archive.while_storing = [&] { asked_to_store = true; };
    EXPECT_EQ(refusal(session, result(granted, 'b')), ErrorCode::stale_lease);
    EXPECT_FALSE(asked_to_store);
}

TEST_F(UnfinishedResultsTest, AJobIsNotDoneOnASourceThatHasGone) {
    const Job queued = queue();
    WorkerSession session(context(), 1);
    greet(session);
    const auto granted = lease(session);
    ask<wire::Stored>(session, result(granted, 'a'));
    archive.remove(orthanc_id('1'));
    EXPECT_EQ(refusal(session, completion(granted, "{}")), ErrorCode::stale_lease);
    EXPECT_EQ(job(queued.id).state, JobState::canceled);
    EXPECT_THAT(archive.stored, IsEmpty());
}

// Symptom: a series that was deleted during storing left the canceled job's partial results without a source.
TEST_F(UnfinishedResultsTest, WhatACanceledJobHadStoredIsTakenOut) {
    const Job queued = queue();
    WorkerSession session(context(), 1);
    greet(session);
    ask<wire::Stored>(session, result(lease(session), 'a'));
    ASSERT_TRUE(intake.forget(store(), orthanc_id('1')));
    sweep();
    EXPECT_THAT(archive.stored, IsEmpty());
    EXPECT_THAT(job(queued.id).results, IsEmpty());
    EXPECT_THAT(*store().leftovers().due(10), IsEmpty());
}

// Symptom: a worker stored two objects and died, one with another model finished: five results in the archive, two of
// them of the old model.
TEST_F(UnfinishedResultsTest, ResultsAreOfOneModelAndOneAttempt) {
    const Job queued = queue();
    WorkerSession first(context(), 1);
    greet(first, "old model");
    const auto lost = lease(first);
    ask<wire::Stored>(first, result(lost, 'a'));
    ask<wire::Stored>(first, result(lost, 'b'));
    first.end(SessionEnd::lost);
    now += std::chrono::hours(1);
    WorkerSession second(context(), 2);
    greet(second, "new model");
    const auto granted = lease(second);
    ASSERT_EQ(granted.job, queued.id);
    ask<wire::Stored>(second, result(granted, 'c'));
    done(second, granted);
    sweep();
    EXPECT_EQ(archive.stored, std::set<std::string>{"c"});
    ASSERT_EQ(job(queued.id).results.size(), 1U);
    EXPECT_EQ(job(queued.id).results[0].orthanc_instance_id, "stored-c");
}

TEST_F(UnfinishedResultsTest, AnObjectThatTheNextAttemptMakesAgainStays) {
    const Job queued = queue();
    WorkerSession first(context(), 1);
    greet(first);
    ask<wire::Stored>(first, result(lease(first), 'a'));
    first.end(SessionEnd::lost);
    now += std::chrono::hours(1);
    WorkerSession second(context(), 2);
    greet(second);
    const auto granted = lease(second);
    ask<wire::Stored>(second, result(granted, 'a'));
    sweep();
    done(second, granted);
    sweep();
    EXPECT_EQ(archive.stored, std::set<std::string>{"a"});
    EXPECT_EQ(job(queued.id).results.size(), 1U);
}

// Symptom: a cancel during a rerun deleted the older, valid result.
TEST_F(UnfinishedResultsTest, ACancelDuringARerunLeavesTheResultsOfTheRunBefore) {
    const Job queued = queue();
    WorkerSession session(context(), 1);
    greet(session);
    auto granted = lease(session);
    ask<wire::Stored>(session, result(granted, 'a'));
    done(session, granted);
    ASSERT_TRUE(intake.request(store(), queued.orthanc_series_id, {}));
    granted = lease(session);
    ask<wire::Stored>(session, result(granted, 'a'));
    ask<wire::Stored>(session, result(granted, 'b'));
    ASSERT_TRUE(store().cancel(granted.job));
    sweep();
    EXPECT_EQ(archive.stored, std::set<std::string>{"a"});
    EXPECT_EQ(job(queued.id).results.size(), 1U);
}

TEST_F(UnfinishedResultsTest, WhatWasInTheArchiveBeforeIsNeverTakenOut) {
    queue();
    WorkerSession session(context(), 1);
    greet(session);
    const auto granted = lease(session);
    archive.stored = {"a", "b"};
    // An archive that overwrites says "stored" of what it held: only the look before tells.
    archive.instances_by_uid["1.2.3." + std::to_string('b')] = {"stored-b"};
    archive.while_storing = [this] { archive.stored.erase("b"); };
    ask<wire::Stored>(session, result(granted, 'a'));
    ask<wire::Stored>(session, result(granted, 'b'));
    ask<wire::Ack>(session, completion(granted, "", Error{ErrorCode::model_invalid, "x"}));
    sweep();
    EXPECT_THAT(archive.deleted, IsEmpty());
}

// Orthanc was killed between the storing and the writing down: the object was nobody's, and stayed.
TEST_F(UnfinishedResultsTest, WhatWasStoredAndNeverWrittenDownIsFoundByItsUid) {
    const Job queued = queue();
    const auto lease = store().lease("w", "", std::chrono::seconds(60));
    ASSERT_TRUE(store().leftovers().announce(queued.id, (*lease)->epoch, "1.2.3.97"));
    archive.stored = {"a"};
    archive.instances_by_uid["1.2.3.97"] = {"stored-a"};
    sweep();
    EXPECT_THAT(archive.deleted, IsEmpty()) << "the attempt is under way";
    ASSERT_TRUE(store().abandon(queued.id, (*lease)->epoch, {ErrorCode::worker_lost, ""}));
    sweep();
    EXPECT_THAT(archive.deleted, ElementsAre("stored-a"));
}

TEST_F(UnfinishedResultsTest, AnArchiveThatIsAwayIsAskedAgain) {
    const Job queued = queue();
    WorkerSession session(context(), 1);
    greet(session);
    ask<wire::Stored>(session, result(lease(session), 'a'));
    ASSERT_TRUE(store().cancel(queued.id));
    archive.out_of_order = Error{ErrorCode::archive_unavailable, "away"};
    EXPECT_FALSE(LeftoverRemoval(archive, log).sweep(store()));
    archive.out_of_order.reset();
    sweep();
    EXPECT_THAT(archive.stored, IsEmpty());
}

}  // namespace unfinished_results_test
}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
// The database is removed, or replaced by an old copy, while results are stored: what an attempt brought into the archive
// and nobody finishes leaves it all the same, and nothing else does.
#include <gmock/gmock.h>

#include "plugin/results/leftover_removal.h"
#include "tests/plugin/workers/session_fixture.h"

namespace spineseg {
namespace lost_database_test {

using testing::ElementsAre;
using testing::IsEmpty;

class LostDatabaseTest : public SessionTest {
  protected:
    LostDatabaseTest() {
        // What is in the archive is found by its UID, whoever stored it.
        for (const char letter : {'a', 'b'}) archive.instances_by_uid["1.2.3." + std::to_string(letter)] = {};
    }
    void SetUp() override {
        SessionTest::SetUp();
        greet(first);
        queued = queue();
        granted = lease(first);
    }
    void stored(char letter) {
        ask<wire::Stored>(first, result(granted, static_cast<std::uint8_t>(letter)));
        is_found(letter);
    }
    void is_found(char letter) {
        archive.instances_by_uid["1.2.3." + std::to_string(letter)] = {std::string("stored-") + letter};
    }
    /// Another database instead of the one that the job is in.
    JobStore& new_database() {
        other = *JobStore::open(folder.file("new.db"));
        return *other;
    }
    Result<int> sweep(JobStore& database) { return LeftoverRemoval(archive, log).sweep(database); }

    SessionContext replacing_context() {
        const auto plain = context();
        return {plain.store,  plain.archive, plain.intake, replacing,  plain.registry, plain.log,
                plain.limits, plain.clock,   plain.models, plain.gate, plain.steady};
    }

    Delivery replacing{archive, log, {.superseded = SupersededPolicy::remove}};
    WorkerSession first{replacing_context(), 1};
    Job queued;
    wire::LeaseGranted granted;
    std::unique_ptr<JobStore> other;
};

// Symptom: the database was removed while a worker had stored one of two results; another model did the series, and the
// first one's object stayed beside the whole set.
TEST_F(LostDatabaseTest, WhatAnAttemptOfALostDatabaseStoredIsTakenOut) {
    stored('a');
    EXPECT_TRUE(sweep(new_database()));
    EXPECT_THAT(archive.stored, IsEmpty());
    EXPECT_EQ(archive.storing, "");
}

TEST_F(LostDatabaseTest, WhatWasStoredAndNotWrittenDownInTheLostDatabaseIsTakenOut) {
    archive.while_storing = [this] {
        archive.keeps_notes = false;
    };  // from here on as if Orthanc were killed
    stored('a');
    archive.keeps_notes = true;
    EXPECT_NE(archive.storing, "") << "noted before it was stored";
    EXPECT_TRUE(sweep(new_database()));
    EXPECT_THAT(archive.deleted, ElementsAre("stored-a"));
}

TEST_F(LostDatabaseTest, ANoteOfWhatWasNeverStoredGoes) {
    archive.storing = "stores a-job 1.2.3.97 " + queued.orthanc_study_id + "\nno note\n";
    EXPECT_TRUE(sweep(new_database()));
    EXPECT_THAT(archive.deleted, IsEmpty());
    EXPECT_EQ(archive.storing, "");
}

TEST_F(LostDatabaseTest, NothingIsStoredThatIsNotNoted) {
    archive.keeps_notes = false;
    EXPECT_EQ(refusal(first, result(granted, 'a')), ErrorCode::storage_full);
    EXPECT_THAT(archive.stored, IsEmpty());
}

TEST_F(LostDatabaseTest, TheResultsOfADoneJobOutliveItsDatabase) {
    stored('a');
    ask<wire::Ack>(first, completion(granted, "{}"));
    EXPECT_EQ(archive.storing, "") << "before the results are sent on";
    EXPECT_TRUE(sweep(new_database()));
    EXPECT_THAT(archive.deleted, IsEmpty());
}

/// Orthanc was killed between the end of the job and the end of its notes.
TEST_F(LostDatabaseTest, NotesOfADoneJobGoAndItsResultsStay) {
    stored('a');
    const auto notes = archive.storing;
    ask<wire::Ack>(first, completion(granted, "{}"));
    archive.storing = notes;
    EXPECT_TRUE(sweep(store()));
    EXPECT_THAT(archive.deleted, IsEmpty());
    EXPECT_EQ(archive.storing, "");
}

TEST_F(LostDatabaseTest, NotesOfALiveAttemptStay) {
    stored('a');
    const auto notes = archive.storing;
    EXPECT_TRUE(sweep(store()));
    EXPECT_EQ(archive.storing, notes);
    EXPECT_THAT(archive.deleted, IsEmpty());
}

/// The old copy knows the job, but not what it stored since.
TEST_F(LostDatabaseTest, AnOldCopyThatKnowsTheJobTakesOutWhatItDoesNotKnow) {
    NewJob same{.orthanc_series_id = queued.orthanc_series_id, .fingerprint = queued.fingerprint};
    auto& old = new_database();
    ASSERT_TRUE(old.enqueue(same));
    stored('a');
    EXPECT_TRUE(sweep(old));
    EXPECT_THAT(archive.deleted, ElementsAre("stored-a"));
}

TEST_F(LostDatabaseTest, WhatWasInTheArchiveBeforeIsNeverNoted) {
    archive.stored = {"a"};
    is_found('a');
    stored('a');
    EXPECT_EQ(archive.storing, "");
    EXPECT_TRUE(sweep(new_database()));
    EXPECT_THAT(archive.deleted, IsEmpty());
}

/// Somebody corrected the patient, and Orthanc kept the UIDs.
TEST_F(LostDatabaseTest, ACopyInAnotherStudyStays) {
    stored('a');
    archive.instances_by_uid["1.2.3.97"].push_back("copy");
    archive.places["copy"] = {"series-of-copy", orthanc_id('9')};
    EXPECT_TRUE(sweep(new_database()));
    EXPECT_THAT(archive.deleted, ElementsAre("stored-a"));
}

TEST_F(LostDatabaseTest, AnArchiveThatIsAwayIsAskedAgain) {
    stored('a');
    archive.out_of_order = Error{ErrorCode::archive_unavailable, "away"};
    EXPECT_FALSE(sweep(new_database()));
    archive.out_of_order.reset();
    EXPECT_TRUE(sweep(*other));
    EXPECT_THAT(archive.stored, IsEmpty());
}

// Symptom: what a broken attempt had left was not swept before the next attempt stored another object under the same UID,
// and that job failed with result_differs.
TEST_F(LostDatabaseTest, WhatAnAttemptLeftIsNotInTheWayOfTheNextOne) {
    stored('a');
    first.end(SessionEnd::lost);
    now += std::chrono::hours(1);
    WorkerSession second(context(), 2);
    greet(second);
    const auto again = lease(second);
    archive.held_instead["a"] = {'?'};
    archive.while_storing = [this] {
        if (archive.stored.empty()) archive.held_instead.clear();  // the one that was left has gone
    };
    EXPECT_FALSE(ask<wire::Stored>(second, result(again, 'a')).already_stored);
    EXPECT_THAT(archive.deleted, ElementsAre("stored-a"));
    EXPECT_EQ(archive.stored, std::set<std::string>{"a"});
}

/// The same, and the database that knew of it is lost.
TEST_F(LostDatabaseTest, WhatALostDatabaseLeftIsNotInTheWayEither) {
    archive.stored = {"b"};
    is_found('b');
    archive.storing = "stores a-job-of-before 1.2.3.98 " + queued.orthanc_study_id + "\n";
    archive.while_storing = [this] { EXPECT_THAT(archive.deleted, ElementsAre("stored-b")); };
    ask<wire::Stored>(first, result(granted, 'a'));
}

/// The setting Superseded is "Delete".
class ReplacedResultsTest : public LostDatabaseTest {
  protected:
    /// The job is done with 'a', and runs again to be done with 'b'.
    void run_again_up_to_the_end() {
        stored('a');
        ask<wire::Ack>(first, completion(granted, "{}"));
        ASSERT_TRUE(intake.request(store(), queued.orthanc_series_id, {}));
        granted = lease(first);
        stored('b');
    }
};

TEST_F(ReplacedResultsTest, WhatADoneJobReplacesIsDeletedAndTheNotesGo) {
    run_again_up_to_the_end();
    ask<wire::Ack>(first, completion(granted, "{}"));
    EXPECT_EQ(archive.stored, std::set<std::string>{"b"});
    EXPECT_EQ(archive.storing, "");
}

// Symptom: the archive could not delete when a job was done again, or Orthanc was killed then: a part of the older results
// stayed for ever.
TEST_F(ReplacedResultsTest, WhatCouldNotBeDeletedThenIsDeletedLater) {
    run_again_up_to_the_end();
    archive.refuses_to_delete = true;
    ask<wire::Ack>(first, completion(granted, "{}"));
    archive.refuses_to_delete = false;
    EXPECT_EQ(archive.stored, (std::set<std::string>{"a", "b"}));
    EXPECT_TRUE(sweep(store()));
    EXPECT_EQ(archive.stored, std::set<std::string>{"b"});
    EXPECT_EQ(archive.storing, "");
}

TEST_F(ReplacedResultsTest, ThatOutlivesTheDatabase) {
    run_again_up_to_the_end();
    archive.refuses_to_delete = true;
    ask<wire::Ack>(first, completion(granted, "{}"));
    archive.refuses_to_delete = false;
    EXPECT_TRUE(sweep(new_database()));
    EXPECT_EQ(archive.stored, std::set<std::string>{"b"});
}

/// The older results stay, and what was to replace them goes.
TEST_F(ReplacedResultsTest, AJobThatIsNotDoneReplacesNothing) {
    run_again_up_to_the_end();
    Job job = store().jobs()->at(0);
    ASSERT_TRUE(replacing.announce(store(), job, {},
                                   {{.sop_instance_uid = "1.2.3.97", .orthanc_instance_id = "stored-a"}}));
    EXPECT_TRUE(sweep(new_database()));
    EXPECT_EQ(archive.stored, std::set<std::string>{"a"});
    EXPECT_EQ(archive.storing, "");
}

}  // namespace lost_database_test
}  // namespace spineseg

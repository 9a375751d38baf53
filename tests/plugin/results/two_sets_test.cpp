// SPDX-License-Identifier: GPL-3.0-or-later
// Two models do the same series while databases are lost; the setting Superseded is "Delete". One set of results stays.
#include <gmock/gmock.h>

#include <filesystem>

#include "plugin/reconcile/reconciler.h"
#include "plugin/results/found_results.h"
#include "plugin/results/leftover_removal.h"
#include "tests/plugin/workers/session_fixture.h"

namespace spineseg {
namespace two_sets_test {

using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using Letters = std::set<std::string>;

class TwoSetsTest : public SessionTest {
  protected:
    void SetUp() override {
        SessionTest::SetUp();
        put_source();
        greet(first, "model a");
    }
    void put_source() {
        auto tags = lumbar_series(source);
        tags.last_update = now - std::chrono::minutes(1);
        archive.put(tags);
    }
    SessionContext context_of(ReopeningStore& database, Delivery& follows) {
        const auto plain = context();
        return {database,     plain.archive, plain.intake, follows,    plain.registry, plain.log,
                plain.limits, plain.clock,   plain.models, plain.gate, plain.steady};
    }
    static std::string uid_of(char letter) { return "1.2.3." + std::to_string(letter); }
    /// Whoever stored it.
    void is_in_the_archive(char letter) {
        const std::string instance = std::string("stored-") + letter;
        auto tags = lumbar_series(orthanc_id(letter), 1);
        tags.values["Modality"] = "SEG";
        tags.values["Manufacturer"] = "spineseg";
        tags.instances[0].orthanc_id = instance;
        archive.put(tags);
        archive.stored.insert(std::string(1, letter));
        archive.instances_by_uid[uid_of(letter)] = {instance};
        archive.tags_of_results[instance] = {"1.2.840.10008.5.1.4.1.1.66.4",
                                             uid_of(letter),
                                             "2.25.9",
                                             "AI Lumbar SEG RESEARCH",
                                             {lumbar_series(source).series_instance_uid}};
    }
    wire::LeaseGranted leased_and_stored(WorkerSession& session, char letter) {
        auto granted = lease(session);
        ask<wire::Stored>(session, result(granted, static_cast<std::uint8_t>(letter)));
        is_in_the_archive(letter);
        return granted;
    }
    void done(WorkerSession& session, char letter) {
        const auto granted = leased_and_stored(session, letter);
        ask<wire::Ack>(session, completion(granted, "{}"));
    }
    /// By the model that said hello last.
    Job ask_for(JobStore& database) {
        const auto job = intake.request(database, source, {});
        EXPECT_TRUE(job) << job.error().describe();
        return *job;
    }
    /// What the database holds now, as a backup keeps it.
    std::string backup() {
        for (const char* suffix : {"", "-wal"})
            std::filesystem::copy_file(folder.file(std::string("queue.db") + suffix),
                                       folder.file(std::string("backup.db") + suffix));
        return folder.file("backup.db");
    }
    Result<int> sweep(JobStore& database) { return LeftoverRemoval(archive, log).sweep(database); }

    const std::string source = orthanc_id('1');
    Delivery replacing{archive, log, {.superseded = SupersededPolicy::remove}};
    WorkerSession first{context_of(slot, replacing), 1};
    WorkerSession second{context_of(slot, replacing), 2};
    Intake one_output{archive, EligibilityRules::shipped(), {.outputs = {OutputObject::segmentation}}, log};
};

// Symptom: 1 of 826 series of a fault campaign ended with two whole sets. A job had been done again by another model, and
// before what it replaced was deleted, the database was replaced by a copy in which that job was still queued: the note of
// what it replaces was dropped.
TEST_F(TwoSetsTest, WhatADoneJobReplacedIsDeletedThoughAnOldCopySaysThatTheJobIsQueued) {
    ask_for(store());
    done(first, 'a');
    greet(second, "model b");
    ask_for(store());
    const auto copy = backup();
    archive.refuses_to_delete = true;
    done(second, 'b');
    archive.refuses_to_delete = false;
    ASSERT_EQ(archive.stored, (Letters{"a", "b"}));
    EXPECT_TRUE(sweep(**JobStore::open(copy)));
    EXPECT_EQ(archive.stored, Letters{"b"});
    EXPECT_EQ(archive.storing, "");
}

/// The end of the job was written into that database only.
TEST_F(TwoSetsTest, AJobWhoseEndIsLostReplacesNothingAndIsTakenOut) {
    ask_for(store());
    done(first, 'a');
    greet(second, "model b");
    ask_for(store());
    const auto copy = backup();
    const auto granted = leased_and_stored(second, 'b');
    archive.refuses_to_delete = true;
    archive.while_noting = [this] {
        archive.keeps_notes = archive.storing.find("replaces") == std::string::npos;
    };
    ask<wire::Ack>(second, completion(granted, "{}"));
    archive.while_noting = nullptr;
    archive.refuses_to_delete = false;
    archive.keeps_notes = true;
    ASSERT_THAT(archive.storing, HasSubstr("replaces"));
    EXPECT_TRUE(sweep(**JobStore::open(copy)));
    EXPECT_EQ(archive.stored, Letters{"a"});
    EXPECT_EQ(archive.storing, "");
}

// Symptom: a database that did not know of a series' results, and of which it was not yet known that another one was lost
// (its disk was full), had the series done by another model: both sets stayed.
TEST_F(TwoSetsTest, ResultsThatNoDatabaseKnowsAreReplacedAllTheSame) {
    ask_for(store());
    done(first, 'a');
    is_in_the_archive('c');  // made elsewhere from this series
    ReopeningStore fresh(folder.file("new.db"), [this] { return now; });
    ASSERT_TRUE(fresh.open());
    WorkerSession other(context_of(fresh, replacing), 3);
    greet(other, "model b");
    const Job job = ask_for(**fresh.get());
    done(other, 'b');
    EXPECT_EQ(archive.stored, (Letters{"b", "c"}));
    const auto journal = *(*fresh.get())->journal().of(job.id);
    EXPECT_THAT(journal,
                Contains(Field(&JournalEntry::detail, HasSubstr("a job that the database does not know"))));
}

TEST_F(TwoSetsTest, WhereOlderResultsAreKeptTheyStay) {
    WorkerSession keeping(context_of(slot, delivery), 3);
    greet(keeping, "model b");
    ask_for(store());
    done(keeping, 'a');
    greet(second, "model a");
    ask_for(store());
    WorkerSession again(context_of(slot, delivery), 4);
    greet(again, "model a");
    done(again, 'b');
    EXPECT_EQ(archive.stored, (Letters{"a", "b"}));
}

/// Two jobs of a series at once: what the first one was to delete has become a result of the second one.
TEST_F(TwoSetsTest, WhatIsAResultAgainIsNotDeletedAsReplaced) {
    ask_for(store());
    const auto granted = leased_and_stored(first, 'a');
    archive.storing += "deletes another-job " + uid_of('a') + " " + orthanc_id('e') + "\n";
    ask<wire::Ack>(first, completion(granted, "{}"));
    EXPECT_EQ(archive.stored, Letters{"a"});
    EXPECT_EQ(archive.storing, "");
}

TEST_F(TwoSetsTest, AJobWhoseResultLeftTheArchiveIsNotDoneAndRunsAgain) {
    const Job job = ask_for(store());
    const auto granted = leased_and_stored(first, 'a');
    archive.stored.clear();
    archive.remove(orthanc_id('a'));
    ask<wire::Ack>(first, completion(granted, "{}"));
    EXPECT_EQ(store().job(job.id)->state, JobState::queued);
    EXPECT_EQ(store().job(job.id)->attempts, 0);
}

// Symptom: a series was "done" with results that are not in the archive, and the set that had replaced them belonged to no
// job: a backup had been put in place from before the series was done again.
TEST_F(TwoSetsTest, TheResultsThatReplacedThoseOfAnOldCopyAreRecorded) {
    ask_for(store());
    done(first, 'a');
    const auto copy = backup();
    greet(second, "model b");
    ask_for(store());
    done(second, 'b');
    ASSERT_EQ(archive.stored, Letters{"b"});
    const auto old = *JobStore::open(copy);
    CopiedResults copied(archive, log, SupersededPolicy::remove);
    Reconciler reconciler(archive, one_output, copied, log);
    for (int round = 0; round < 2; ++round) {
        one_output.set_lost_until(now + std::chrono::seconds(1));
        while (*reconciler.next(*old)) continue;
        const auto jobs = *old->jobs();
        ASSERT_EQ(jobs.size(), 2U);
        EXPECT_EQ(jobs[0].state, JobState::done);
        ASSERT_EQ(jobs[0].results.size(), 1U);
        EXPECT_EQ(jobs[0].results[0].orthanc_instance_id, "stored-b");
        EXPECT_EQ(jobs[1].results[0].orthanc_instance_id, "stored-a");
    }
}

/// Deleted by a person: nothing took their place.
TEST_F(TwoSetsTest, ResultsThatWereDeletedAreNotMadeAgain) {
    ask_for(store());
    done(first, 'a');
    archive.stored.clear();
    archive.remove(orthanc_id('a'));
    one_output.set_lost_until(now + std::chrono::seconds(1));
    CopiedResults copied(archive, log, SupersededPolicy::remove);
    Reconciler reconciler(archive, one_output, copied, log);
    while (*reconciler.next(store())) continue;
    EXPECT_EQ(store().jobs()->size(), 1U);
}

/// Of what was made elsewhere and what was made here, that is taken with which a job was done here.
TEST_F(TwoSetsTest, MarkedResultsGoBeforeOthers) {
    ask_for(store());
    done(first, 'a');
    is_in_the_archive('c');
    const auto tags = *archive.series(source, {});
    const auto found = found_results(archive, tags, {OutputObject::segmentation}, log);
    ASSERT_EQ(found->size(), 1U);
    EXPECT_EQ(found->front().sop_instance_uid, uid_of('a'));
}

// Symptom: a job was handed out after its database had been put in place and before it was known to be another one: it had
// been done already, and was done a second time.
TEST_F(TwoSetsTest, NothingIsJudgedOrHandedOutBeforeADatabaseIsKnownForWhatItIs) {
    ask_for(store());
    intake.wait_for_memory();
    ask<wire::NoWork>(first, wire::LeaseRequest{});
    EXPECT_EQ(intake.consider(store(), source).error().code, ErrorCode::archive_unavailable);
    EXPECT_EQ(intake.request(store(), source, {}).error().code, ErrorCode::archive_unavailable);
    intake.set_lost_until(std::nullopt);
    EXPECT_TRUE(intake.consider(store(), source));
    lease(first);
}

}  // namespace two_sets_test
}  // namespace spineseg

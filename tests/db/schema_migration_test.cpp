// SPDX-License-Identifier: GPL-3.0-or-later
// Files of older versions are lifted to the present schema.
#include <gmock/gmock.h>

#include "db/schema.h"
#include "db/sqlite.h"
#include "tests/db/store_fixture.h"

namespace spineseg {
namespace schema_migration_test {

/// Takes back what the seventh version added.
constexpr const char* kWithoutTheSeventh =
    "DROP TRIGGER job_came; DROP TRIGGER job_changes; DROP TRIGGER job_went; DROP TRIGGER result_came; DROP TRIGGER "
    "result_moved; DROP TRIGGER journal_stays; DROP TRIGGER journal_is_appended; DROP TRIGGER journal_is_kept; DROP TRIGGER journal_horizon_moves_on; "
    "DROP TRIGGER attempt_is_noted; DROP TABLE latest_change; DROP TABLE journal_horizon; DROP TABLE scanner_name; DROP INDEX job_list; DROP "
    "INDEX job_created; DROP INDEX job_changed; DROP INDEX verdict_decided; DROP INDEX verdict_newest; DROP INDEX journal_written; ALTER TABLE "
    "job DROP COLUMN quality; ALTER TABLE job DROP COLUMN changed; ALTER TABLE job DROP COLUMN scheduled; ALTER TABLE "
    "job DROP COLUMN scanner_model; ALTER TABLE job DROP COLUMN manufacturer;"
    "CREATE TRIGGER journal_bound AFTER INSERT ON journal BEGIN DELETE FROM journal WHERE job_id = NEW.job_id AND number "
    "<= (SELECT number FROM journal WHERE job_id = NEW.job_id ORDER BY number DESC LIMIT 1 OFFSET 500); END;";
/// Takes back what the sixth version added.
constexpr const char* kWithoutTheSixth =
    "DROP TABLE leftover; ALTER TABLE result DROP COLUMN unfinished; ALTER TABLE job DROP COLUMN interruptions;";
/// Takes back what the fifth version added.
constexpr const char* kWithoutTheFifth =
    "DROP TRIGGER attempt_ends; DROP TRIGGER attempt_stays; DROP TRIGGER journal_bound; DROP TABLE attempt; DROP INDEX "
    "job_asked; ALTER TABLE job DROP COLUMN asked_by; ALTER TABLE journal DROP COLUMN user; ALTER TABLE journal DROP "
    "COLUMN address;";
/// Takes back what the fourth version added.
constexpr const char* kWithoutTheFourth =
    "DROP TABLE copied_result; DROP INDEX result_instance; DROP INDEX result_series; DROP INDEX "
    "result_missing; DROP INDEX job_study; ALTER TABLE result DROP COLUMN missing;";

class SchemaMigrationTest : public StoreTest {
  protected:
    std::int64_t pragma(const char* sql) {
        sqlite::Database database(file(), 1s);
        auto row = database.query(sql);
        return row.step() ? row.only_integer() : -1;
    }
};

TEST_F(SchemaMigrationTest, AFileOfTheFirstVersionIsLiftedAndItsJobsWaitSinceTheyCame) {
    const auto first = sure(open()->enqueue(new_job("a"))).job;
    now_ += 1h;
    {
        sqlite::Database database(file(), 1s);
        database.script(kWithoutTheSeventh);
        database.script(kWithoutTheSixth);
        database.script(kWithoutTheFifth);
        database.script(kWithoutTheFourth);
        database.script(
            "DROP TABLE journal; DROP INDEX job_ended; ALTER TABLE job DROP COLUMN queued; PRAGMA "
            "user_version = 1;");
    }
    const auto store = open();
    EXPECT_EQ(pragma("PRAGMA user_version"), 7);
    EXPECT_EQ(pragma("SELECT queued FROM job"), first.created.time_since_epoch().count());
    EXPECT_EQ(sure(store->lease("w", "model", 1min))->job.id, first.id);
}

TEST_F(SchemaMigrationTest, AFileOfTheSecondVersionGetsItsJournal) {
    {
        const auto store = open();
        sure(store->enqueue(new_job("a")));
    }
    {
        sqlite::Database database(file(), 1s);
        database.script(kWithoutTheSeventh);
        database.script(kWithoutTheSixth);
        database.script(kWithoutTheFifth);
        database.script(kWithoutTheFourth);
        database.script("DROP TABLE journal; PRAGMA user_version = 2");
    }
    const auto store = open();
    EXPECT_EQ(sure(store->jobs()).size(), 1u);
    ASSERT_TRUE(
        store->journal().append({"job-1", "sent", "modality PACS", "3 instance(s)", {}, {"alice", ""}}));
    const auto journal = sure(store->journal().of("job-1"));
    ASSERT_EQ(journal.size(), 1u);
    EXPECT_EQ(journal[0].subject, "modality PACS");
    EXPECT_TRUE(sure(store->journal().of("job-2")).empty());
}

TEST_F(SchemaMigrationTest, AFileOfTheThirdVersionKnowsNoMissingResults) {
    std::string id;
    {
        const auto store = open();
        id = sure(store->enqueue(new_job("a"))).job.id;
        const auto lease = sure(store->lease("w", "model", 1min));
        Outcome done;
        done.results = {result("1")};
        sure(store->complete(id, lease->epoch, done));
    }
    {
        sqlite::Database database(file(), 1s);
        database.script(kWithoutTheSeventh);
        database.script(kWithoutTheSixth);
        database.script(kWithoutTheFifth);
        database.script(kWithoutTheFourth);
        database.script("PRAGMA user_version = 3");
    }
    const auto store = open();
    EXPECT_FALSE(sure(store->job(id)).results.at(0).missing);
    EXPECT_EQ(sure(store->results().jobs_of({"i-1"})).size(), 1u);
}

TEST_F(SchemaMigrationTest, AFileOfTheFourthVersionKeepsItsJournalAndTheLastAttemptOfEachJob) {
    std::string id, waiting;
    {
        const auto store = open();
        id = sure(store->enqueue(new_job("a"))).job.id;
        const auto lease = sure(store->lease("w", "model", 1min));
        sure(store->complete(id, lease->epoch, failed_with(ErrorCode::model_invalid)));
        waiting = sure(store->enqueue(new_job("b"))).job.id;
        ASSERT_TRUE(store->journal().append({id, "sent", "modality PACS", "3 instance(s)", {}}));
        ASSERT_TRUE(store->journal().append({"of no job that there is", "sent", "", "", {}}));
    }
    {
        sqlite::Database database(file(), 1s);
        database.script(kWithoutTheSeventh);
        database.script(kWithoutTheSixth);
        database.script(kWithoutTheFifth);
        database.script("PRAGMA user_version = 4");
    }
    const auto store = open();
    const auto attempts = sure(store->attempts().of(id));
    ASSERT_EQ(attempts.size(), 1u);
    EXPECT_EQ(attempts[0].error, (Error{ErrorCode::model_invalid, "because"}));
    EXPECT_EQ(attempts[0].ended, now_);
    EXPECT_TRUE(sure(store->attempts().of(waiting)).empty());
    const auto journal = sure(store->journal().newest(10));
    ASSERT_FALSE(journal.empty());
    EXPECT_EQ(journal[0].by, Asker{});
    EXPECT_EQ(journal[0].subject, "modality PACS");
    for (const auto& entry : journal) EXPECT_NE(entry.job_id, "of no job that there is") << "they go";
}

TEST_F(SchemaMigrationTest, AFileOfTheFifthVersionKeepsItsResultsAndHasNoLeftovers) {
    std::string id;
    {
        const auto store = open();
        id = sure(store->enqueue(new_job("a"))).job.id;
        const auto lease = sure(store->lease("w", "model", 1min));
        ASSERT_TRUE(store->add_result(id, lease->epoch, result("1")));
    }
    {
        sqlite::Database database(file(), 1s);
        database.script(kWithoutTheSeventh);
        database.script(kWithoutTheSixth);
        database.script("PRAGMA user_version = 5");
    }
    const auto store = open();
    EXPECT_EQ(pragma("PRAGMA user_version"), 7);
    ASSERT_TRUE(store->release(id, 1));
    EXPECT_EQ(sure(store->job(id)).results.size(), 1u);
    EXPECT_TRUE(sure(store->leftovers().due(10)).empty());
}

TEST_F(SchemaMigrationTest, AFileOfTheSixthVersionIsLiftedAndItsJobsCanBeListedByTheirQuality) {
    std::string id;
    {
        const auto store = open();
        id = sure(store->enqueue(new_job("a"))).job.id;
        const auto lease = sure(store->lease("w", "model", 1min));
        Outcome done;
        done.summary_json = R"({"quality": {"verdict": "review"}})";
        sure(store->complete(id, lease->epoch, done));
    }
    {
        sqlite::Database database(file(), 1s);
        database.script(kWithoutTheSeventh);
        database.script("PRAGMA user_version = 6");
    }
    const auto store = open();
    EXPECT_EQ(pragma("PRAGMA user_version"), 7);
    JobFilter filter;
    filter.quality = JobQuality::review;
    EXPECT_EQ(sure(store->jobs(filter)).at(0).id, id);
    EXPECT_EQ(sure(store->control().mode()), QueueMode::running);
    EXPECT_EQ(sure(store->scanners({sure(store->job(id))})).at(id), Scanner{});
    EXPECT_FALSE(sure(store->journal().of(id)).empty());
    const auto last = sure(store->changes().since(std::nullopt)).last;
    sure(store->enqueue(new_job("b")));
    EXPECT_EQ(sure(store->changes().since(last)).jobs.size(), 1u);
}

}  // namespace schema_migration_test
}  // namespace spineseg

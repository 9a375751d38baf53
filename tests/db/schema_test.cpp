// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/schema.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "db/sqlite.h"
#include "tests/db/store_fixture.h"

namespace spineseg {
namespace schema_test {

namespace fs = std::filesystem;

/// Takes back what the eighth version added.
constexpr const char* kWithoutTheEighth = "DROP TABLE shadow_run;";
/// Takes back what the seventh version added.
constexpr const char* kWithoutTheSeventh =
    "DROP TRIGGER job_came; DROP TRIGGER job_changes; DROP TRIGGER job_went; DROP TRIGGER result_came; DROP TRIGGER "
    "result_moved; DROP TRIGGER journal_stays; DROP TRIGGER journal_is_appended; DROP TRIGGER journal_is_kept; DROP TRIGGER journal_horizon_moves_on; "
    "DROP TRIGGER attempt_is_noted; DROP TABLE latest_change; DROP TABLE journal_horizon; DROP INDEX job_list; DROP "
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

class SchemaTest : public StoreTest {
  protected:
    void expect_unavailable(const fs::path& path, const std::string& part_of_detail) {
        const auto store = JobStore::open(path);
        ASSERT_FALSE(store) << path;
        EXPECT_EQ(store.error().code, ErrorCode::database_unavailable);
        EXPECT_THAT(store.error().detail, testing::HasSubstr(part_of_detail));
        EXPECT_THAT(store.error().detail, testing::HasSubstr(path.filename().string()));
    }
    std::int64_t pragma(const char* sql) {
        sqlite::Database database(file(), 1s);
        auto row = database.query(sql);
        return row.step() ? row.only_integer() : -1;
    }
};

TEST_F(SchemaTest, ANewFileIsPrivateAndCarriesItsVersion) {
    const auto store = open();
    sure(store->enqueue(new_job("a")));
    for (const fs::path& path :
         {file(), fs::path(file().string() + "-wal"), fs::path(file().string() + "-shm")}) {
        struct stat status {};
        ASSERT_EQ(::stat(path.c_str(), &status), 0) << path;
        EXPECT_EQ(status.st_mode & 0777, 0600u) << path;
    }
    EXPECT_EQ(pragma("PRAGMA user_version"), 8);
    EXPECT_EQ(pragma("PRAGMA application_id"), 0x53505347);
}

TEST_F(SchemaTest, TheQueueIsDurableByWalAndFullSync) {
    open();
    sqlite::Database database(file(), 1s);
    sqlite::prepare_schema(database);
    const auto text = [&](const char* sql) {
        auto row = database.query(sql);
        row.step();
        return row.only_text();
    };
    EXPECT_EQ(text("PRAGMA journal_mode"), "wal");
    EXPECT_EQ(text("PRAGMA synchronous"), "2");  // FULL
    EXPECT_EQ(text("PRAGMA foreign_keys"), "1");
}

TEST_F(SchemaTest, ANewerSchemaIsRefusedAndLeftAlone) {
    open();
    { sqlite::Database(file(), 1s).script("PRAGMA user_version = 9"); }
    expect_unavailable(file(), "newer");
    EXPECT_EQ(pragma("PRAGMA user_version"), 9);
}

TEST_F(SchemaTest, AFileOfTheFirstVersionIsLiftedAndItsJobsWaitSinceTheyCame) {
    const auto first = sure(open()->enqueue(new_job("a"))).job;
    now_ += 1h;
    {
        sqlite::Database database(file(), 1s);
        database.script(kWithoutTheEighth);
        database.script(kWithoutTheSeventh);
        database.script(kWithoutTheSixth);
        database.script(kWithoutTheFifth);
        database.script(kWithoutTheFourth);
        database.script(
            "DROP TABLE journal; DROP INDEX job_ended; ALTER TABLE job DROP COLUMN queued; PRAGMA "
            "user_version = 1;");
    }
    const auto store = open();
    EXPECT_EQ(pragma("PRAGMA user_version"), 8);
    EXPECT_EQ(pragma("SELECT queued FROM job"), first.created.time_since_epoch().count());
    EXPECT_EQ(sure(store->lease("w", "model", 1min))->job.id, first.id);
}

TEST_F(SchemaTest, AFileOfTheSecondVersionGetsItsJournal) {
    {
        const auto store = open();
        sure(store->enqueue(new_job("a")));
    }
    {
        sqlite::Database database(file(), 1s);
        database.script(kWithoutTheEighth);
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

TEST_F(SchemaTest, AFileOfTheThirdVersionKnowsNoMissingResults) {
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
        database.script(kWithoutTheEighth);
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

TEST_F(SchemaTest, AFileOfTheFourthVersionKeepsItsJournalAndTheLastAttemptOfEachJob) {
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
        database.script(kWithoutTheEighth);
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

TEST_F(SchemaTest, AFileOfTheFifthVersionKeepsItsResultsAndHasNoLeftovers) {
    std::string id;
    {
        const auto store = open();
        id = sure(store->enqueue(new_job("a"))).job.id;
        const auto lease = sure(store->lease("w", "model", 1min));
        ASSERT_TRUE(store->add_result(id, lease->epoch, result("1")));
    }
    {
        sqlite::Database database(file(), 1s);
        database.script(kWithoutTheEighth);
        database.script(kWithoutTheSeventh);
        database.script(kWithoutTheSixth);
        database.script("PRAGMA user_version = 5");
    }
    const auto store = open();
    EXPECT_EQ(pragma("PRAGMA user_version"), 8);
    ASSERT_TRUE(store->release(id, 1));
    EXPECT_EQ(sure(store->job(id)).results.size(), 1u);
    EXPECT_TRUE(sure(store->leftovers().due(10)).empty());
}

TEST_F(SchemaTest, AFileOfTheSixthVersionIsLiftedAndItsJobsCanBeListedByTheirQuality) {
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
        database.script(kWithoutTheEighth);
        database.script(kWithoutTheSeventh);
        database.script("PRAGMA user_version = 6");
    }
    const auto store = open();
    EXPECT_EQ(pragma("PRAGMA user_version"), 8);
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

TEST_F(SchemaTest, AnotherProgramsDatabaseIsRefusedAndLeftAlone) {
    { sqlite::Database(file(), 1s).script("CREATE TABLE Resources (id INTEGER)"); }
    expect_unavailable(file(), "another program");
    EXPECT_EQ(pragma("SELECT count(*) FROM sqlite_schema"), 1);
}

TEST_F(SchemaTest, WhatIsNoDatabaseIsRefused) {
    std::ofstream(folder_ / "text.db") << std::string(5000, 'x');
    expect_unavailable(folder_ / "text.db", "not a database");
    expect_unavailable(folder_ / "absent" / "spineseg.db", "No such file");
    fs::create_directory(folder_ / "folder.db");
    expect_unavailable(folder_ / "folder.db", "directory");
}

TEST_F(SchemaTest, ADamagedFileIsRefused) {
    {
        const auto store = open();
        for (int i = 0; i < 200; ++i) sure(store->enqueue(new_job(std::to_string(i))));
    }
    std::fstream stream(file(), std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(static_cast<std::streamoff>(fs::file_size(file()) / 2));
    stream << std::string(8192, '\x5a');
    stream.close();
    expect_unavailable(file(), "");
}

TEST_F(SchemaTest, ALockHeldTooLongIsSaidAndPasses) {
    policy_.busy_timeout = 30ms;
    const auto store = open();
    {
        sqlite::Database other(file(), 1s);
        sqlite::Transaction transaction(other);
        const auto refused = store->enqueue(new_job("a"));
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, ErrorCode::database_unavailable);
        EXPECT_THAT(refused.error().detail, testing::HasSubstr("locked"));
    }
    EXPECT_TRUE(store->enqueue(new_job("a")));
}

/// No file may grow beyond the limit while it lives: what a full disk does to SQLite.
class FullDisk {
  public:
    explicit FullDisk(rlim_t bytes) : ignored_(::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        rlimit limit = before_;
        limit.rlim_cur = bytes;
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FullDisk() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        ::signal(SIGXFSZ, ignored_);
    }

  private:
    rlimit before_{};
    void (*ignored_)(int);
};

TEST_F(SchemaTest, AFullDiskLosesNothingThatWasAcknowledged) {
    const auto store = open();
    int acknowledged = 0;
    {
        const FullDisk full(1024 * 1024);
        while (true) {
            ASSERT_LT(acknowledged, 2000) << "the limit never struck";
            const auto enqueued = store->enqueue(new_job(std::to_string(acknowledged)));
            if (!enqueued) {
                EXPECT_EQ(enqueued.error().code, ErrorCode::database_unavailable);
                break;
            }
            ++acknowledged;
        }
        EXPECT_GT(acknowledged, 10);
        EXPECT_FALSE(store->values().set("key", std::string(std::size_t{2} << 20, 'x')));
        EXPECT_EQ(sure(store->counts()).queued, acknowledged) << "reading goes on";
    }
    EXPECT_TRUE(sure(store->enqueue(new_job("after"))).created) << "and so does writing, once there is room";
    EXPECT_EQ(sure(open()->counts()).queued, acknowledged + 1);
}

/// As the owner of the folder, who is not root, the store opened such a file and failed at the first change.
TEST_F(SchemaTest, AFileThatMayNotBeWrittenIsRefused) {
    open();
    fs::permissions(folder_, fs::perms::owner_all | fs::perms::others_read | fs::perms::others_exec);
    fs::permissions(file(), fs::perms::owner_read | fs::perms::others_read);
    const pid_t child = ::fork();
    if (child == 0) {
        if (::geteuid() == 0 && ::setuid(65534) != 0) ::_exit(2);  // root may write anything
        const auto store = JobStore::open(file());
        ::_exit(!store && store.error().code == ErrorCode::database_unavailable ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

}  // namespace schema_test
}  // namespace spineseg

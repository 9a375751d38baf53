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
    EXPECT_EQ(pragma("PRAGMA user_version"), 7);
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
    { sqlite::Database(file(), 1s).script("PRAGMA user_version = 8"); }
    expect_unavailable(file(), "newer");
    EXPECT_EQ(pragma("PRAGMA user_version"), 8);
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

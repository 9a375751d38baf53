// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/reopening_store.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>

#include "db/sqlite.h"
#include "tests/plugin/archive/fake_archive.h"

namespace spineseg {
namespace reopening_store_test {

namespace fs = std::filesystem;

class ReopeningStoreTest : public testing::Test {
  protected:
    std::string value(const std::string& key) {
        const auto store = slot.get();
        return store ? (*store)->values().get(key).value().value_or("none") : store.error().detail;
    }
    void set(const std::string& key, const std::string& value) {
        ASSERT_TRUE((*slot.get())->values().set(key, value));
    }
    /// A database of that value beside ours.
    std::string another(const std::string& key, const std::string& value) {
        auto other = folder.file("another.db");
        EXPECT_TRUE((*JobStore::open(other))->values().set(key, value));
        return other;
    }

    TemporaryFolder folder;
    const std::string file = folder.file("queue.db");
    ReopeningStore slot{file};
};

// Symptom: the file was moved away while it was open, health said "ok", and all was forgotten at the restart.
TEST_F(ReopeningStoreTest, AFileThatWasMovedAwayIsGivenUpAndComesBack) {
    ASSERT_TRUE(slot.open());
    set("key", "kept");
    fs::rename(file, folder.file("moved.db"));
    EXPECT_FALSE(slot.get());
    EXPECT_FALSE(slot.for_routes());
    EXPECT_FALSE(slot.open()) << "somebody may be about to put another one there";
    fs::rename(folder.file("moved.db"), file);
    ASSERT_TRUE(slot.open());
    EXPECT_EQ(value("key"), "kept") << "what was in the log went along";
    EXPECT_EQ(slot.openings(), 2);
}

TEST_F(ReopeningStoreTest, AFileThatIsPutInPlaceOfTheOpenOneIsOpened) {
    ASSERT_TRUE(slot.open());
    set("key", "old");
    fs::rename(another("key", "restored"), file);
    EXPECT_FALSE(slot.get());
    ASSERT_TRUE(slot.open());
    EXPECT_EQ(value("key"), "restored") << "nothing of the old file's log got into it";
}

/// A backup that was taken with its log: the log is not removed with the old file's.
TEST_F(ReopeningStoreTest, TheLogOfAFileThatIsPutInPlaceStays) {
    ASSERT_TRUE(slot.open());
    const auto copy = folder.file("copy.db");
    {
        const auto other = *JobStore::open(folder.file("another.db"));
        ASSERT_TRUE(other->values().set("key", "in the log"));
        fs::copy_file(folder.file("another.db"), copy);
        fs::copy_file(folder.file("another.db-wal"), copy + "-wal");
    }
    fs::rename(copy + "-wal", file + "-wal");
    fs::rename(copy, file);
    EXPECT_FALSE(slot.get());
    ASSERT_TRUE(slot.open());
    EXPECT_EQ(value("key"), "in the log");
}

TEST_F(ReopeningStoreTest, ARequestUnderWayKeepsTheOldFileAndNoneIsOpenedMeanwhile) {
    ASSERT_TRUE(slot.open());
    auto under_way = *slot.get();
    fs::rename(another("key", "new"), file);
    EXPECT_FALSE(slot.get());
    EXPECT_FALSE(slot.open());
    EXPECT_TRUE(under_way->counts());
    under_way.reset();
    ASSERT_TRUE(slot.open());
    EXPECT_EQ(value("key"), "new");
}

// Symptom: sixty clients of the health route blocked Orthanc for 30 s while the database was locked.
TEST_F(ReopeningStoreTest, ARouteReadsDuringALockAndWaitsAFifthOfASecondToWrite) {
    ASSERT_TRUE(slot.open());
    sqlite::Database other(file, std::chrono::seconds(1));
    const sqlite::Transaction lock(other);
    const auto routes = *slot.for_routes();
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_TRUE(routes->counts());
    EXPECT_FALSE(routes->values().set("key", "value"));
    const auto took = std::chrono::steady_clock::now() - begun;
    EXPECT_LT(took, std::chrono::milliseconds(1000));  // 200, and room for a busy machine
}

}  // namespace reopening_store_test
}  // namespace spineseg

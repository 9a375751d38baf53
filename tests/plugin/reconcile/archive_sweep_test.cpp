// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/reconcile/archive_sweep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugin/archive/archive_memory.h"
#include "tests/plugin/archive/fake_archive.h"

namespace spineseg {
namespace archive_sweep_test {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

class ArchiveSweepTest : public testing::Test {
  protected:
    static Timestamp at(std::int64_t seconds) { return Timestamp(milliseconds(seconds * 1000)); }
    void put(const std::string& id, std::int64_t changed, bool stable = true) {
        auto tags = lumbar_series(id);
        tags.last_update = at(changed);
        tags.stable = stable;
        archive.put(tags);
    }
    void judged(const std::string& id, std::int64_t when) {
        SeriesVerdict verdict;
        verdict.orthanc_series_id = id;
        verdict.decided = at(when);
        ASSERT_TRUE(store->verdicts().record(verdict));
    }
    std::vector<std::string> all(Timestamp since) {
        std::vector<std::string> found;
        while (sweep.running()) {
            const auto page = sweep.next(*store, since);
            if (!page) throw std::runtime_error(page.error().describe());
            found.insert(found.end(), page->begin(), page->end());
        }
        return found;
    }
    static std::string numbered(int number) {
        auto id = orthanc_id('0');
        const auto digits = std::to_string(number);
        return id.replace(0, digits.size(), digits);
    }

    TemporaryFolder folder;
    FakeArchive archive;
    std::unique_ptr<JobStore> store = std::move(*JobStore::open(folder.file("queue.db")));
    ArchiveSweep sweep{archive};
    const std::string one = orthanc_id('1'), two = orthanc_id('2'), three = orthanc_id('3');
};

// Symptom: the change log was cleared while the plugin was away, and what had arrived was never found.
TEST_F(ArchiveSweepTest, SeriesWithoutAVerdictAreFoundWithoutTheChangeLog) {
    put(one, 100);
    put(two, 100);
    judged(two, 101);
    put(three, 10);  // before the plugin came
    sweep.begin();
    EXPECT_THAT(all(at(50)), ElementsAre(one));
    EXPECT_EQ(archive.pages_read, 1);
}

TEST_F(ArchiveSweepTest, ASeriesThatGrewAfterItsVerdictIsFound) {
    put(one, 200);
    judged(one, 101);
    sweep.begin();
    EXPECT_THAT(all(at(0)), ElementsAre(one));
}

TEST_F(ArchiveSweepTest, ASeriesThatIsStillGrowingIsLeftToItsEvent) {
    put(one, 100, false);
    sweep.begin();
    EXPECT_THAT(all(at(0)), IsEmpty());
}

TEST_F(ArchiveSweepTest, ALargeArchiveIsReadInPagesOfAHundred) {
    for (int i = 100; i < 350; ++i) put(numbered(i), 100);
    sweep.begin();
    EXPECT_EQ(all(at(0)).size(), 250U);
    EXPECT_EQ(archive.pages_read, 3);
}

TEST_F(ArchiveSweepTest, ADeletionDuringTheSweepIsFollowedByAnotherOne) {
    for (int i = 100; i < 250; ++i) put(numbered(i), 100);
    sweep.begin();
    ASSERT_TRUE(sweep.next(*store, at(0)));
    archive.remove(numbered(100));  // the first of the second page is passed over
    sweep.series_left();
    const auto found = all(at(0));
    EXPECT_NE(std::find(found.begin(), found.end(), numbered(200)), found.end());
    EXPECT_FALSE(sweep.running());
}

TEST_F(ArchiveSweepTest, APageThatFailsIsReadAgain) {
    put(one, 100);
    sweep.begin();
    archive.out_of_order = Error{ErrorCode::archive_unavailable, "away"};
    EXPECT_FALSE(sweep.next(*store, at(0)));
    archive.out_of_order.reset();
    EXPECT_THAT(all(at(0)), ElementsAre(one));
}

TEST_F(ArchiveSweepTest, AFirstStartIsRememberedByTheArchive) {
    ArchiveMemory memory(archive);
    ASSERT_TRUE(memory.compare(*store, at(1000) + milliseconds(700)));
    EXPECT_EQ(memory.since(), at(1000)) << "what came within the second is not older than the plugin";
    EXPECT_EQ(memory.lost_until(), std::nullopt);
    ASSERT_TRUE(memory.note_judged(*store, at(1500)));

    ArchiveMemory restarted(archive);
    ASSERT_TRUE(restarted.compare(*store, at(2000)));
    EXPECT_EQ(restarted.since(), at(1000));
    EXPECT_EQ(restarted.lost_until(), std::nullopt);
}

// Symptom: a database that was moved away was taken for a first start: nothing was looked at again.
TEST_F(ArchiveSweepTest, ANewDatabaseLearnsSinceWhenTheArchiveIsOurs) {
    {
        ArchiveMemory memory(archive);
        ASSERT_TRUE(memory.compare(*store, at(1000)));
        ASSERT_TRUE(memory.note_judged(*store, at(1500)));
    }
    const auto fresh = *JobStore::open(folder.file("new.db"));
    ArchiveMemory memory(archive);
    ASSERT_TRUE(memory.compare(*fresh, at(2000)));
    EXPECT_EQ(memory.since(), at(1000));
    EXPECT_EQ(memory.lost_until(), at(2000));
}

TEST_F(ArchiveSweepTest, AFileThatReplacedAnotherMayBeOldWhateverItSays) {
    ArchiveMemory memory(archive);
    ASSERT_TRUE(memory.compare(*store, at(1000)));
    ASSERT_TRUE(memory.note_judged(*store, at(1500)));
    ASSERT_TRUE(memory.compare(*store, at(2000), true));
    EXPECT_EQ(memory.lost_until(), at(2000));
}

TEST_F(ArchiveSweepTest, AnOldCopyOfTheDatabaseIsKnownByItsTime) {
    ArchiveMemory memory(archive);
    ASSERT_TRUE(memory.compare(*store, at(1000)));
    ASSERT_TRUE(memory.note_judged(*store, at(1500)));
    ASSERT_TRUE(store->values().set("archive.judged", "1200000"));
    ArchiveMemory restarted(archive);
    ASSERT_TRUE(restarted.compare(*store, at(2000)));
    EXPECT_EQ(restarted.lost_until(), at(2000));
}

/// A backup was put in place and Orthanc restarted before all jobs of the backup were looked at: those that had been done
/// since by one model were done again by another, and both sets of results stayed.
TEST_F(ArchiveSweepTest, ARestartDoesNotForgetThatADatabaseWasLost) {
    ArchiveMemory memory(archive);
    ASSERT_TRUE(memory.compare(*store, at(1000)));
    ASSERT_EQ(memory.compare(*store, at(2000), true), true);
    ASSERT_TRUE(memory.note_judged(*store, at(2001)));
    ArchiveMemory restarted(archive);
    EXPECT_EQ(restarted.compare(*store, at(3000)), false) << "not lost anew";
    EXPECT_EQ(restarted.lost_until(), at(2000));
}

}  // namespace archive_sweep_test
}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/reconcile/change_log_cursor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/plugin/archive/fake_archive.h"

namespace spineseg {
namespace change_log_cursor_test {

using testing::ElementsAre;
using testing::IsEmpty;

class ChangeLogCursorTest : public testing::Test {
  protected:
    std::vector<std::string> all_of(ChangeLogCursor& cursor) {
        std::vector<std::string> found;
        for (;;) {
            const auto step = cursor.next(*store);
            if (!step) throw std::runtime_error(step.error().describe());
            found.insert(found.end(), step->series.begin(), step->series.end());
            if (step->done) return found;
        }
    }
    std::string saved_cursor() { return store->values().get("changes.cursor").value().value_or("none"); }

    TemporaryFolder folder;
    FakeArchive archive;
    std::unique_ptr<JobStore> store = std::move(*JobStore::open(folder.file("queue.db")));
    const std::string one = orthanc_id('1'), two = orthanc_id('2');
};

TEST_F(ChangeLogCursorTest, AFirstStartLeavesTheExistingArchiveAlone) {
    archive.log_change("NewSeries", one);
    archive.log_change("StableSeries", one);
    ChangeLogCursor cursor(archive);
    EXPECT_THAT(all_of(cursor), IsEmpty());
    EXPECT_EQ(saved_cursor(), "2");
}

TEST_F(ChangeLogCursorTest, ACrashBeforeTheFirstQuietMomentIsNoSecondFirstStart) {
    {
        ChangeLogCursor first(archive);
        all_of(first);
    }
    archive.log_change("NewSeries", one);
    ChangeLogCursor second(archive);
    EXPECT_THAT(all_of(second), ElementsAre(one));
}

TEST_F(ChangeLogCursorTest, AfterARestartWhatCameSinceTheCursorIsFoundInAllItsForms) {
    ASSERT_TRUE(store->values().set("changes.cursor", "1"));
    archive.put(lumbar_series(two));
    archive.log_change("NewSeries", orthanc_id('0'));
    archive.log_change("NewSeries", one);
    archive.log_change("NewPatient", orthanc_id('a'));
    archive.log_change("NewInstance", "instance-3-of-" + two);  // a late slice of an old series
    archive.log_change("NewInstance", "gone");
    ChangeLogCursor cursor(archive);
    EXPECT_THAT(all_of(cursor), ElementsAre(one, two));
}

TEST_F(ChangeLogCursorTest, ALongLogIsReadInPages) {
    ASSERT_TRUE(store->values().set("changes.cursor", "0"));
    for (int i = 0; i < 450; ++i) archive.log_change("StableSeries", i % 2 == 0 ? one : two);
    ChangeLogCursor cursor(archive);
    int pages = 1;
    while (!cursor.next(*store)->done) ++pages;
    EXPECT_EQ(pages, 3);
}

// A page of 200 new instances was looked up in one step, 200 REST calls, and a worker's heartbeat waited for all of
// them.
TEST_F(ChangeLogCursorTest, AStepLooksUpOneInstanceAndThePagesSeriesComeWithItsLast) {
    ASSERT_TRUE(store->values().set("changes.cursor", "0"));
    archive.put(lumbar_series(two));
    archive.log_change("NewSeries", one);
    for (int i = 0; i < 20; ++i) archive.log_change("NewInstance", "instance-3-of-" + two);
    ChangeLogCursor cursor(archive);
    for (int step = 0; step < 20; ++step) {
        const auto found = cursor.next(*store);
        ASSERT_TRUE(found);
        EXPECT_FALSE(found->done);
        EXPECT_THAT(found->series, IsEmpty());
        EXPECT_EQ(archive.instance_lookups, step);
    }
    const auto last = cursor.next(*store);
    EXPECT_TRUE(last->done);
    EXPECT_THAT(last->series, ElementsAre(one, two));
}

TEST_F(ChangeLogCursorTest, ALookUpThatFailsIsTriedAgain) {
    ASSERT_TRUE(store->values().set("changes.cursor", "0"));
    archive.put(lumbar_series(two));
    archive.log_change("NewInstance", "instance-3-of-" + two);
    ChangeLogCursor cursor(archive);
    ASSERT_TRUE(cursor.next(*store));
    archive.out_of_order = Error{ErrorCode::archive_unavailable, "away"};
    EXPECT_FALSE(cursor.next(*store));
    archive.out_of_order.reset();
    EXPECT_THAT(all_of(cursor), ElementsAre(two));
}

TEST_F(ChangeLogCursorTest, ReadingMovesNoCursorBecauseASeriesMayStillGrow) {
    ASSERT_TRUE(store->values().set("changes.cursor", "0"));
    archive.log_change("NewSeries", one);
    ChangeLogCursor cursor(archive);
    all_of(cursor);
    EXPECT_EQ(saved_cursor(), "0");
}

TEST_F(ChangeLogCursorTest, TheCursorFollowsOneQuietMomentBehind) {
    ASSERT_TRUE(store->values().set("changes.cursor", "0"));
    archive.log_change("NewSeries", one);
    ChangeLogCursor cursor(archive);
    all_of(cursor);
    ASSERT_TRUE(cursor.save_when_idle(*store));
    EXPECT_EQ(saved_cursor(), "0");
    archive.log_change("NewSeries", two);
    ASSERT_TRUE(cursor.save_when_idle(*store));
    EXPECT_EQ(saved_cursor(), "1");
    cursor.reset();
    ASSERT_TRUE(cursor.save_when_idle(*store));
    EXPECT_EQ(saved_cursor(), "1");
}

TEST_F(ChangeLogCursorTest, AnIndexThatWasReplacedIsReadFromItsStart) {
    ASSERT_TRUE(store->values().set("changes.cursor", "5000"));
    archive.log_change("NewSeries", one);
    ChangeLogCursor cursor(archive);
    EXPECT_THAT(all_of(cursor), ElementsAre(one));
}

TEST_F(ChangeLogCursorTest, ASpoiltCursorCountsAsAFirstStart) {
    ASSERT_TRUE(store->values().set("changes.cursor", "12monkeys"));
    archive.log_change("NewSeries", one);
    ChangeLogCursor cursor(archive);
    EXPECT_THAT(all_of(cursor), IsEmpty());
}

}  // namespace change_log_cursor_test
}  // namespace spineseg

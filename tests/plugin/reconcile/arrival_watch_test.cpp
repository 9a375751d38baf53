// SPDX-License-Identifier: GPL-3.0-or-later
// Series of which Orthanc never says that they are stable.
#include "plugin/reconcile/arrival_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/plugin/archive/fake_archive.h"

namespace spineseg {
namespace arrival_watch_test {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

class ArrivalWatchTest : public testing::Test {
  protected:
    ArrivalWatchTest() {
        archive.put(series);
        for (const auto& instance : series.instances) {
            ids.push_back(instance.orthanc_id);
            watch.arrived(instance.orthanc_id, begun);
        }
    }
    std::vector<std::string> overdue(seconds after) { return watch.overdue(begun + after).value(); }

    FakeArchive archive;
    ArrivalWatch watch{archive, seconds(10)};
    const SeriesTags series = lumbar_series(orthanc_id('1'));
    const ArrivalWatch::Instant begun{};
    std::vector<std::string> ids;
};

TEST_F(ArrivalWatchTest, ASeriesThatNobodyJudgedIsOverdueAfterThePatience) {
    EXPECT_THAT(overdue(seconds(9)), IsEmpty());
    EXPECT_THAT(overdue(seconds(10)), ElementsAre(orthanc_id('1')));
    EXPECT_THAT(overdue(seconds(11)), IsEmpty()) << "not at once again";
    EXPECT_THAT(overdue(seconds(20)), ElementsAre(orthanc_id('1')));
}

TEST_F(ArrivalWatchTest, WhatWasJudgedIsNot) {
    watch.judged(ids, begun);
    const int asked = archive.instance_lookups;
    EXPECT_THAT(overdue(seconds(20)), IsEmpty());
    EXPECT_EQ(archive.instance_lookups, asked) << "and costs no call";
}

TEST_F(ArrivalWatchTest, AnInstanceThatCameAgainAfterTheSeriesWasReadIs) {
    watch.arrived(ids[0], begun + seconds(2));
    watch.judged(ids, begun + seconds(1));
    EXPECT_THAT(overdue(seconds(12)), ElementsAre(orthanc_id('1')));
}

TEST_F(ArrivalWatchTest, WhatWasDeletedIsForgotten) {
    archive.remove(orthanc_id('1'));
    EXPECT_THAT(overdue(seconds(10)), IsEmpty());
    archive.put(series);
    EXPECT_THAT(overdue(seconds(20)), IsEmpty());
}

TEST_F(ArrivalWatchTest, AnArchiveThatIsAwayIsAskedAgain) {
    archive.out_of_order = Error{ErrorCode::archive_unavailable, "away"};
    EXPECT_FALSE(watch.overdue(begun + seconds(10)));
    archive.out_of_order.reset();
    EXPECT_THAT(overdue(seconds(11)), ElementsAre(orthanc_id('1')));
}

TEST_F(ArrivalWatchTest, WhatIsTooMuchIsSaidOnce) {
    for (std::size_t i = 0; i < ArrivalWatch::kMostKept; ++i) watch.arrived(std::to_string(i), begun);
    EXPECT_TRUE(watch.overflowed());
    EXPECT_FALSE(watch.overflowed());
}

}  // namespace arrival_watch_test
}  // namespace spineseg

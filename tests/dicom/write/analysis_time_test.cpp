// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/write/analysis_time.h"

#include <gtest/gtest.h>

namespace spineseg::dicom {
namespace analysis_time_test {

using namespace std::chrono_literals;

TEST(AnalysisTime, IsWrittenInItsZone) {
    const AnalysisTime time{Timestamp(1'795'342'272s + 999ms), 0};  // 2026-11-22 10:11:12 UTC
    EXPECT_EQ(time.date(), "20261122");
    EXPECT_EQ(time.time(), "101112");
    EXPECT_EQ(time.date_time(), "20261122101112+0000");
    EXPECT_EQ(time.in_zone(60).date_time(), "20261122111112+0100");
    EXPECT_EQ(time.in_zone(-11 * 60).date_time(), "20261121231112-1100") << "the day before";
    EXPECT_EQ(time.in_zone(14 * 60).date_time(), "20261123001112+1400");
    EXPECT_EQ(time.in_zone(345).date_time(), "20261122155612+0545");
    EXPECT_EQ(time.in_zone(-210).date_time(), "20261122064112-0330");
}

TEST(AnalysisTime, IsNotGivenUntilItIs) {
    EXPECT_FALSE(AnalysisTime{}.given());
    EXPECT_TRUE((AnalysisTime{Timestamp(1ms), 0}.given()));
}

TEST(AnalysisTime, AnOffsetIsReadOrNot) {
    EXPECT_EQ(utc_offset_of("+0000"), 0);
    EXPECT_EQ(utc_offset_of("+0545"), 345);
    EXPECT_EQ(utc_offset_of("-0330"), -210);
    EXPECT_EQ(utc_offset_of("+1400"), 840);
    EXPECT_EQ(utc_offset_of("-1200"), -720);
    for (const char* text :
         {"", "0100", "+01", "+01:00", "+1401", "-1201", "+0060", "+9900", "+01a0", "+0100 "})
        EXPECT_EQ(utc_offset_of(text), std::nullopt) << text;
}

}  // namespace analysis_time_test
}  // namespace spineseg::dicom

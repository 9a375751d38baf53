// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/intake/off_peak.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace spineseg {
namespace off_peak_test {

/// In Berlin, where the clock was put forward on 2026-03-29 at 02:00.
class OffPeakTest : public testing::Test {
  protected:
    OffPeakTest() { set("Europe/Berlin"); }
    ~OffPeakTest() override { set("UTC"); }
    static void set(const char* zone) {
        ::setenv("TZ", zone, 1);
        ::tzset();
    }
    static Timestamp utc(int month, int day, int hour, int minute) {
        const std::chrono::sys_days date{std::chrono::year(2026) / month / day};
        return Timestamp(date) + std::chrono::hours(hour) + std::chrono::minutes(minute);
    }
    const OffPeak night{20 * 60, 6 * 60};
    const OffPeak lunch{12 * 60, 13 * 60 + 30};
};

TEST_F(OffPeakTest, WithinTheHoursNobodyWaits) {
    EXPECT_FALSE(next_off_peak(night, utc(1, 10, 19, 0)));   // 20:00
    EXPECT_FALSE(next_off_peak(night, utc(1, 10, 4, 59)));   // 05:59
    EXPECT_FALSE(next_off_peak(lunch, utc(1, 10, 12, 29)));  // 13:29
}

TEST_F(OffPeakTest, OtherwiseTheyBeginTodayOrTomorrow) {
    EXPECT_EQ(next_off_peak(night, utc(1, 10, 5, 0)), utc(1, 10, 19, 0));    // 06:00
    EXPECT_EQ(next_off_peak(night, utc(1, 10, 18, 59)), utc(1, 10, 19, 0));  // 19:59
    EXPECT_EQ(next_off_peak(lunch, utc(1, 31, 12, 30)), utc(2, 1, 11, 0));   // 13:30 on the last of the month
}

TEST_F(OffPeakTest, TheyAreTimesOfTheWallClockOnTheDayThatItIsPutForward) {
    EXPECT_EQ(next_off_peak(night, utc(3, 28, 10, 0)), utc(3, 28, 19, 0));
    EXPECT_EQ(next_off_peak(night, utc(3, 29, 10, 0)), utc(3, 29, 18, 0));
    EXPECT_EQ(local_midnight(utc(3, 29, 10, 0)), utc(3, 28, 23, 0));
    EXPECT_EQ(local_midnight(utc(3, 30, 10, 0)), utc(3, 29, 22, 0));
}

}  // namespace off_peak_test
}  // namespace spineseg

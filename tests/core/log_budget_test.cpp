// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/log_budget.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace spineseg {
namespace log_budget_test {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr LogPlace kOne{"/build/plugin/worker_server.cpp", 189};
constexpr LogPlace kOther{"/build/plugin/intake.cpp", 46};

// A worker that connected and sent garbage again and again filled the disk of the log.
TEST(LogBudget, AFloodFromOnePlaceIsCountedAndNotWritten) {
    LogBudget budget;
    LogBudget::Instant now{seconds(1000)};
    for (int i = 0; i < LogBudget::kLines; ++i) ASSERT_TRUE(budget.allows(kOne, now));
    EXPECT_THAT(budget.reports(now), IsEmpty());
    EXPECT_FALSE(budget.allows(kOne, now));
    EXPECT_THAT(budget.reports(now),
                ElementsAre(HasSubstr("more than 300 lines a minute at worker_server.cpp:189")));
    for (int i = 0; i < 9'999; ++i) EXPECT_FALSE(budget.allows(kOne, now));
    EXPECT_THAT(budget.reports(now), IsEmpty()) << "said once";
    EXPECT_TRUE(budget.allows(kOther, now)) << "another place may go on";
    now += LogBudget::kWindow;
    EXPECT_TRUE(budget.allows(kOther, now));
    EXPECT_THAT(budget.reports(now),
                ElementsAre("10000 lines of worker_server.cpp:189 were suppressed in the last minute"));
    EXPECT_TRUE(budget.allows(kOne, now));
    EXPECT_THAT(budget.reports(now), IsEmpty());
}

TEST(LogBudget, AStreamBelowTheBudgetIsWrittenForEver) {
    LogBudget budget;
    LogBudget::Instant now{seconds(1000)};
    for (int i = 0; i < 2'000; ++i, now += std::chrono::milliseconds(250)) {
        ASSERT_TRUE(budget.allows(kOne, now));
        ASSERT_THAT(budget.reports(now), IsEmpty());
    }
}

}  // namespace log_budget_test
}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/log/log.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/plugin/archive/fake_archive.h"

namespace spineseg {
namespace log_test {

// What a worker said reached Orthanc's log as it was: a line break forged a line, and one line had 3,000,000 bytes.
TEST(Log, WhateverALineQuotesOneShortPrintableLineIsWritten) {
    ListLog log;
    log.error("a worker said \"x\nE0101 forged\x1b[2J\"");
    log.info(std::string(3'000'000, 'x'));
    const auto text = log.text();
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
    EXPECT_TRUE(text.starts_with("a worker said \"x\\nE0101 forged\\x1b[2J\"\n")) << text.substr(0, 100);
    EXPECT_LT(text.size(), 2'200u);
}

TEST(Log, AFloodIsSummarised) {
    LogBudget::Instant now{std::chrono::seconds(1000)};
    ListLog log([&now] { return now; });
    for (int i = 0; i < 5'000; ++i) log.warning("garbage");
    log.info("another place");
    now += std::chrono::seconds(61);
    log.info("later");
    const auto text = log.text();
    EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 310);
    EXPECT_NE(text.find("another place"), std::string::npos);
    EXPECT_NE(text.find("4700 lines of log_test.cpp:"), std::string::npos) << text.substr(text.size() - 300);
}

}  // namespace log_test
}  // namespace spineseg

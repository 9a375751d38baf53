// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/http/query_text.h"

#include <gtest/gtest.h>

namespace spineseg {
namespace query_text_test {

// Symptom: a browser's URLSearchParams writes "queued%2Cdone", and that was refused as an unknown state.
TEST(QueryText, IsWhatTheSenderMeant) {
    EXPECT_EQ(query_text("queued%2Cdone"), "queued,done");
    EXPECT_EQ(query_text("2026-11-22T16%3a04%3A05Z"), "2026-11-22T16:04:05Z");
    EXPECT_EQ(query_text("GE+MEDICAL%20SYSTEMS"), "GE MEDICAL SYSTEMS");
    EXPECT_EQ(query_text("%252C"), "%2C") << "once";
    EXPECT_EQ(query_text("%00"), std::string(1, '\0'));
}

TEST(QueryText, WhatIsNoEncodingStays) {
    for (const char* text : {"", "%", "%2", "50%", "%zz", "%-1", "a%2"}) EXPECT_EQ(query_text(text), text);
}

}  // namespace query_text_test
}  // namespace spineseg

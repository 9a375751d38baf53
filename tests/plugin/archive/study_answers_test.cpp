// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/archive/study_answers.h"

#include <gtest/gtest.h>

namespace spineseg {
namespace study_answers_test {

TEST(StudyAnswers, WhatALookUpFindsKeepsItsLevel) {
    const auto found = parse_found_resources(
        R"([{"ID": "a", "Path": "/instances/a", "Type": "Instance"}, {"ID": "b", "Type": "Patient"}])");
    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), 2U);
    EXPECT_EQ(found->front().level, FoundResource::Level::instance);
    EXPECT_EQ(found->front().orthanc_id, "a");
    EXPECT_EQ(found->back().level, FoundResource::Level::patient);
    EXPECT_TRUE(parse_found_resources("[]")->empty());
}

/// What is not understood must not count as "nothing is there".
TEST(StudyAnswers, AnAnswerThatIsNoLookUpIsAnError) {
    for (const char* wrong :
         {"", "{}", R"([{"Type": "Instance"}])", R"([{"ID": "a", "Type": "Frame"}])", "[1]"})
        EXPECT_EQ(parse_found_resources(wrong).error().code, ErrorCode::archive_unavailable) << wrong;
}

}  // namespace study_answers_test
}  // namespace spineseg

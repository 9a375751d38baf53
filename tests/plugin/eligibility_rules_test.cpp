// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/eligibility_rules.h"

#include <gtest/gtest.h>

#include "plugin/eligibility.h"
#include "tests/plugin/fake_archive.h"

namespace spineseg {
namespace {

std::string refusal(const std::string& json) {
    const auto rules = EligibilityRules::parse(json);
    if (rules) return "accepted";
    EXPECT_EQ(rules.error().code, ErrorCode::invalid_configuration);
    return rules.error().detail;
}

std::string with_condition(const std::string& condition) {
    return R"({"format": 1, "rules": [{"name": "r", "reason": "x", "when": [)" + condition + "]}]}";
}

TEST(EligibilityRules, TheShippedRulesParseAndBeginWithOurOwnResults) {
    const auto& rules = EligibilityRules::shipped();
    ASSERT_FALSE(rules.rules.empty());
    EXPECT_EQ(rules.rules.front().name, "own_result");
    EXPECT_FALSE(rules.region.lumbar.empty());
}

TEST(EligibilityRules, ATypingErrorIsNamed) {
    EXPECT_NE(refusal("[").find("not JSON"), std::string::npos);
    EXPECT_NE(refusal(R"({"format": 2})").find("format"), std::string::npos);
    EXPECT_NE(refusal(R"({"format": 1, "ruels": []})").find("ruels"), std::string::npos);
    EXPECT_NE(refusal(with_condition(R"({"tag": "Modality", "isnt": ["MR"]})")).find("isnt"),
              std::string::npos);
    EXPECT_NE(refusal(with_condition(R"({"fact": "age", "above": 3})")).find("age"), std::string::npos);
    EXPECT_NE(refusal(with_condition(R"({"tag": "Rows", "above": "3"})")).find("above"), std::string::npos);
    EXPECT_NE(refusal(with_condition(R"({"text": ["ProtocolName"], "says": ["-"]})")).find("names no word"),
              std::string::npos);
    EXPECT_NE(refusal(with_condition(R"({"tag": "Rows"})")).find("needs either"), std::string::npos);
    EXPECT_EQ(refusal(with_condition(R"({"tag": "Rows", "above": 3})")), "accepted");
}

TEST(EligibilityRules, ARuleThatStandsTwiceIsRefused) {
    const std::string rule = R"({"name": "r", "reason": "x", "when": [{"tag": "Rows", "above": 3}]})";
    EXPECT_NE(refusal(R"({"format": 1, "rules": [)" + rule + "," + rule + "]}").find("twice"),
              std::string::npos);
}

TEST(EligibilityRules, ASiteDisablesARuleAndAddsAnother) {
    const auto changed = EligibilityRules::shipped().with_site_changes(
        R"({"disable": ["thoracic_region"], "rules": [{"name": "implant", "reason": "metal", "when":
            [{"text": ["SeriesDescription"], "says": ["warp"]}]}], "region": {"lumbar": ["lende"]}})");
    ASSERT_TRUE(changed) << changed.error().describe();
    auto tags = lumbar_series(orthanc_id('1'));
    tags.values["SeriesDescription"] = "t2_tse_sag_WARP";
    EXPECT_EQ(decide_eligibility(tags, *changed).rule, "implant");
    tags.values["SeriesDescription"] = "T2 sag BWS";
    EXPECT_TRUE(decide_eligibility(tags, *changed).eligible);
    tags.values["SeriesDescription"] = "Lende sag";
    EXPECT_EQ(decide_eligibility(tags, *changed).facts.region, "lumbar");
}

TEST(EligibilityRules, WhatKeepsUsFromFeedingOnOurselvesCannotBeDisabled) {
    const auto changed = EligibilityRules::shipped().with_site_changes(R"({"disable": ["own_result"]})");
    ASSERT_FALSE(changed);
    EXPECT_EQ(changed.error().code, ErrorCode::invalid_configuration);
    EXPECT_FALSE(EligibilityRules::shipped().with_site_changes(R"({"disable": ["no_such_rule"]})"));
}

}  // namespace
}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "eligibility/rules.h"

#include <gtest/gtest.h>

#include "eligibility/verdict.h"
#include "tests/eligibility/sample_tags.h"

namespace spineseg {
namespace rules_test {

std::string refusal(const std::string& json) {
    const auto rules = EligibilityRules::parse(json);
    if (rules) return "accepted";
    EXPECT_EQ(rules.error().code, ErrorCode::invalid_configuration);
    return rules.error().detail;
}

std::string with_rule(const std::string& fields, const std::string& when) {
    return R"({"format": 2, "rules": [{"id": "r", "because": "x", )" + fields + R"(, "when": [)" + when +
           "]}]}";
}

std::string with_condition(const std::string& condition) {
    return with_rule(R"("says": "exclude")", condition);
}

TEST(EligibilityRules, TheShippedRulesParseAndBeginWithOurOwnResults) {
    const auto& rules = EligibilityRules::shipped();
    ASSERT_FALSE(rules.rules.empty());
    EXPECT_EQ(rules.rules.front().id, "own_result");
    EXPECT_FALSE(rules.region.lumbar.empty());
}

TEST(EligibilityRules, ATypingErrorIsNamed) {
    EXPECT_NE(refusal("[").find("not valid JSON"), std::string::npos);
    EXPECT_NE(refusal(R"({"format": 1})").find("format"), std::string::npos);
    EXPECT_NE(refusal(R"({"format": 2, "ruels": []})").find("ruels"), std::string::npos);
    EXPECT_NE(refusal(with_condition(R"({"tag": "Modality", "isnt": ["MR"]})")).find("isnt"),
              std::string::npos);
    EXPECT_NE(refusal(with_condition(R"({"fact": "age", "above": 3})")).find("age"), std::string::npos);
    EXPECT_NE(refusal(with_condition(R"({"tag": "Rows", "above": "3"})")).find("above"), std::string::npos);
    EXPECT_NE(refusal(with_condition(R"({"text": ["ProtocolName"], "says": ["-"]})")).find("names no word"),
              std::string::npos);
    EXPECT_NE(refusal(with_condition(R"({"tag": "Rows"})")).find("needs either"), std::string::npos);
    EXPECT_EQ(refusal(with_condition(R"({"tag": "Rows", "above": 3})")), "accepted");
    EXPECT_NE(refusal(with_condition(R"({"sign": "metal"})")).find("no sign \"metal\""), std::string::npos);
    EXPECT_NE(refusal(with_rule(R"("says": "refuse")", R"({"tag": "Rows", "above": 3})")).find("says"),
              std::string::npos);
    EXPECT_NE(refusal(with_rule(R"("says": "for")", R"({"tag": "Rows", "above": 3})")).find("weight"),
              std::string::npos);
    EXPECT_NE(refusal(with_rule(R"("says": "exclude", "weight": 1)", R"({"tag": "Rows", "above": 3})"))
                  .find("weight"),
              std::string::npos);
    EXPECT_NE(refusal(R"({"format": 2, "threshold": 1.5})").find("threshold"), std::string::npos);
    EXPECT_NE(
        refusal(R"({"format": 2, "signs": [{"id": "a", "any": [[{"sign": "a"}]]}]})").find("\"a\" above"),
        std::string::npos);
    EXPECT_NE(
        refusal(R"({"format": 2, "contrast": [{"id": "c", "says": "T3", "basis": "text", "confidence": 1,
        "because": "x", "when": [{"tag": "Rows", "above": 3}]}]})")
            .find("\"T1\""),
        std::string::npos);
}

TEST(EligibilityRules, ARuleThatStandsTwiceIsRefused) {
    const std::string rule =
        R"({"id": "r", "says": "exclude", "because": "x", "when": [{"tag": "Rows", "above": 3}]})";
    EXPECT_NE(refusal(R"({"format": 2, "rules": [)" + rule + "," + rule + "]}").find("twice"),
              std::string::npos);
}

TEST(EligibilityRules, ASiteDisablesARuleAndAddsAnother) {
    const auto changed = EligibilityRules::shipped().with_site_changes(
        R"({"disable": ["thoracic_region"], "rules": [{"id": "implant", "says": "exclude", "because": "metal", "when":
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

/// Shipped rules with a site's changes, which must be good.
EligibilityRules changed_by(const std::string& json) {
    const auto changed = EligibilityRules::shipped().with_site_changes(json);
    EXPECT_TRUE(changed) << changed.error().describe();
    return changed.value_or(EligibilityRules{});
}

TEST(EligibilityRules, ASiteExcludesByAgeAndTheAnswerDoesNotTellTheAge) {
    const auto rules = changed_by(R"({"rules": [{"id": "adults_only", "says": "exclude",
        "because": "younger than this site's minimum", "when": [{"fact": "age_years", "below": 18}]}]})");
    auto tags = lumbar_series(orthanc_id('1'));
    EXPECT_TRUE(decide_eligibility(tags, rules).eligible);  // no age known: not refused
    tags.patient.age_years = 45;
    EXPECT_TRUE(decide_eligibility(tags, rules).eligible);
    tags.patient.age_years = 12;
    const auto verdict = decide_eligibility(tags, rules);
    EXPECT_EQ(verdict.rule, "adults_only");
    EXPECT_EQ(verdict.reason.find("12"), std::string::npos) << verdict.reason;
}

TEST(EligibilityRules, ASiteExcludesContrastAgentAndImplants) {
    const auto rules = changed_by(R"({"rules": [
        {"id": "no_contrast_agent", "says": "exclude", "because": "after a contrast agent",
         "when": [{"tag": "ContrastBolusAgent", "present": true}]},
        {"id": "no_implants", "says": "exclude", "because": "a sequence for patients with metal implants",
         "when": [{"text": ["SeriesDescription", "ProtocolName"], "says": ["warp", "semac", "mavric*", "*metal*"]}]}]})");
    auto tags = lumbar_series(orthanc_id('1'));
    EXPECT_TRUE(decide_eligibility(tags, rules).eligible);
    tags.values["ContrastBolusAgent"] = "GADOLINIUM";
    EXPECT_EQ(decide_eligibility(tags, rules).rule, "no_contrast_agent");
    tags.values.erase("ContrastBolusAgent");
    tags.values["ProtocolName"] = "t1_tse_sag_WARP";
    EXPECT_EQ(decide_eligibility(tags, rules).rule, "no_implants");
}

TEST(EligibilityRules, ASiteReplacesARuleByItsIdAndOnlyThatOne) {
    const auto rules = changed_by(R"({"threshold": 0.9, "rules": [{"id": "too_few_images", "says": "exclude",
        "because": "fewer than this site's ten", "when": [{"fact": "images", "below": 10}]}]})");
    EXPECT_EQ(rules.rules.size(), EligibilityRules::shipped().rules.size());
    EXPECT_EQ(rules.threshold, 0.9);
    EXPECT_EQ(rules.rules.front().id, "own_result");
    EXPECT_EQ(decide_eligibility(lumbar_series(orthanc_id('1'), 9), rules).rule, "too_few_images");
}

TEST(EligibilityRules, ASiteExcludesAWeighting) {
    const auto rules =
        changed_by(R"({"rules": [{"id": "t2_only", "says": "exclude", "because": "only T2 here",
        "when": [{"fact": "contrast", "is_not": ["T2", "T2FS"]}]}]})");
    auto tags = lumbar_series(orthanc_id('1'));
    EXPECT_TRUE(decide_eligibility(tags, rules).eligible);
    tags.values["SeriesDescription"] = "t1_tse_sag";
    EXPECT_EQ(decide_eligibility(tags, rules).rule, "t2_only");
}

TEST(EligibilityRules, ASiteTeachesASignAnotherWord) {
    const auto rules = changed_by(R"({"signs": [{"id": "says_t2",
        "any": [[{"text": ["ProtocolName"], "says": ["bright fluid"]}]]}]})");
    EXPECT_EQ(rules.signs.size(), EligibilityRules::shipped().signs.size());
    auto tags = lumbar_series(orthanc_id('1'));
    tags.values["SeriesDescription"] = "LWS sag";
    tags.values["ProtocolName"] = "Bright Fluid";
    EXPECT_EQ(decide_eligibility(tags, rules).contrast.contrast, Contrast::t2);
}

TEST(EligibilityRules, WhatKeepsUsFromFeedingOnOurselvesCannotBeReplaced) {
    EXPECT_FALSE(
        EligibilityRules::shipped().with_site_changes(R"({"rules": [{"id": "own_result", "says": "exclude",
        "because": "x", "when": [{"tag": "Rows", "above": 99999}]}]})"));
}

TEST(EligibilityRules, ASiteNamesItsScannersWords) {
    const auto rules = changed_by(R"({"images": {"anatomy": ["super_res"], "never": ["map_x"]}})");
    EXPECT_EQ(rules.images, (ImageWords{{"SUPER RES"}, {"MAP X"}}));
    const auto again = rules.with_site_changes(R"({"images": {"anatomy": ["more"]}})");
    ASSERT_TRUE(again);
    EXPECT_EQ(again->images.anatomy, (std::vector<std::string>{"SUPER RES", "MORE"}));
    for (const char* wrong : {R"({"images": {"anatomy": ["FAT"]}})", R"({"images": {"anatomie": []}})",
                              R"({"images": []})", R"({"images": {"anatomy": ["a"], "never": ["A"]}})"}) {
        const auto refused = EligibilityRules::shipped().with_site_changes(wrong);
        ASSERT_FALSE(refused) << wrong;
        EXPECT_EQ(refused.error().code, ErrorCode::invalid_configuration);
    }
}

}  // namespace rules_test
}  // namespace spineseg

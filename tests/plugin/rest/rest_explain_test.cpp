// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include "plugin/rest/explain_page.h"
#include "tests/plugin/rest/rest_fixture.h"

namespace spineseg {
namespace rest_explain_test {

using nlohmann::json;
using RestExplainTest = RestRoutesTest;

TEST_F(RestExplainTest, ExplainTellsEveryRuleAndQueuesNothing) {
    auto tags = lumbar_series(one);
    tags.values["BodyPartExamined"] = "HEAD";
    archive.put(tags);
    for (const auto& path : {"/series/" + one + "/explain", "/spineseg/series/" + one + "/explain"}) {
        const auto response = post(path);
        ASSERT_EQ(response.status, 200) << response.body;
        const auto view = json::parse(response.body);
        EXPECT_EQ(view["ID"], one);
        EXPECT_EQ(view["Eligible"], false);
        EXPECT_EQ(view["Rule"], "other_region");
        EXPECT_EQ(view["Contrast"]["Class"], "T2");
        EXPECT_EQ(view["Rules"].size(), EligibilityRules::shipped().rules.size());
        for (const auto& rule : view["Rules"]) EXPECT_FALSE(rule["Why"].get<std::string>().empty()) << rule;
        EXPECT_EQ(get(path), view);
    }
    EXPECT_TRUE(get("/spineseg/jobs").empty());
    EXPECT_FALSE(store().verdicts().of(one).value().has_value());
    EXPECT_EQ(post("/series/" + orthanc_id('9') + "/explain").status, 404);
    EXPECT_EQ(post("/series/nonsense/explain").status, 404);
    EXPECT_EQ(ask(HttpMethod::del, "/series/" + one + "/explain").allow, "GET,POST");
}

TEST_F(RestExplainTest, ADraftOfASitesRulesIsTriedWithoutBeingInForce) {
    archive.put(lumbar_series(one));
    const auto draft = R"({"Rules": {"rules": [{"id": "no_t2", "says": "exclude", "because": "only T1 here",
        "when": [{"fact": "contrast", "is": ["T2"]}]}]}})";
    const auto view = json::parse(post("/series/" + one + "/explain", draft).body);
    EXPECT_EQ(view["Rule"], "no_t2");
    EXPECT_EQ(json::parse(post("/series/" + one + "/explain").body)["Eligible"], true);
    for (const auto& [body, named] : {std::pair{R"({"Rlues": {}})", "Rlues"}, std::pair{"[]", "object"},
                                      std::pair{R"({"Rules": {"rules": [{"nmae": 1}]}})", "id"},
                                      std::pair{R"({"Rules": {"disable": ["nothing"]}})", "nothing"}}) {
        const auto response = post("/series/" + one + "/explain", body);
        EXPECT_EQ(response.status, 400) << body;
        EXPECT_NE(response.body.find(named), std::string::npos) << response.body;
    }
}

TEST_F(RestExplainTest, TheDryRunGoesThroughTheArchivePageByPage) {
    for (char digit = '1'; digit <= '5'; ++digit) {
        auto tags = lumbar_series(orthanc_id(digit));
        if (digit == '3') tags.values["Modality"] = "CT";
        archive.put(tags);
    }
    std::vector<std::string> seen;
    int eligible = 0;
    json next = 0;
    for (int pages = 0; !next.is_null(); ++pages) {
        ASSERT_LT(pages, 4);
        const auto page =
            get("/spineseg/explain", {{"since", std::to_string(next.get<int>())}, {"limit", "2"}});
        for (const auto& series : page["Series"]) {
            seen.push_back(series["ID"]);
            EXPECT_EQ(series.contains("Rules"), false);
            EXPECT_EQ(series["Eligible"], series["ID"] != orthanc_id('3'));
        }
        eligible += page["Eligible"].get<int>();
        next = page["Next"];
    }
    EXPECT_EQ(seen.size(), 5u);
    EXPECT_EQ(eligible, 4);
    EXPECT_TRUE(get("/spineseg/explain", {{"expand", ""}})["Series"][0].contains("Rules"));
    // Symptom: Orthanc gives plugins no query of a POST, so every page of a draft's dry run was the first.
    const auto second = post("/spineseg/explain", R"({"Rules": {}, "Since": 1, "Limit": 2, "Expand": true})");
    const auto page = nlohmann::json::parse(second.body);
    EXPECT_EQ(page["Next"], 3);
    EXPECT_EQ(page["Series"].size(), 2u);
    EXPECT_TRUE(page["Series"][0].contains("Rules"));
    for (const char* body : {R"({"Since": -1})", R"({"Limit": 501})", R"({"Expand": 1})", R"({"Sicne": 1})"})
        EXPECT_EQ(post("/spineseg/explain", body).status, 400) << body;
    EXPECT_EQ(post("/series/" + orthanc_id('1') + "/explain", R"({"Since": 1})").status, 400);
    EXPECT_TRUE(get("/spineseg/jobs").empty());
    for (const auto& [key, value] : std::map<std::string, std::string>{
             {"since", "-1"}, {"limit", "0"}, {"limit", "501"}, {"sicne", "1"}})
        EXPECT_EQ(ask(HttpMethod::get, "/spineseg/explain", {{key, value}}).status, 400) << key;
    archive.out_of_order = Error{ErrorCode::archive_unavailable, "away"};
    EXPECT_EQ(ask(HttpMethod::get, "/spineseg/explain").status, 503);
}

TEST_F(RestExplainTest, ADryRunThatTakesTooLongEndsItsPageEarly) {
    for (char digit = '1'; digit <= '3'; ++digit) archive.put(lumbar_series(orthanc_id(digit)));
    const auto page =
        explain_page(intake, EligibilityRules::shipped(), {.time = std::chrono::milliseconds(0)});
    ASSERT_TRUE(page);
    EXPECT_EQ((*page)["Series"].size(), 1u);
    EXPECT_EQ((*page)["Next"], 1);
}

}  // namespace rest_explain_test
}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/rest/rest_routes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>

#include "plugin/rest/explain_page.h"
#include "plugin/rest/job_view.h"
#include "plugin/rest/segment_body.h"
#include "tests/plugin/rest/rest_fixture.h"

namespace spineseg {
namespace rest_routes_test {

using nlohmann::json;

TEST_F(RestRoutesTest, JobsAreListedNewestFirstAndFiltered) {
    const Job first = queue('1');
    const Job second = queue('2');
    ASSERT_TRUE(store().cancel(first.id));
    EXPECT_EQ(get("/spineseg/jobs"), json({second.id, first.id}));
    EXPECT_EQ(get("/spineseg/jobs", {{"state", "canceled"}}), json({first.id}));
    EXPECT_EQ(get("/spineseg/jobs", {{"series", orthanc_id('2')}}), json({second.id}));
    EXPECT_EQ(get("/spineseg/jobs", {{"limit", "1"}}), json({second.id}));
    EXPECT_EQ(get("/spineseg/jobs", {{"expand", ""}})[0]["ID"], second.id);
    EXPECT_TRUE(get("/spineseg/jobs", {{"expand", "false"}})[0].is_string());
    EXPECT_EQ(get("/spineseg/jobs", {{"state", "running"}}), json::array());
}

TEST_F(RestRoutesTest, ThePatternsForOrthancMatchThePathsThatAreAnswered) {
    const auto patterns = routes.patterns();
    const auto registered = [&](const std::string& path) {
        return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
            return std::regex_match(path, std::regex(pattern));
        });
    };
    for (const std::string path :
         {"/spineseg/jobs", "/spineseg/jobs/x", "/spineseg/jobs/x/cancel", "/spineseg/jobs/x/resubmit",
          "/spineseg/series/x", "/spineseg/series/x/explain", "/spineseg/explain", "/spineseg/health",
          "/spineseg/app", "/series/x/segment", "/series/x/explain"})
        EXPECT_TRUE(registered(path)) << path;
    EXPECT_FALSE(registered("/series/x"));
    EXPECT_EQ(ask(HttpMethod::get, "/spineseg/nothing").status, 404);
    EXPECT_EQ(ask(HttpMethod::get, "/series/" + one + "/modify").status, 404);
}

TEST_F(RestRoutesTest, QueryValuesOutOfBoundsAre400) {
    for (const auto& [key, value] :
         std::map<std::string, std::string>{{"state", "asleep"}, {"limit", "0"}, {"series", "../etc"}})
        EXPECT_EQ(ask(HttpMethod::get, "/spineseg/jobs", {{key, value}}).status, 400) << key;
    EXPECT_EQ(ask(HttpMethod::get, "/spineseg/jobs", {{"limit", "99999999999999999999"}}).status, 400);
}

// Symptom: jobs?limit=10000&expand on 20,000 jobs was 66 MB and took 5.6 s; six such clients took Orthanc to 2.6 GB.
TEST_F(RestRoutesTest, WholeJobsAreListedInPages) {
    std::vector<std::string> newest_first;
    for (int i = 0; i < 103; ++i) {
        NewJob wanted{.orthanc_series_id = one, .fingerprint = std::to_string(i)};
        newest_first.insert(newest_first.begin(), store().enqueue(wanted)->job.id);
    }
    EXPECT_EQ(ask(HttpMethod::get, "/spineseg/jobs", {{"expand", ""}, {"limit", "10000"}}).status, 400);
    EXPECT_EQ(get("/spineseg/jobs", {{"limit", "10000"}}), json(newest_first)) << "ids are short";
    const auto page = get("/spineseg/jobs", {{"expand", ""}});
    ASSERT_EQ(page.size(), 100U);
    const auto rest =
        get("/spineseg/jobs", {{"expand", ""}, {"before", page.back()["ID"].get<std::string>()}});
    ASSERT_EQ(rest.size(), 3U);
    EXPECT_EQ(rest.back()["ID"], newest_first.back());
    EXPECT_EQ(ask(HttpMethod::get, "/spineseg/jobs", {{"before", "x"}}).status, 400);
}

TEST_F(RestRoutesTest, AJobShowsItsProgressByStage) {
    const Job job = queue();
    const auto lease = store().lease("w", "", std::chrono::seconds(60));
    ASSERT_TRUE(store().renew(job.id, (*lease)->epoch, {Stage::diffusion, 0.5}, std::chrono::seconds(60)));
    const auto view = get("/spineseg/jobs/" + job.id);
    EXPECT_EQ(view["State"], "running");
    EXPECT_EQ(view["Stage"], "diffusion");
    EXPECT_EQ(view["Path"], "/spineseg/jobs/" + job.id);
    std::map<std::string, double> stages;
    for (const auto& stage : view["Stages"]) stages[stage["Name"]] = stage["Fraction"];
    EXPECT_EQ(stages.at("presegmentation"), 1.0);
    EXPECT_EQ(stages.at("diffusion"), 0.5);
    EXPECT_EQ(stages.at("storing"), 0.0);
    EXPECT_GT(view["Progress"].get<int>(), 17);
    EXPECT_LT(view["Progress"].get<int>(), 92);
    EXPECT_EQ(view["Seed"].get<std::uint64_t>(), job.request.seed);
    EXPECT_TRUE(view["Samples"].is_null());
    EXPECT_TRUE(view["Model"].is_null());
    EXPECT_TRUE(view["Error"].is_null());
}

TEST_F(RestRoutesTest, CancelAndResubmit) {
    const Job job = queue();
    EXPECT_EQ(post("/spineseg/jobs/" + job.id + "/resubmit").status, 400);
    EXPECT_EQ(json::parse(post("/spineseg/jobs/" + job.id + "/cancel").body)["State"], "canceled");
    EXPECT_EQ(post("/spineseg/jobs/" + job.id + "/cancel").status, 400);
    const auto again = post("/spineseg/jobs/" + job.id + "/resubmit");
    EXPECT_EQ(again.status, 200) << again.body;
    EXPECT_EQ(json::parse(again.body)["ID"], job.id);
    EXPECT_EQ(get("/spineseg/jobs/" + job.id)["State"], "queued");
}

TEST_F(RestRoutesTest, UnknownJobsAre404WhateverTheirIdLooksLike) {
    const std::string unknown = "01234567-89ab-cdef-0123-456789abcdef";
    for (const auto& id : {unknown, std::string("x"), std::string("'; DROP TABLE job; --")}) {
        EXPECT_EQ(ask(HttpMethod::get, "/spineseg/jobs/" + id).status, 404);
        EXPECT_EQ(post("/spineseg/jobs/" + id + "/cancel").status, 404);
        EXPECT_EQ(post("/spineseg/jobs/" + id + "/resubmit").status, 404);
    }
}

TEST_F(RestRoutesTest, ASeriesTellsItsVerdictFromFirstSightToItsEnd) {
    EXPECT_EQ(ask(HttpMethod::get, "/spineseg/series/" + one).status, 404);
    auto tags = lumbar_series(one);
    archive.put(tags);
    EXPECT_EQ(get("/spineseg/series/" + one)["State"], "waiting");
    const Job job = queue();
    EXPECT_EQ(get("/spineseg/series/" + one)["State"], "queued");
    const auto lease = store().lease("w", "", std::chrono::seconds(60));
    EXPECT_EQ(get("/spineseg/series/" + one)["State"], "running");
    Outcome rejected{
        JobState::rejected, Error{ErrorCode::missing_slices, "a gap of 8.0 mm after slice 3"}, {}, ""};
    ASSERT_TRUE(store().complete(job.id, (*lease)->epoch, rejected));
    const auto view = get("/spineseg/series/" + one);
    EXPECT_EQ(view["State"], "rejected");
    EXPECT_EQ(view["Reason"], "missing_slices: a gap of 8.0 mm after slice 3");
    EXPECT_EQ(view["Jobs"], json({job.id}));
}

TEST_F(RestRoutesTest, AnIneligibleSeriesSaysWhy) {
    auto tags = lumbar_series(one);
    tags.values["Modality"] = "CT";
    archive.put(tags);
    ASSERT_TRUE(intake.consider(store(), one));
    const auto view = get("/spineseg/series/" + one);
    EXPECT_EQ(view["State"], "ineligible");
    EXPECT_EQ(view["Eligible"], false);
    EXPECT_EQ(view["Reason"], "modality: not magnetic resonance (Modality is CT)");
}

TEST_F(RestRoutesTest, AskingByHandAnswersIdAndPath) {
    archive.put(lumbar_series(one));
    const auto response =
        post("/series/" + one + "/segment", R"({"Samples": 3, "Steps": 2, "Seed": 7, "Priority": 1})");
    ASSERT_EQ(response.status, 200) << response.body;
    const auto answer = json::parse(response.body);
    const auto job = get(answer["Path"]);
    EXPECT_EQ(job["ID"], answer["ID"]);
    EXPECT_EQ(job["Samples"], 3);
    EXPECT_EQ(job["Steps"], 2);
    EXPECT_EQ(job["Seed"], 7);
    EXPECT_EQ(job["Priority"], 1);
    EXPECT_EQ(post("/series/" + orthanc_id('9') + "/segment").status, 404);
    EXPECT_EQ(post("/series/nonsense/segment").status, 404);
}

TEST_F(RestRoutesTest, BadBodiesAre400AndNameTheKey) {
    archive.put(lumbar_series(one));
    for (const auto& body : {R"([])", R"({"Samples": -1})", R"({"Samples": 65})", R"({"Steps": 1.5})",
                             R"({"Seed": -1})", R"({"Seed": 18446744073709551615})",
                             R"({"Priority": "high"})", R"({"Force": 1})", R"({"Smaples": 1})", "nonsense"})
        EXPECT_EQ(post("/series/" + one + "/segment", body).status, 400) << body;
    EXPECT_EQ(post("/series/" + one + "/segment", std::string(kMaxSegmentBody + 1, ' ')).status, 400);
    const auto response = post("/series/" + one + "/segment", R"({"Smaples": 1})");
    EXPECT_NE(response.body.find("Smaples"), std::string::npos);
    EXPECT_TRUE(get("/spineseg/jobs").empty());
}

TEST_F(RestRoutesTest, WrongMethodsAre405WithAllow) {
    for (const auto& path : {"/spineseg/jobs", "/spineseg/health"}) {
        const auto response = ask(HttpMethod::del, path);
        EXPECT_EQ(response.status, 405);
        EXPECT_EQ(response.allow, "GET");
    }
    EXPECT_EQ(ask(HttpMethod::get, "/series/" + one + "/segment").allow, "POST");
    EXPECT_EQ(ask(HttpMethod::get, "/spineseg/nonsense").status, 404);
}

TEST_F(RestRoutesTest, ThePageOfTheQueueKnowsItsRoot) {
    const auto response = ask(HttpMethod::get, "/spineseg/app");
    EXPECT_EQ(response.content_type, "text/html; charset=utf-8");
    EXPECT_NE(response.body.find("const page = \"/spineseg/app\""), std::string::npos);
    EXPECT_EQ(response.body.find("innerHTML"), std::string::npos);
    EXPECT_EQ(response.body.find('@'), std::string::npos);
}

TEST_F(RestRoutesTest, WithoutADatabaseEveryRouteSays503AndWhy) {
    ReopeningStore closed(folder.file("never-opened.db"));
    const RestRoutes without{{closed, intake, registry, settings, "0.1.0", [] { return std::string(); }}};
    const std::string id = "01234567-89ab-cdef-0123-456789abcdef";
    for (const auto& path : {std::string("/spineseg/jobs"), "/spineseg/jobs/" + id, "/spineseg/series/" + one,
                             std::string("/spineseg/health")})
        EXPECT_EQ(without.answer({HttpMethod::get, path, {}, {}}).status, 503) << path;
    const auto response = without.answer({HttpMethod::post, "/series/" + one + "/segment", {}, {}});
    EXPECT_EQ(response.status, 503);
    EXPECT_NE(response.body.find("has not been opened"), std::string::npos);
}

TEST_F(RestRoutesTest, BytesThatAreNoUtf8DoNotBreakAnAnswer) {
    const Job job = queue();
    const auto lease = store().lease("w", "", std::chrono::seconds(60));
    Outcome rejected{JobState::rejected, Error{ErrorCode::not_dicom, "file \xFF\xFE"}, {}, ""};
    ASSERT_TRUE(store().complete(job.id, (*lease)->epoch, rejected));
    EXPECT_EQ(get("/spineseg/jobs/" + job.id)["Error"]["Code"], "not_dicom");
}

}  // namespace rest_routes_test
}  // namespace spineseg

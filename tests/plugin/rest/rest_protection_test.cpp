// SPDX-License-Identifier: GPL-3.0-or-later
/// What the REST routes hold off, and whom they write down: pages of other sites, floods of jobs, foreign texts.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "plugin/rest/web_pages.h"
#include "tests/plugin/rest/rest_fixture.h"

namespace spineseg {
namespace rest_protection_test {

using nlohmann::json;

class RestProtectionTest : public RestRoutesTest {};

// A cancel wrote no name, and a resubmission overwrote error, attempts and summary.
TEST_F(RestProtectionTest, AJobTellsWhoAskedForItAndHowEachAttemptEnded) {
    archive.put(lumbar_series(one));
    const auto as_alice = [&](const std::string& path) {
        HttpRequest request{HttpMethod::post, path, {}, ""};
        request.headers["authorization"] = "Basic YWxpY2U6c2VjcmV0";
        request.address = "192.0.2.7";
        request.passwords_checked = true;
        const auto response = routes.answer(request);
        EXPECT_EQ(response.status, 200) << response.body;
        return json::parse(response.body);
    };
    const std::string id = as_alice("/series/" + one + "/segment")["ID"];
    const auto lease = store().lease("w", "", std::chrono::seconds(60));
    Outcome rejected{
        JobState::rejected, Error{ErrorCode::missing_slices, "a gap"}, {}, R"({"seen": "a\u202eb"})"};
    ASSERT_TRUE(store().complete(id, (*lease)->epoch, rejected));
    as_alice("/spineseg/jobs/" + id + "/resubmit");
    as_alice("/spineseg/jobs/" + id + "/cancel");
    const auto job = get("/spineseg/jobs/" + id);
    std::vector<std::string> actions;
    for (const auto& entry : job["Journal"]) {
        actions.push_back(entry["Action"]);
        const bool by_itself = actions.back() == "started" || actions.back() == "attempt ended";
        EXPECT_EQ(entry["User"], by_itself ? "" : "alice");
        EXPECT_EQ(entry["Address"], by_itself ? "" : "192.0.2.7");
    }
    EXPECT_EQ(actions, (std::vector<std::string>{"requested", "started", "attempt ended", "requested again",
                                                 "canceled"}));
    ASSERT_EQ(job["AttemptHistory"].size(), 1u);
    EXPECT_EQ(job["AttemptHistory"][0]["State"], "rejected");
    EXPECT_EQ(job["AttemptHistory"][0]["Error"]["Detail"], "a gap");
    EXPECT_EQ(job["AttemptHistory"][0]["Summary"]["seen"], "a\\u202eb");
    EXPECT_EQ(job["State"], "canceled");
    const auto journal = get("/spineseg/journal", {{"limit", "2"}});
    ASSERT_EQ(journal.size(), 2u);
    EXPECT_EQ(journal[0]["Action"], "canceled");
    EXPECT_EQ(journal[0]["Job"], id);
    EXPECT_EQ(ask(HttpMethod::get, "/spineseg/journal", {{"limit", "0"}}).status, 400);
    EXPECT_NE(log.text().find("canceled on request of alice from 192.0.2.7"), std::string::npos)
        << log.text();
    EXPECT_EQ(log.text().find("secret"), std::string::npos);
}

// A text/plain POST from a page of another site had a series segmented.
TEST_F(RestProtectionTest, AForeignPageChangesNothingOnAnyRoute) {
    const Job job = queue();
    for (const auto& [methods, path] : routes.paths()) {
        if (methods.find("POST") == std::string::npos) continue;
        auto asked = path;
        if (const auto at = asked.find("{id}"); at != std::string::npos)
            asked.replace(at, 4, asked.find("jobs") == std::string::npos ? one : job.id);
        HttpRequest request{HttpMethod::post, asked, {}, "{}", {{"content-type", "text/plain"}}};
        EXPECT_EQ(routes.answer(request).status, 415) << asked;
        request.headers["content-type"] = "application/json";
        request.headers["origin"] = "http://evil.example";
        request.headers["host"] = "pacs:8042";
        EXPECT_EQ(routes.answer(request).status, 403) << asked;
    }
    EXPECT_EQ(store().job(job.id)->state, JobState::queued);
    EXPECT_EQ(get("/spineseg/jobs").size(), 1u);
}

TEST_F(RestProtectionTest, EveryAnswerHasTheHeadersForBrowsers) {
    const std::vector<std::pair<HttpMethod, std::string>> requests{{HttpMethod::get, "/spineseg/health"},
                                                                   {HttpMethod::get, "/spineseg/app"},
                                                                   {HttpMethod::del, "/spineseg/jobs"},
                                                                   {HttpMethod::get, "/spineseg/nothing"}};
    for (const auto& [method, path] : requests) {
        const auto response = ask(method, path);
        EXPECT_EQ(response.headers.at("X-Frame-Options"), "DENY") << path;
        EXPECT_EQ(response.headers.at("X-Content-Type-Options"), "nosniff") << path;
        EXPECT_NE(response.headers.at("Content-Security-Policy").find("frame-ancestors 'none'"),
                  std::string::npos);
    }
    const auto policy = ask(HttpMethod::get, "/spineseg/app").headers.at("Content-Security-Policy");
    EXPECT_NE(policy.find("script-src 'sha256-"), std::string::npos) << policy;
    EXPECT_EQ(policy.find("unsafe"), std::string::npos) << policy;
}

TEST(WebPages, ThePolicyNamesTheDigestsOfScriptAndStyle) {
    // printf 'a' | openssl dgst -sha256 -binary | base64, and the same of b
    const auto policy = page_policy("<style>a</style><body><script>b</script>");
    EXPECT_NE(policy.find("style-src 'sha256-ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=';"),
              std::string::npos)
        << policy;
    EXPECT_NE(policy.find("script-src 'sha256-PiPoFgA5WUoziU9lZOGxNIu9egCI1CxKy3PurtWcAJ0=';"),
              std::string::npos)
        << policy;
}

// A hundred jobs in 0.8 s were had by varying Seed.
TEST_F(RestProtectionTest, ASeriesThatIsAskedForTooOftenIs429) {
    QueuePolicy policy;
    policy.series_requests_per_day = settings.series_requests_per_day;
    ReopeningStore bounded(folder.file("bounded.db"), JobStore::system_clock(), policy);
    ASSERT_TRUE(bounded.open());
    const RestRoutes bounded_routes{
        {bounded, intake, registry, settings, "0.1.0", [] { return std::string(); }}};
    archive.put(lumbar_series(one));
    int accepted = 0;
    HttpResponse last;
    for (int seed = 0; seed < 100; ++seed) {
        last = bounded_routes.answer({HttpMethod::post,
                                      "/series/" + one + "/segment",
                                      {},
                                      "{\"Seed\": " + std::to_string(seed) + "}",
                                      {{"content-type", "application/json"}}});
        accepted += last.status == 200 ? 1 : 0;
    }
    EXPECT_EQ(accepted, settings.series_requests_per_day);
    EXPECT_EQ(last.status, 429);
    EXPECT_EQ(last.headers.at("Retry-After"), "60");
    EXPECT_NE(last.body.find("SeriesRequestsPerDay"), std::string::npos) << last.body;
}

// Photometric Interpretation "ZZ\n…" of a file forged lines in three answers.
TEST_F(RestProtectionTest, AnswersQuoteForeignTextPrintable) {
    auto tags = lumbar_series(one);
    tags.values["Modality"] = "ZZ\nE1130 forged\x1b[2J\xe2\x80\xae";
    archive.put(tags);
    ASSERT_TRUE(intake.consider(store(), one));
    EXPECT_EQ(get("/spineseg/series/" + one)["Reason"],
              "modality: not magnetic resonance (Modality is ZZ\\nE1130 forged\\x1b[2J\\u202e)");
    const auto explained = post("/series/" + one + "/explain");
    EXPECT_EQ(explained.status, 200);
    EXPECT_EQ(explained.body.find("\xe2\x80\xae"), std::string::npos);
    EXPECT_EQ(json::parse(explained.body)["Reason"].get<std::string>().find('\n'), std::string::npos);
}

}  // namespace rest_protection_test
}  // namespace spineseg

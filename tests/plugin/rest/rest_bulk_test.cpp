// SPDX-License-Identifier: GPL-3.0-or-later
// Many jobs or series at once, jobs for the night, the list of judged series, the journal.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "plugin/rest/request_values.h"
#include "tests/plugin/rest/rest_fixture.h"

namespace spineseg {
namespace rest_bulk_test {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

class RestBulkTest : public RestRoutesTest {
  protected:
    static std::string listed(const std::string& key, const std::vector<std::string>& ids) {
        return json{{key, ids}}.dump();
    }
};

TEST_F(RestBulkTest, ManyJobsAreCanceledAndResubmittedAtOnce) {
    const Job first = queue('1'), second = queue('2');
    const std::vector<std::string> ids{first.id, "nonsense", second.id};
    const auto canceled = answered(post("/spineseg/jobs/cancel", listed("IDs", ids)));
    ASSERT_EQ(canceled.size(), 3u);
    EXPECT_EQ(canceled[0], (json{{"ID", first.id}, {"Status", 200}}));
    EXPECT_EQ(canceled[1]["ID"], "nonsense");
    EXPECT_EQ(canceled[1]["Status"], 404);
    EXPECT_EQ(canceled[1]["Error"]["Code"], "not_found");
    EXPECT_EQ(get("/spineseg/jobs/" + second.id)["State"], "canceled");
    const auto again = answered(post("/spineseg/jobs/resubmit", listed("IDs", {second.id})));
    EXPECT_EQ(again[0]["Job"]["ID"], second.id);
    EXPECT_EQ(get("/spineseg/jobs", {{"state", "queued"}}), json({second.id}));
    for (const auto* path : {"/spineseg/jobs/cancel", "/spineseg/jobs/resubmit"}) {
        for (const char* body : {"", "{}", R"({"IDs": []})", R"({"IDs": "x"})", R"({"IDs": [1]})",
                                 R"({"IDs": ["x"], "All": true})"})
            EXPECT_EQ(post(path, body).status, 400) << body;
        expect_refused(post(path, listed("IDs", std::vector<std::string>(501, "x"))), "IDs");
    }
}

TEST_F(RestBulkTest, WhereTheArchiveIsAwayTheRestOfManyIsNotTried) {
    archive.put(lumbar_series(one));
    archive.out_of_order = Error{ErrorCode::archive_unavailable, "away"};
    const auto answers =
        answered(post("/spineseg/segment", listed("Series", {one, orthanc_id('2'), orthanc_id('3')})));
    for (const auto& answer : answers) {
        EXPECT_EQ(answer["Status"], 503);
        EXPECT_EQ(answer["Error"]["Code"], "archive_unavailable");
    }
}

TEST_F(RestBulkTest, ManySeriesAreAskedForAtOnce) {
    archive.put(lumbar_series(one));
    auto ct = lumbar_series(orthanc_id('2'));
    ct.values["Modality"] = "CT";
    archive.put(ct);
    const auto answers = answered(
        post("/spineseg/segment",
             json{{"Series", {one, orthanc_id('2'), orthanc_id('3'), "x"}}, {"Priority", 3}}.dump()));
    ASSERT_EQ(answers.size(), 4u);
    EXPECT_EQ(answers[0]["Series"], one);
    EXPECT_EQ(get(answers[0]["Path"])["Priority"], 3);
    EXPECT_EQ(answers[1]["Status"], 400);
    EXPECT_THAT(answers[1]["Error"]["Detail"].get<std::string>(), HasSubstr("modality"));
    EXPECT_EQ(answers[2]["Status"], 404);
    EXPECT_EQ(answers[3]["Status"], 404);
    EXPECT_EQ(post("/spineseg/segment", "{}").status, 400);
}

TEST_F(RestBulkTest, AJobMayWaitForTheNightOrForATime) {
    archive.put(lumbar_series(one));
    const std::string path = "/series/" + one + "/segment";
    expect_refused(post(path, R"({"OffPeak": true})"), "OffPeakHours");
    const auto now = JobStore::system_clock()();
    const auto local = (std::chrono::floor<std::chrono::hours>(now).time_since_epoch().count() + 24) % 24;
    ::setenv("TZ", "UTC", 1);
    ::tzset();
    const int in_two_hours = static_cast<int>((local + 2) % 24) * 60;
    settings.off_peak = OffPeak{in_two_hours, (in_two_hours + 60) % 1440};
    const auto job = answered(post(path, R"({"OffPeak": true})"));
    const auto begins = time_from_iso8601(get(job["Path"])["NotBefore"].get<std::string>());
    ASSERT_TRUE(begins);
    EXPECT_GT(*begins, now + 59min);
    EXPECT_LE(*begins, now + 2h);
    EXPECT_FALSE(store().lease("w", "", 60s)->has_value());
    for (const char* body : {R"({"OffPeak": 1})", R"({"NotBefore": "soon"})", R"({"NotBefore": 7})",
                             R"({"NotBefore": "2999-01-01T00:00:00Z"})",
                             R"({"OffPeak": true, "NotBefore": "2026-01-01T00:00:00Z"})"})
        EXPECT_EQ(post(path, body).status, 400) << body;
    EXPECT_EQ(answered(post(path, R"({"NotBefore": "2020-01-01T00:00:00Z"})"))["ID"], job["ID"]);
    EXPECT_TRUE(store().lease("w", "", 60s)->has_value()) << "a time that is over brings it forward";
}

TEST_F(RestBulkTest, WhyNotIsAListOfTheNewestSeriesThatWereJudged) {
    auto ct = lumbar_series(one);
    ct.values["Modality"] = "CT";
    archive.put(ct);
    ASSERT_TRUE(intake.consider(store(), one));
    const Job job = queue('2');
    ASSERT_TRUE(store().verdicts().record(
        {orthanc_id('3'), "1.2", "f", false, "own_result: ours", JobStore::system_clock()()}));
    EXPECT_EQ(get("/spineseg/series", {{"state", "ineligible"}}), json({one}));
    EXPECT_EQ(get("/spineseg/series", {{"state", "ineligible"}, {"own", ""}}), json({orthanc_id('3'), one}));
    const auto all = get("/spineseg/series", {{"expand", ""}});
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0]["State"], "queued");
    EXPECT_EQ(all[1]["State"], "ineligible");
    EXPECT_EQ(all[1]["Rule"], "modality");
    EXPECT_EQ(all[1]["Reason"], "modality: not magnetic resonance (Modality is CT)");
    EXPECT_TRUE(time_from_iso8601(all[1]["Time"].get<std::string>()));
    EXPECT_EQ(get("/spineseg/series", {{"before", orthanc_id('2')}}), json({one}));
    EXPECT_EQ(get("/spineseg/series", {{"before", one}}), json::array());
    expect_refused(ask(HttpMethod::get, "/spineseg/series", {{"state", "done"}}), "state");
    expect_refused(ask(HttpMethod::get, "/spineseg/series", {{"before", "x"}}), "before");
}

TEST_F(RestBulkTest, TheJournalOfAJobAndOfAllIsExportedInItsOrder) {
    const Job first = queue('1');
    queue('2');
    ASSERT_TRUE(store().cancel(first.id, "canceled on request", {"alice", "192.0.2.7"}));
    const auto journal = get("/spineseg/jobs/" + first.id + "/journal");
    ASSERT_EQ(journal.size(), 2u);
    EXPECT_EQ(journal[0]["Action"], "arrived");
    EXPECT_EQ(journal[1]["User"], "alice");
    EXPECT_EQ(journal[1]["Address"], "192.0.2.7");
    const auto since = journal[0]["Number"].get<std::int64_t>();
    const auto later = get("/spineseg/journal", {{"since", std::to_string(since)}});
    ASSERT_EQ(later.size(), 2u);
    EXPECT_LT(later[0]["Number"].get<std::int64_t>(), later[1]["Number"].get<std::int64_t>());
    const auto lines = ask(HttpMethod::get, "/spineseg/journal", {{"format", "jsonl"}, {"limit", "2"}});
    EXPECT_EQ(lines.content_type, "application/x-ndjson");
    const auto first_line = lines.body.substr(0, lines.body.find('\n'));
    EXPECT_EQ(json::parse(first_line), journal[0]);
    EXPECT_EQ(std::count(lines.body.begin(), lines.body.end(), '\n'), 2);
    expect_refused(ask(HttpMethod::get, "/spineseg/journal", {{"format", "xml"}}), "format");
    expect_refused(ask(HttpMethod::get, "/spineseg/journal", {{"since", "x"}}), "since");
    EXPECT_EQ(ask(HttpMethod::get, "/spineseg/jobs/x/journal").status, 404);
    EXPECT_EQ(ask(HttpMethod::get, "/spineseg/jobs/01234567-89ab-cdef-0123-456789abcdef/journal").status,
              404);
}

}  // namespace rest_bulk_test
}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
// The queue as operators and their programs see it: filters, waiting, pausing, many jobs at once, the journal.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "plugin/rest/request_values.h"
#include "plugin/rest/segment_body.h"
#include "tests/plugin/rest/rest_fixture.h"

namespace spineseg {
namespace rest_queue_test {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

class RestQueueTest : public RestRoutesTest {
  protected:
    void finish(const Job& job, const std::string& summary = "") {
        const auto lease = store().lease("w", "", 60s);
        ASSERT_TRUE(lease && lease->has_value());
        ASSERT_EQ((*lease)->job.id, job.id);
        Outcome done;
        done.summary_json = summary;
        ASSERT_TRUE(store().complete(job.id, (*lease)->epoch, done));
    }
    json answered(const HttpResponse& response) {
        EXPECT_EQ(response.status, 200) << response.body;
        return json::parse(response.body);
    }
    /// That the request is refused by a sentence that names `word`.
    void expect_refused(const HttpResponse& response, const std::string& word) {
        EXPECT_EQ(response.status, 400) << response.body;
        const auto problem = json::parse(response.body);
        EXPECT_EQ(problem.at("Code"), "invalid_argument");
        EXPECT_THAT(problem.at("Details").get<std::string>(), HasSubstr(word));
    }
    static std::string listed(const std::string& key, const std::vector<std::string>& ids) {
        return json{{key, ids}}.dump();
    }
};

TEST_F(RestQueueTest, JobsAreFilteredByStatesVerdictScannerAndTime) {
    auto tags = lumbar_series(one);
    tags.values["Manufacturer"] = "SIEMENS";
    tags.values["ManufacturerModelName"] = "Aera";
    archive.put(tags);
    const Job first = **intake.consider(store(), one);
    finish(first, R"({"quality": {"verdict": "review"}})");
    const Job second = queue('2');
    EXPECT_EQ(get("/spineseg/jobs", {{"state", "queued,done"}}), json({second.id, first.id}));
    EXPECT_EQ(get("/spineseg/jobs", {{"verdict", "review"}}), json({first.id}));
    EXPECT_EQ(get("/spineseg/jobs", {{"text", "siemens a"}}), json({first.id}));
    EXPECT_EQ(get("/spineseg/jobs", {{"since", "2020-01-01T00:00:00Z"}}).size(), 2u);
    EXPECT_EQ(get("/spineseg/jobs", {{"until", "2020-01-01T00:00:00.000Z"}}), json::array());
    const auto whole = get("/spineseg/jobs", {{"expand", ""}, {"verdict", "review"}});
    EXPECT_EQ(whole[0]["Scanner"], (json{{"Manufacturer", "SIEMENS"}, {"ModelName", "Aera"}}));
    EXPECT_EQ(get("/spineseg/jobs/" + first.id)["Scanner"]["ModelName"], "Aera");
}

TEST_F(RestQueueTest, WrongFiltersAreRefusedByName) {
    const std::vector<std::pair<std::string, std::string>> wrong{{"state", "queued,"},
                                                                 {"state", ""},
                                                                 {"verdict", "good"},
                                                                 {"since", "today"},
                                                                 {"until", "2026-02-30T00:00:00Z"},
                                                                 {"since", "2026-01-01T24:00:00Z"},
                                                                 {"text", std::string(65, 'x')},
                                                                 {"text", "a\nb"},
                                                                 {"limit", "+5"}};
    for (const auto& [key, value] : wrong)
        expect_refused(ask(HttpMethod::get, "/spineseg/jobs", {{key, value}}), key);
}

TEST_F(RestQueueTest, TimesAreReadAsTheyAreWritten) {
    EXPECT_EQ(time_from_iso8601("1970-01-02T00:00:01.250Z"), Timestamp(86'401'250ms));
    EXPECT_EQ(time_from_iso8601("2026-11-22T16:04:05Z"), Timestamp(1'795'363'445'000ms));
    for (const char* wrong : {"", "2026-11-22", "2026-11-22T16:04:05", "2026-11-22T16:04:05+01:00",
                              "2026-13-01T00:00:00Z", "1969-12-31T23:59:59Z", "2026-11-22 16:04:05Z"})
        EXPECT_FALSE(time_from_iso8601(wrong)) << wrong;
}

TEST_F(RestQueueTest, TheQueueShowsItsCountsAndTheDay) {
    const Job done = queue('1');
    finish(done, R"({"quality": {"verdict": "review"}})");
    queue('2');
    const auto view = get("/spineseg/queue");
    EXPECT_EQ(view["Paused"], false);
    EXPECT_EQ(view["Draining"], false);
    EXPECT_EQ(view["Counts"]["Queued"], 1);
    EXPECT_EQ(view["Counts"]["Done"], 1);
    EXPECT_GE(view["OldestQueuedSeconds"].get<double>(), 0.0);
    EXPECT_EQ(view["Today"]["Done"], 1);
    EXPECT_EQ(view["Today"]["Review"], 1);
    EXPECT_EQ(view["Today"]["Arrived"], 2);
    EXPECT_GE(view["Today"]["TurnaroundSeconds"]["P95"].get<double>(), 0.0);
    EXPECT_GT(view["Last"].get<std::int64_t>(), 0);
}

TEST_F(RestQueueTest, AQueueIsPausedDrainedAndResumed) {
    const Job job = queue('1');
    EXPECT_EQ(answered(post("/spineseg/queue/pause"))["Paused"], true);
    EXPECT_FALSE(store().lease("w", "", 60s)->has_value());
    const auto drained = answered(post("/spineseg/queue/drain"));
    EXPECT_EQ(drained["Paused"], false);
    EXPECT_EQ(drained["Draining"], true);
    EXPECT_EQ(drained["Drained"], true);
    EXPECT_EQ(answered(post("/spineseg/queue/resume"))["Draining"], false);
    EXPECT_TRUE(store().lease("w", "", 60s)->has_value());
    const auto journal = get("/spineseg/journal", {{"limit", "4"}});
    EXPECT_EQ(journal[1]["Action"], "queue running");
    EXPECT_EQ(journal[2]["Action"], "queue draining");
    EXPECT_EQ(journal[3]["Action"], "queue paused");
    EXPECT_EQ(ask(HttpMethod::get, "/spineseg/queue/pause").status, 405);
}

TEST_F(RestQueueTest, APriorityIsChangedWhileAJobHasNotEnded) {
    const Job job = queue('1');
    const std::string path = "/spineseg/jobs/" + job.id + "/priority";
    EXPECT_EQ(answered(post(path, R"({"Priority": 7})"))["Priority"], 7);
    for (const char* body : {"", "[]", "{}", R"({"Priority": 1001})", R"({"Priority": "7"})",
                             R"({"Priority": 1, "Force": true})"})
        EXPECT_EQ(post(path, body).status, 400) << body;
    expect_refused(post(path, R"({"Priority": 1001})"), "Priority");
    EXPECT_EQ(post("/spineseg/jobs/x/priority", R"({"Priority": 1})").status, 404);
    finish(job);
    EXPECT_EQ(post(path, R"({"Priority": 1})").status, 400);
}

TEST_F(RestQueueTest, ChangesAreToldAtOnceWhereThereAreSome) {
    const auto begun = get("/spineseg/changes")["Last"].get<std::int64_t>();
    const Job job = queue('1');
    const auto changed = get("/spineseg/changes", {{"since", std::to_string(begun)}});
    EXPECT_EQ(changed["Jobs"], json({job.id}));
    EXPECT_EQ(changed["Queue"], true);
    EXPECT_EQ(changed["Waited"], true);
    const auto last = std::to_string(changed["Last"].get<std::int64_t>());
    EXPECT_EQ(get("/spineseg/changes", {{"since", last}, {"timeout", "0"}})["Jobs"], json::array());
    expect_refused(ask(HttpMethod::get, "/spineseg/changes", {{"since", "-1"}}), "since");
    expect_refused(ask(HttpMethod::get, "/spineseg/changes", {{"timeout", "21"}}), "timeout");
}

TEST_F(RestQueueTest, WhoWaitsForAChangeIsWokenByIt) {
    const auto last = std::to_string(get("/spineseg/changes")["Last"].get<std::int64_t>());
    const auto begun = std::chrono::steady_clock::now();
    std::thread writer([&] {
        std::this_thread::sleep_for(100ms);
        queue('1');
    });
    const auto changed = get("/spineseg/changes", {{"since", last}});
    writer.join();
    EXPECT_EQ(changed["Jobs"].size(), 1u);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 10s);
}

TEST_F(RestQueueTest, WhoWaitsForAJobHearsOfItsEnd) {
    const Job job = queue('1');
    const std::string path = "/spineseg/jobs/" + job.id + "/wait";
    EXPECT_EQ(get(path, {{"timeout", "0"}})["State"], "queued");
    std::thread worker([&] {
        std::this_thread::sleep_for(100ms);
        finish(job);
    });
    const auto view = get(path);
    worker.join();
    EXPECT_EQ(view["State"], "done");
    EXPECT_EQ(view["Waited"], true);
    EXPECT_EQ(ask(HttpMethod::get, "/spineseg/jobs/x/wait").status, 404);
}

TEST_F(RestQueueTest, ManyThatWaitLeaveOrthancItsThreadsAndAStopEndsThemAll) {
    const auto last = std::to_string(get("/spineseg/changes")["Last"].get<std::int64_t>());
    std::atomic<int> waited{0}, at_once{0};
    std::vector<std::thread> clients;
    for (int i = 0; i < LongPolls::kMost + 3; ++i)
        clients.emplace_back([&] {
            const auto answer = get("/spineseg/changes", {{"since", last}});
            ++(answer["Waited"].get<bool>() ? waited : at_once);
        });
    for (int tries = 0; at_once < 3 && tries < 1000; ++tries) std::this_thread::sleep_for(10ms);
    EXPECT_EQ(at_once, 3);
    EXPECT_EQ(waited, 0);
    const auto begun = std::chrono::steady_clock::now();
    slot.writes().stop();
    for (auto& client : clients) client.join();
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
    EXPECT_EQ(waited, LongPolls::kMost);
}

TEST_F(RestQueueTest, WhoWaitsWhileTheDatabaseGoesIsTold) {
    ReopeningStore closed(folder.file("never-opened.db"));
    const RestRoutes without{{closed, intake, registry, settings, "0.1.0", [] { return std::string(); }}};
    for (const char* path : {"/spineseg/changes", "/spineseg/queue", "/spineseg/series", "/spineseg/journal",
                             "/spineseg/jobs/01234567-89ab-cdef-0123-456789abcdef/wait",
                             "/spineseg/jobs/01234567-89ab-cdef-0123-456789abcdef/journal"}) {
        const auto answer = without.answer({HttpMethod::get, path, {{"since", "5"}}, {}});
        EXPECT_EQ(answer.status, 503) << path;
        EXPECT_EQ(json::parse(answer.body)["Code"], "database_unavailable") << path;
    }
    for (const char* path : {"/spineseg/queue/pause", "/spineseg/queue/resume", "/spineseg/queue/drain"})
        EXPECT_EQ(without.answer({HttpMethod::post, path, {}, {}}).status, 503) << path;
}

TEST_F(RestQueueTest, ManyJobsAreCanceledAndResubmittedAtOnce) {
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

TEST_F(RestQueueTest, WhereTheArchiveIsAwayTheRestOfManyIsNotTried) {
    archive.put(lumbar_series(one));
    archive.out_of_order = Error{ErrorCode::archive_unavailable, "away"};
    const auto answers =
        answered(post("/spineseg/segment", listed("Series", {one, orthanc_id('2'), orthanc_id('3')})));
    for (const auto& answer : answers) {
        EXPECT_EQ(answer["Status"], 503);
        EXPECT_EQ(answer["Error"]["Code"], "archive_unavailable");
    }
}

TEST_F(RestQueueTest, ManySeriesAreAskedForAtOnce) {
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

TEST_F(RestQueueTest, AJobMayWaitForTheNightOrForATime) {
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

TEST_F(RestQueueTest, WhyNotIsAListOfTheNewestSeriesThatWereJudged) {
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

TEST_F(RestQueueTest, TheJournalOfAJobAndOfAllIsExportedInItsOrder) {
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

TEST_F(RestQueueTest, ErrorsHaveACodeThatProgramsMayGoBy) {
    const std::vector<std::pair<HttpResponse, std::string>> refused{
        {ask(HttpMethod::get, "/spineseg/nothing"), "not_found"},
        {ask(HttpMethod::del, "/spineseg/jobs"), "method_not_allowed"},
        {ask(HttpMethod::get, "/spineseg/jobs", {{"state", "x"}}), "invalid_argument"},
        {routes.answer(
             {HttpMethod::post, "/spineseg/queue/pause", {}, "", {{"sec-fetch-site", "cross-site"}}}),
         "forbidden_origin"},
        {routes.answer(
             {HttpMethod::post, "/spineseg/jobs/cancel", {}, "x", {{"content-type", "text/plain"}}}),
         "unsupported_media_type"}};
    for (const auto& [response, code] : refused) {
        const auto problem = json::parse(response.body);
        EXPECT_EQ(problem["Code"], code);
        EXPECT_EQ(problem["HttpStatus"], response.status);
    }
    EXPECT_EQ(get("/spineseg/queue")["Paused"], false) << "the other page's request did nothing";
}

}  // namespace rest_queue_test
}  // namespace spineseg

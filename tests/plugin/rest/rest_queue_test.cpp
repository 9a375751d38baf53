// SPDX-License-Identifier: GPL-3.0-or-later
// The queue as operators and their programs see it: filters, waiting, pausing, errors.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "plugin/rest/request_values.h"
#include "tests/plugin/rest/rest_fixture.h"

namespace spineseg {
namespace rest_queue_test {

using namespace std::chrono_literals;
using nlohmann::json;

class RestQueueTest : public RestRoutesTest {};

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

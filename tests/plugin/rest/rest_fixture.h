// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The REST routes over a database in a folder of its own and an archive in memory. Where SPINESEG_RECORDED_ANSWERS names a
/// file, every answer is written there, a JSON object a line: tests/plugin/openapi compares them with the schemas.

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "plugin/rest/rest_routes.h"
#include "tests/plugin/archive/fake_archive.h"

namespace spineseg {

inline void record_answer(const std::string& method, const std::string& path, const HttpResponse& response) {
    const char* file = std::getenv("SPINESEG_RECORDED_ANSWERS");
    if (file == nullptr) return;
    const nlohmann::json line{{"Method", method},
                              {"Path", path},
                              {"Status", response.status},
                              {"Type", response.content_type},
                              {"Body", response.body}};
    std::ofstream(file, std::ios::app) << line.dump() << '\n';
}

class RestRoutesTest : public testing::Test {
  protected:
    void SetUp() override { ASSERT_TRUE(slot.open()); }
    JobStore& store() { return **slot.get(); }

    HttpResponse ask(HttpMethod method, const std::string& path,
                     std::map<std::string, std::string> query = {}, const std::string& body = "") {
        const auto response =
            routes.answer({method, path, std::move(query), body, {{"content-type", "application/json"}}});
        record_answer(method == HttpMethod::get ? "get" : "post", path, response);
        return response;
    }
    nlohmann::json get(const std::string& path, std::map<std::string, std::string> query = {}) {
        const auto response = ask(HttpMethod::get, path, std::move(query));
        EXPECT_EQ(response.status, 200) << response.body;
        return nlohmann::json::parse(response.body);
    }
    HttpResponse post(const std::string& path, const std::string& body = "") {
        return ask(HttpMethod::post, path, {}, body);
    }
    Job queue(char digit = '1') {
        archive.put(lumbar_series(orthanc_id(digit)));
        return **intake.consider(store(), orthanc_id(digit));
    }

    /// The queued job ends as done, with that summary.
    void finish(const Job& job, const std::string& summary = "") {
        const auto lease = store().lease("w", "", std::chrono::seconds(60));
        ASSERT_TRUE(lease && lease->has_value());
        ASSERT_EQ((*lease)->job.id, job.id);
        Outcome done;
        done.summary_json = summary;
        ASSERT_TRUE(store().complete(job.id, (*lease)->epoch, done));
    }
    static nlohmann::json answered(const HttpResponse& response) {
        EXPECT_EQ(response.status, 200) << response.body;
        return nlohmann::json::parse(response.body);
    }
    /// That the request is refused by a sentence that names `word`.
    static void expect_refused(const HttpResponse& response, const std::string& word) {
        EXPECT_EQ(response.status, 400) << response.body;
        const auto problem = nlohmann::json::parse(response.body);
        EXPECT_EQ(problem.at("Code"), "invalid_argument");
        EXPECT_NE(problem.at("Details").get<std::string>().find(word), std::string::npos) << response.body;
    }

    TemporaryFolder folder;
    FakeArchive archive;
    ListLog log;
    Settings settings = *Settings::parse("", folder.file(""));
    Intake intake{archive, EligibilityRules::shipped(), {}, log};
    WorkerRegistry registry;
    ReopeningStore slot{folder.file("queue.db")};
    RestRoutes routes{{slot, intake, registry, settings, "0.1.0", [] { return std::string("1.10.1"); }}};
    const std::string one = orthanc_id('1');
};

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/rest/listed_job.h"

#include <gtest/gtest.h>

#include "plugin/http/http_messages.h"
#include "plugin/rest/job_view.h"

namespace spineseg {
namespace listed_job_test {

using nlohmann::json;

json shown(const Job& job) {
    JsonListText list;
    auto [view, summary] = listed_job(job, "/spineseg/");
    summary.empty() ? list.add(std::move(view)) : list.add(std::move(view), "Summary", summary);
    return json::parse(std::move(list).response().body);
}

Job job_with(const std::string& summary) {
    Job job;
    job.id = "a";
    job.model_digest = "d";
    job.summary_json = summary;
    return job;
}

TEST(ListedJobTest, IsWhatTheJobItselfShowsWhateverTheSummary) {
    const std::string longest(2048, 'x'), longer(2049, 'x');
    for (const std::string& summary :
         {std::string(), std::string("{}"),
          std::string(R"({"samples":3,"steps":1,"quality":{"score":0.85,"steps":7}})"),
          std::string(R"({"samples":3.5,"steps":"1","list":[1,[2,{}],null,true,-4,1e300]})"),
          std::string(R"({"text":"a\nb","unicode":"ä"})"), std::string(R"({"escaped":"\u001b"})"),
          "{\"text\":\"" + longest + "\"}", "{\"text\":\"" + longer + "\"}", "{\"" + longer + "\":1}",
          std::string("[1,2]"), std::string("7"), std::string("null"), std::string("{\"broken\":"),
          std::string("{} {}"), std::string("\n{\"a\":\n1}"),
          std::string(R"({"samples":18446744073709551615,"steps":-1})")}) {
        SCOPED_TRACE(summary.substr(0, 80));
        const auto job = job_with(summary);
        EXPECT_EQ(shown(job), json::parse(json_response(json::array({job_json(job, "/spineseg/")})).body));
    }
}

TEST(ListedJobTest, WhatWasAskedForIsShownBeforeWhatWasUsed) {
    auto job = job_with(R"({"samples":3,"steps":1})");
    job.request.samples = 5;
    EXPECT_EQ(shown(job)[0].at("Samples"), 5);
    EXPECT_EQ(shown(job)[0].at("Steps"), 1);
}

TEST(ListedJobTest, TheSummaryOfAWorkerIsNotReadIntoATree) {
    const auto job = job_with(R"({"structures":[{"name":"L5 vertebra","measurements":[{"value":27.25}]}]})");
    EXPECT_EQ(listed_job(job, "/spineseg/").summary, job.summary_json);
}

}  // namespace listed_job_test
}  // namespace spineseg

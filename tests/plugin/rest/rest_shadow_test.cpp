// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include "tests/plugin/rest/rest_fixture.h"

namespace spineseg {
namespace rest_shadow_test {

class RestShadowTest : public RestRoutesTest {
  protected:
    /// A job of the series with that digit that is done, and a run that the shadow model ended so.
    Job shadowed(char digit, const ShadowEnd& end, const std::string& model = "candidate") {
        queue(digit);
        const Lease lease = store().lease("w", "", std::chrono::seconds(60))->value();
        const Job job = *store().complete(lease.job.id, lease.epoch, Outcome{});
        EXPECT_TRUE(store().shadow_runs().add(job, {model}));
        const ShadowRun run = store().shadow_runs().lease("s", model, model + " digest")->value();
        EXPECT_TRUE(store().shadow_runs().end(run.id, run.epoch, end));
        return job;
    }
    static ShadowEnd compared(double dice, const std::string& verdict, double seconds) {
        ShadowFigures figures;
        figures.mean_dice = dice;
        figures.disc = dice;
        figures.levels_json = R"([{"Label":"L4/L5 disc","Dice":0.5}])";
        figures.shown_verdict = "pass";
        figures.shadow_verdict = verdict;
        figures.shown_score = 0.75;
        figures.shadow_score = 0.5;
        figures.shown_seconds = 10;
        figures.shadow_seconds = seconds;
        return {ShadowState::compared, "compared", figures};
    }
    int status(const std::map<std::string, std::string>& query) {
        return ask(HttpMethod::get, "/spineseg/shadow", query).status;
    }
};

TEST_F(RestShadowTest, WithoutRunsTheTotalsAreEmpty) {
    const auto answer = get("/spineseg/shadow");
    EXPECT_EQ(answer["Models"], nlohmann::json::array());
    EXPECT_EQ(answer["Runs"], nlohmann::json::array());
    EXPECT_EQ(answer["Totals"]["Runs"]["Compared"], 0);
    EXPECT_EQ(answer["Totals"]["Dice"]["Median"], nullptr);
    EXPECT_EQ(answer["Totals"]["Verdicts"], nlohmann::json::array());
}

TEST_F(RestShadowTest, ARunSaysWhatWasComparedAndWithWhat) {
    const Job job = shadowed('1', compared(0.5, "review", 20));
    const auto run = get("/spineseg/shadow")["Runs"].at(0);
    EXPECT_EQ(run["State"], "compared");
    EXPECT_EQ(run["Job"], job.id);
    EXPECT_EQ(run["Path"], "/spineseg/jobs/" + job.id);
    EXPECT_EQ(run["Series"], one);
    EXPECT_EQ(run["Model"]["Digest"], "candidate digest");
    EXPECT_EQ(run["Dice"]["Mean"], 0.5);
    EXPECT_EQ(run["Dice"]["Canal"], nullptr);
    EXPECT_EQ(run["Dice"]["Levels"][0]["Label"], "L4/L5 disc");
    EXPECT_EQ(run["Verdict"]["Shown"], "pass");
    EXPECT_EQ(run["Verdict"]["Shadow"], "review");
    EXPECT_EQ(run["Score"]["Difference"], -0.25);
    EXPECT_EQ(run["Seconds"]["Ratio"], 2.0);
}

TEST_F(RestShadowTest, TotalsHaveMeanMedianAndWorstDiceTheVerdictsAndTheRatioOfTimes) {
    shadowed('1', compared(0.9, "pass", 10));
    shadowed('2', compared(0.6, "review", 20));
    shadowed('3', compared(0.8, "pass", 40));
    ShadowFigures rejected;
    rejected.shown_verdict = "pass";
    rejected.shadow_verdict = "reject";
    shadowed('4', {ShadowState::rejected, "blurred", rejected});
    shadowed('5', {ShadowState::failed, "no memory", {}});
    const auto totals = get("/spineseg/shadow", {{"limit", "1"}})["Totals"];
    EXPECT_EQ(totals["Runs"]["Compared"], 3);
    EXPECT_EQ(totals["Runs"]["Rejected"], 1);
    EXPECT_EQ(totals["Runs"]["Failed"], 1);
    EXPECT_EQ(totals["Sampled"], 4);
    EXPECT_NEAR(totals["Dice"]["Mean"].get<double>(), 2.3 / 3, 1e-12);
    EXPECT_EQ(totals["Dice"]["Median"], 0.8);
    EXPECT_EQ(totals["Dice"]["Worst"], 0.6);
    EXPECT_EQ(totals["Structures"]["Disc"]["Worst"], 0.6);
    EXPECT_EQ(totals["Structures"]["Canal"]["Worst"], nullptr);
    EXPECT_EQ(totals["Seconds"]["Ratio"], 2.0);
    const nlohmann::json verdicts = {{{"Shown", "pass"}, {"Shadow", "pass"}, {"Runs", 2}},
                                     {{"Shown", "pass"}, {"Shadow", "reject"}, {"Runs", 1}},
                                     {{"Shown", "pass"}, {"Shadow", "review"}, {"Runs", 1}}};
    EXPECT_EQ(totals["Verdicts"], verdicts);
    EXPECT_EQ(get("/spineseg/shadow", {{"limit", "1"}})["Runs"].size(), 1u);
}

TEST_F(RestShadowTest, RunsAreChosenByModelAndTime) {
    shadowed('1', compared(0.9, "pass", 10));
    shadowed('2', compared(0.6, "pass", 10), "another");
    EXPECT_EQ(get("/spineseg/shadow", {{"model", "another"}})["Runs"].size(), 1u);
    EXPECT_EQ(get("/spineseg/shadow", {{"model", "another digest"}})["Totals"]["Dice"]["Worst"], 0.6);
    EXPECT_EQ(get("/spineseg/shadow", {{"since", "2020-02-29T23:59:59.999Z"}})["Runs"].size(), 2u);
    EXPECT_EQ(get("/spineseg/shadow", {{"since", "2999-01-01T00:00:00Z"}})["Totals"]["Runs"]["Compared"], 0);
}

TEST_F(RestShadowTest, WhatIsNoModelTimeOrNumberIsRefused) {
    for (const char* since :
         {"", "yesterday", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-01T24:00:00Z",
          "2026-11-01T00:00:00", "2026-11-01T00:00:00.1234Z", "2026-11-01T00:00:00,123Z"})
        EXPECT_EQ(status({{"since", since}}), 400) << since;
    for (const char* limit : {"0", "501", "x", "", "1.5", "-1", "99999999999"})
        EXPECT_EQ(status({{"limit", limit}}), 400) << limit;
    EXPECT_EQ(status({{"model", ""}}), 400);
    EXPECT_EQ(status({{"model", std::string(65, 'a')}}), 400);
    EXPECT_EQ(ask(HttpMethod::post, "/spineseg/shadow").status, 405);
}

TEST_F(RestShadowTest, WithoutTheDatabaseTheAnswerIs503) {
    std::filesystem::rename(folder.file("queue.db"), folder.file("away.db"));
    EXPECT_EQ(status({}), 503);
}

}  // namespace rest_shadow_test
}  // namespace spineseg

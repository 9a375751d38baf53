// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/metrics/metrics.h"

#include <gmock/gmock.h>

#include <fstream>
#include <set>
#include <thread>

#include "plugin/metrics/scanner_maker.h"
#include "tests/db/store_fixture.h"
#include "tests/plugin/archive/fake_archive.h"

namespace spineseg {
namespace metrics_test {

using testing::HasSubstr;
using testing::Not;

TEST(ScannerMaker, IsOneOfFewNamesWhateverTheImagesSay) {
    EXPECT_EQ(scanner_maker("SIEMENS"), "Siemens");
    EXPECT_EQ(scanner_maker("Siemens Healthineers"), "Siemens");
    EXPECT_EQ(scanner_maker("GE MEDICAL SYSTEMS"), "GE");
    EXPECT_EQ(scanner_maker("Philips Medical Systems"), "Philips");
    EXPECT_EQ(scanner_maker("TOSHIBA_MEC"), "Canon");
    EXPECT_EQ(scanner_maker("Hitachi Medical Corporation"), "Fujifilm");
    EXPECT_EQ(scanner_maker(""), "unknown");
    EXPECT_EQ(scanner_maker("  "), "unknown");
    std::set<std::string_view> names;
    for (int i = 0; i < 1000; ++i) names.insert(scanner_maker("Doe^Jane " + std::to_string(i)));
    EXPECT_EQ(names, std::set<std::string_view>{"other"});
}

class MetricsTest : public StoreTest {
  protected:
    void SetUp() override {
        slot.prepare_with([this](JobStore& opened) { return metrics.begin(opened); });
        ASSERT_TRUE(slot.open());
    }
    JobStore& store() { return **slot.get(); }
    std::string end(const std::string& name, const Outcome& outcome = {},
                    const std::string& model = "lumbar-fast") {
        auto asked = new_job(name);
        asked.model_id = model;
        const auto id = sure(store().enqueue(asked)).job.id;
        const auto lease = sure(store().lease("w", "model", 1min));
        now_ += 30s;
        sure(store().complete(id, lease->epoch, outcome));
        return id;
    }
    std::string plain() { return metrics.text("").text; }
    std::string open_metrics() { return metrics.text("application/openmetrics-text; version=1.0.0").text; }

    ListLog log;
    ReopeningStore slot{file(), [this] { return now_; }};
    WorkerRegistry registry;
    Webhooks webhooks{{}, {}, {}, slot, log};
    Metrics metrics{{slot,
                     registry,
                     webhooks,
                     {{"database", folder_}, {"absent", folder_ / "absent"}},
                     "1.2\"3\\",
                     [] { return std::string("1.10.1"); },
                     [this] { return now_; }}};
};

TEST_F(MetricsTest, EachEndIsCountedOnceWhoeverAsks) {
    for (int i = 0; i < 250; ++i) end(std::to_string(i));
    std::vector<std::thread> askers;
    for (int i = 0; i < 4; ++i) askers.emplace_back([this] { plain(); });
    for (auto& asker : askers) asker.join();
    sure(metrics.catch_up());
    EXPECT_THAT(plain(), HasSubstr("spineseg_jobs_ended_total{state=\"done\"} 250\n"));
    EXPECT_THAT(plain(), HasSubstr("spineseg_turnaround_seconds_bucket{le=\"30\"} 250\n"));
    EXPECT_THAT(plain(), HasSubstr("spineseg_turnaround_seconds_sum 7500\n"));
}

TEST_F(MetricsTest, WhatEndedBeforeTheStartIsNotCounted) {
    end("a");
    ReopeningStore later(file(), [this] { return now_; });
    Metrics restarted(
        {later, registry, webhooks, {}, "1", [] { return std::string(); }, [this] { return now_; }});
    later.prepare_with([&](JobStore& opened) { return restarted.begin(opened); });
    sure(later.open());
    EXPECT_THAT(restarted.text("").text, HasSubstr("spineseg_jobs_ended_total{state=\"done\"} 0\n"));
    EXPECT_THAT(restarted.text("").text, HasSubstr("spineseg_jobs{state=\"done\"} 1\n"));
    end("b");
    EXPECT_THAT(restarted.text("").text, HasSubstr("spineseg_jobs_ended_total{state=\"done\"} 1\n"));
}

TEST_F(MetricsTest, ADatabaseThatIsReplacedNeitherCountsTwiceNorForgets) {
    end("a");
    end("b");
    EXPECT_THAT(plain(), HasSubstr("ended_total{state=\"done\"} 2\n"));
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file().string() + suffix);
    { const auto other = open(); }
    ASSERT_FALSE(slot.get());
    sure(slot.open());
    end("c");
    EXPECT_THAT(plain(), HasSubstr("ended_total{state=\"done\"} 3\n"));
}

TEST_F(MetricsTest, ModelsHaveAtMostSixteenNames) {
    Outcome pass;
    pass.summary_json = R"({"quality": {"verdict": "pass"}})";
    for (int i = 0; i < 40; ++i) end(std::to_string(i), pass, "model " + std::to_string(i));
    const auto text = plain();
    int series = 0;
    for (auto at = text.find("\nspineseg_verdicts_total{"); at != std::string::npos;
         at = text.find("\nspineseg_verdicts_total{", at + 1))
        ++series;
    EXPECT_EQ(series, 17);
    EXPECT_THAT(text, HasSubstr("model=\"other\""));
}

TEST_F(MetricsTest, WhatAWorkerSaysIsCountedOnlyWhereItMakesSense) {
    Outcome hostile;
    for (const char* summary :
         {"", "[]", "{", "null", "7", R"({"seconds": []})", R"({"seconds": {"diffusion": -1}})",
          R"({"seconds": {"diffusion": 1e999}})", R"({"seconds": {"diffusion": {}}})",
          R"({"seconds": {"own": 1}})", R"({"quality": {"structures": {"vertebra": []}}})",
          R"({"quality": {"structures": {"vertebra": {"certainty": 2}}}})"}) {
        hostile.summary_json = summary;
        end(std::string("h") + summary, hostile);
    }
    const auto text = plain();
    EXPECT_THAT(text, HasSubstr("spineseg_jobs_ended_total{state=\"done\"} 12\n"));
    EXPECT_THAT(text, HasSubstr("spineseg_stage_seconds_count{stage=\"diffusion\"} 0\n"));
    EXPECT_THAT(text, HasSubstr("spineseg_uncertainty_count{structure=\"vertebra\"} 0\n"));
    EXPECT_THAT(text, Not(HasSubstr("own")));
}

TEST_F(MetricsTest, OneSampleAgreesWithNobody) {
    Outcome one;
    one.summary_json =
        R"({"samples": 1, "quality": {"structures": {"disc": {"sample_agreement": 1, "certainty": 0.75}}}})";
    end("a", one);
    EXPECT_THAT(plain(), HasSubstr("spineseg_sample_agreement_count{structure=\"disc\"} 0\n"));
    EXPECT_THAT(plain(), HasSubstr("spineseg_uncertainty_sum{structure=\"disc\"} 0.25\n"));
}

TEST_F(MetricsTest, OpenMetricsIsWrittenForWhoeverAsksForIt) {
    end("a");
    const auto text = open_metrics();
    EXPECT_THAT(text, HasSubstr("# TYPE spineseg_jobs_ended counter\n"));
    EXPECT_THAT(text, HasSubstr("spineseg_jobs_ended_total{state=\"done\"} 1.0\n"));
    EXPECT_THAT(text, HasSubstr("spineseg_turnaround_seconds_bucket{le=\"+Inf\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("version=\"1.2\\\"3\\\\\""));
    EXPECT_TRUE(text.ends_with("\n# EOF\n"));
    EXPECT_THAT(plain(), Not(HasSubstr("# EOF")));
    EXPECT_EQ(metrics.text("text/html").content_type, "text/plain; version=0.0.4; charset=utf-8");
}

TEST_F(MetricsTest, TheQueueTheWorkersAndTheDiskAreThoseOfNow) {
    sure(store().enqueue(new_job("a")));
    now_ += 90s;
    ConnectedWorker worker;
    worker.job = "a job";
    worker.self_test = SelfTestOutcome{SelfTestState::failed, ""};
    registry.put(1, worker);
    sure(store().control().set_mode(QueueMode::paused, {}));
    const auto text = plain();
    for (const char* line :
         {"spineseg_jobs{state=\"queued\"} 1", "spineseg_queue_oldest_seconds 90",
          "spineseg_workers_connected 1", "spineseg_workers_busy 1",
          "spineseg_worker_self_tests{state=\"failed\"} 1", "spineseg_database_up 1",
          "spineseg_queue_mode{mode=\"paused\"} 1", "spineseg_queue_mode{mode=\"running\"} 0",
          "spineseg_disk_free_bytes{folder=\"database\"}"})
        EXPECT_THAT(text, HasSubstr(line));
    EXPECT_THAT(text, Not(HasSubstr("folder=\"absent\""))) << "a folder that is not there has no size";
    std::map<std::string, double> gauges;
    for (const auto& [name, value] : metrics.gauges()) gauges[name] = value;
    EXPECT_EQ(gauges.at("spineseg_jobs_queued"), 1);
    EXPECT_EQ(gauges.at("spineseg_queue_oldest_seconds"), 90);
    EXPECT_EQ(gauges.at("spineseg_queue_paused"), 1);
}

TEST_F(MetricsTest, WithoutADatabaseTheRestIsStillAnswered) {
    end("a");
    EXPECT_THAT(plain(), HasSubstr("ended_total{state=\"done\"} 1\n"));
    std::filesystem::remove(file());
    const auto text = plain();
    EXPECT_THAT(text, HasSubstr("spineseg_database_up 0\n"));
    EXPECT_THAT(text, HasSubstr("ended_total{state=\"done\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("spineseg_workers_connected 0\n"));
    EXPECT_THAT(text, Not(HasSubstr("spineseg_jobs{")));
}

TEST_F(MetricsTest, AFaultOfWritingIsShownThoughReadingGoesOn) {
    slot.set_fault(Error{ErrorCode::database_unavailable, "disk full"});
    EXPECT_THAT(plain(), HasSubstr("spineseg_database_up 0\n"));
    EXPECT_THAT(plain(), HasSubstr("spineseg_jobs{state=\"queued\"} 0\n"));
}

}  // namespace metrics_test
}  // namespace spineseg

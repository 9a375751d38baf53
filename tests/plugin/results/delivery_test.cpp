// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/results/delivery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "db/reopening_store.h"
#include "tests/plugin/archive/fake_archive.h"
#include "tests/plugin/log/noted.h"

namespace spineseg {
namespace delivery_test {

using namespace std::chrono_literals;

ResultObject result(ResultKind kind, const std::string& name) {
    return {kind,
            "1.2.840.10008.5.1.4.1.1.66.4",
            "1.2." + name,
            "1.3." + name,
            "stored-" + name,
            "series-" + name};
}

class DeliveryTest : public ::testing::Test {
  protected:
    DeliveryTest() { EXPECT_TRUE(slot.open()); }
    JobStore& store() { return **slot.get(); }

    /// A job of that series and model that has ended with these results.
    Job done(const std::string& series, const std::string& digest, std::vector<ResultObject> results,
             const std::string& summary = "") {
        NewJob wanted{.orthanc_series_id = series,
                      .orthanc_study_id = "study",
                      .series_instance_uid = "1.2",
                      .fingerprint = series,
                      .model_id = "m",
                      .model_digest = digest};
        EXPECT_TRUE(store().enqueue(wanted));
        const auto lease = store().lease("w", digest, 60s);
        EXPECT_TRUE(lease && *lease);
        Outcome outcome;
        outcome.results = std::move(results);
        outcome.summary_json = summary;
        return *store().complete((*lease)->job.id, (*lease)->epoch, outcome);
    }

    TemporaryFolder folder;
    ReopeningStore slot{folder.file("queue.db")};
    FakeArchive archive;
    ListLog log;
};

TEST_F(DeliveryTest, EveryDestinationGetsWhatItAskedFor) {
    using enum OutputObject;
    Delivery delivery(archive, log,
                      {{{Destination::Kind::modality, "PACS", {report, contours}},
                        {Destination::Kind::dicomweb_server, "vna", {segmentation}},
                        {Destination::Kind::modality, "OTHER", {heat_map}}},
                       SupersededPolicy::keep});
    const Job job =
        done("s", "d1",
             {result(ResultKind::segmentation, "seg"), result(ResultKind::measurement_report, "sr"),
              result(ResultKind::contours, "c1"), result(ResultKind::contours, "c2")});
    delivery.deliver(store(), job);
    ASSERT_EQ(archive.forwarded.size(), 2u) << "what has nothing to get is not asked";
    EXPECT_EQ(archive.forwarded[0].first.name, "PACS");
    EXPECT_THAT(archive.forwarded[0].second, testing::ElementsAre("stored-sr", "stored-c1", "stored-c2"));
    EXPECT_THAT(archive.forwarded[1].second, testing::ElementsAre("stored-seg"));
    const auto journal = noted(store(), job.id);
    ASSERT_EQ(journal.size(), 2u);
    EXPECT_EQ(journal[0].action, "sent");
    EXPECT_THAT(journal[0].detail, testing::HasSubstr("orthanc-job-1"));
}

TEST_F(DeliveryTest, ADestinationThatIsNotThereIsJournaledAndBlocksNoOther) {
    archive.unknown_destinations.insert("GONE");
    const OutputPlan all{OutputObject::segmentation};
    Delivery delivery(
        archive, log,
        {{{Destination::Kind::modality, "GONE", all}, {Destination::Kind::modality, "PACS", all}},
         SupersededPolicy::keep});
    const Job job = done("s", "d1", {result(ResultKind::segmentation, "seg")});
    delivery.deliver(store(), job);
    EXPECT_EQ(archive.forwarded.size(), 1u);
    const auto journal = noted(store(), job.id);
    ASSERT_EQ(journal.size(), 2u);
    EXPECT_EQ(journal[0].action, "not sent");
    EXPECT_THAT(log.text(), testing::HasSubstr("not sent modality GONE"));
}

TEST_F(DeliveryTest, ResultsThatNeedAReviewAreHeldBackWhereTheSettingSaysSo) {
    const Destination pacs{Destination::Kind::modality, "PACS", {OutputObject::segmentation}};
    const std::map<std::string, int> sent{{"pass", 1}, {"review", 0}, {"", 0}};
    for (const bool send_review : {true, false}) {
        Delivery delivery(archive, log, {{pacs}, SupersededPolicy::keep, send_review});
        for (const auto& [verdict, expected] : sent) {
            archive.forwarded.clear();
            const Job job =
                done("s" + verdict, send_review ? "d1" : "d2", {result(ResultKind::segmentation, "seg")},
                     verdict.empty() ? "" : R"({"quality":{"verdict":")" + verdict + "\"}}");
            delivery.deliver(store(), job);
            EXPECT_EQ(archive.forwarded.size(), send_review ? 1U : static_cast<std::size_t>(expected))
                << verdict;
            const auto journal = noted(store(), job.id);
            ASSERT_EQ(journal.size(), 1U);
            EXPECT_EQ(journal[0].action, send_review || expected == 1 ? "sent" : "held back") << verdict;
        }
    }
}

TEST_F(DeliveryTest, ResultsThatARerunOfTheSameJobDidNotMakeAgainAreSuperseded) {
    Delivery delivery(archive, log, {{}, SupersededPolicy::remove});
    const Job job = done("s", "d", {result(ResultKind::segmentation, "new")});
    delivery.deliver(store(), job,
                     {result(ResultKind::segmentation, "new"), result(ResultKind::contours, "old")});
    EXPECT_THAT(archive.deleted, testing::ElementsAre("stored-old"));
}

TEST_F(DeliveryTest, ByDefaultOlderResultsStay) {
    Delivery delivery(archive, log, {});
    done("s", "d1", {result(ResultKind::segmentation, "old")});
    delivery.deliver(store(), done("s", "d2", {result(ResultKind::segmentation, "new")}));
    EXPECT_TRUE(archive.deleted.empty());
}

TEST_F(DeliveryTest, OnlyOurOlderResultsOfTheSameSeriesAreDeleted) {
    Delivery delivery(archive, log, {{}, SupersededPolicy::remove});
    done("s", "d1", {result(ResultKind::segmentation, "old"), result(ResultKind::parametric_map, "same")});
    done("another", "d1", {result(ResultKind::segmentation, "theirs")});
    const Job job = done(
        "s", "d2", {result(ResultKind::segmentation, "new"), result(ResultKind::parametric_map, "same")});
    delivery.deliver(store(), job);
    EXPECT_THAT(archive.deleted, testing::ElementsAre("stored-old"));
    const auto journal = noted(store(), job.id);
    ASSERT_EQ(journal.size(), 1u);
    EXPECT_EQ(journal[0].action, "deleted");
    EXPECT_EQ(journal[0].subject, "1.2.old");
}

}  // namespace delivery_test
}  // namespace spineseg

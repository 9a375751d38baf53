// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/results/result_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "db/reopening_store.h"
#include "tests/core/part10_bytes.h"
#include "tests/plugin/archive/fake_archive.h"
#include "tests/plugin/log/noted.h"

namespace spineseg {
namespace result_store_test {

using namespace std::chrono_literals;
using part10_bytes::part10;
using part10_bytes::short_element;

/// A result with an Instance Creation Time and a Content Description.
std::vector<std::uint8_t> object_of(const std::string& time, const std::string& text) {
    return part10(short_element(0x00080013, "TM", time) + short_element(0x00700081, "LO", text));
}

class ResultStoreTest : public testing::Test {
  protected:
    ResultStoreTest() { EXPECT_TRUE(slot.open()); }
    JobStore& store() { return **slot.get(); }

    /// A leased job whose results land in the fake archive's study.
    Lease leased(const std::string& digest = "d") {
        archive.put(lumbar_series(orthanc_id('1')));
        NewJob wanted{.orthanc_series_id = orthanc_id('1'),
                      .orthanc_study_id = archive.study_of_results,
                      .series_instance_uid = "1.2",
                      .fingerprint = "f",
                      .model_id = "m",
                      .model_digest = digest};
        EXPECT_TRUE(store().enqueue(wanted, true));
        return **store().lease("w", digest, 60s);
    }
    static wire::StoreResult message(const Lease& lease, std::vector<std::uint8_t> dicom) {
        return {lease.job.id,
                lease.epoch,
                {ResultKind::segmentation, "1.2", "2.25.1", "2.25.2", "", ""},
                std::move(dicom)};
    }
    std::vector<std::string> actions(const Job& job) {
        std::vector<std::string> names;
        const auto journal = noted(store(), job.id);
        for (const auto& entry : journal) names.push_back(entry.action);
        return names;
    }

    TemporaryFolder folder;
    ReopeningStore slot{folder.file("queue.db")};
    FakeArchive archive;
    ListLog log;
    ResultStore results{archive, log};
};

TEST_F(ResultStoreTest, ARerunThatMakesTheSameObjectIsSuccessAndIsJournaled) {
    const Lease lease = leased();
    const auto rerun = object_of("111111", "AI");
    archive.held_instead[std::string(rerun.begin(), rerun.end())] = object_of("101010", "AI");
    const auto placed = results.place(store(), lease.job, message(lease, rerun));
    ASSERT_TRUE(placed) << placed.error().describe();
    EXPECT_TRUE(placed->already_stored);
    EXPECT_THAT(actions(lease.job), testing::ElementsAre("already stored"));
    EXPECT_EQ(store().job(lease.job.id)->results.size(), 1U);
}

/// New values under an old UID were "already stored": the job was done, its summary told of the new values,
/// and the archive held the old ones.
TEST_F(ResultStoreTest, AnotherObjectUnderTheSameUidIsAnErrorAndStays) {
    const Lease lease = leased();
    const auto rerun = object_of("111111", "AI");
    for (const auto& other : {object_of("111111", "AJ"), std::vector<std::uint8_t>{'?'}}) {
        archive.held_instead[std::string(rerun.begin(), rerun.end())] = other;
        const auto placed = results.place(store(), lease.job, message(lease, rerun));
        ASSERT_FALSE(placed);
        EXPECT_EQ(placed.error().code, ErrorCode::result_differs);
        EXPECT_EQ(fate_of(placed.error().code), JobFate::fail);
        EXPECT_THAT(placed.error().detail, testing::HasSubstr("submit the job again"));
    }
    EXPECT_THAT(actions(lease.job), testing::ElementsAre("not stored", "not stored"));
    const auto journal = noted(store(), lease.job.id);
    EXPECT_THAT(journal.front().detail, testing::HasSubstr("(0070,0081)"));
    EXPECT_TRUE(archive.deleted.empty()) << "what was there is not deleted";
    EXPECT_TRUE(store().job(lease.job.id)->results.empty());
}

TEST_F(ResultStoreTest, WhatWasCanceledMeanwhileIsTakenOutAgain) {
    const Lease lease = leased();
    ASSERT_TRUE(store().cancel(lease.job.id));
    const auto placed = results.place(store(), lease.job, message(lease, {'a'}));
    ASSERT_FALSE(placed);
    EXPECT_EQ(placed.error().code, ErrorCode::stale_lease);
    EXPECT_THAT(archive.deleted, testing::ElementsAre("stored-a"));
}

// Symptom: Orthanc's disk was full; Orthanc acknowledged a result, kept a part of it, and the job was done.
TEST_F(ResultStoreTest, AResultThatTheArchiveDidNotKeepIsTakenOutAndTriedAgain) {
    const Lease lease = leased();
    archive.keeps_half = true;
    const auto placed = results.place(store(), lease.job, message(lease, {'a'}));
    ASSERT_FALSE(placed);
    EXPECT_EQ(placed.error().code, ErrorCode::storage_full);
    EXPECT_TRUE(archive.stored.empty());
    archive.keeps_half = false;
    EXPECT_TRUE(results.place(store(), lease.job, message(lease, {'a'})));
}

}  // namespace result_store_test
}  // namespace spineseg

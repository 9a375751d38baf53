// SPDX-License-Identifier: GPL-3.0-or-later
// What becomes of the objects that a worker sends, and of those that were there before.
#include "tests/plugin/log/noted.h"
#include "tests/plugin/workers/session_fixture.h"

namespace spineseg {
namespace session_results_test {

using SessionResultsTest = SessionTest;

TEST_F(SessionResultsTest, AlreadyStoredIsSuccess) {
    queue();
    archive.stored.insert("a");
    WorkerSession session(context(), 1);
    greet(session);
    EXPECT_TRUE(ask<wire::Stored>(session, result(lease(session), 'a')).already_stored);
}

TEST_F(SessionResultsTest, ObjectsOfARejectedSeriesAreKeptOnlyWhereTheSettingSaysSo) {
    const Error rejected{ErrorCode::quality_rejected, "the score is 0.1"};
    for (const bool keep : {false, true}) {
        keep_rejected = keep;
        const Job queued = queue(keep ? '2' : '1');
        WorkerSession session(context(), 1);
        greet(session);
        const auto granted = lease(session);
        EXPECT_EQ(granted.keep_rejected, keep);
        ask<wire::Stored>(session, result(granted, 'a'));
        ask<wire::Ack>(session, completion(granted, R"({"quality":{"verdict":"reject"}})", rejected));
        EXPECT_EQ(job(queued.id).state, JobState::rejected);
        EXPECT_EQ(job(queued.id).error, rejected);
        EXPECT_EQ(job(queued.id).results.size(), keep ? 1U : 0U);
        EXPECT_EQ(archive.stored.count("a"), keep ? 1U : 0U) << "a worker stored it unasked";
    }
    EXPECT_TRUE(archive.forwarded.empty());
}

/// An attempt that failed between two objects left the first of them in the archive.
TEST_F(SessionResultsTest, WhatAFailedAttemptBroughtInIsTakenOut) {
    const Job queued = queue();
    WorkerSession session(context(), 1);
    greet(session);
    const auto granted = lease(session);
    archive.stored.insert("b");
    ask<wire::Stored>(session, result(granted, 'a'));
    ask<wire::Stored>(session, result(granted, 'b'));
    ask<wire::Ack>(session, completion(granted, "", Error{ErrorCode::storage_full, "full"}));
    EXPECT_EQ(job(queued.id).state, JobState::queued);
    EXPECT_TRUE(job(queued.id).results.empty());
    EXPECT_EQ(archive.deleted, std::vector<std::string>{"stored-a"}) << "b was there before";
}

/// A done job that was asked for again and failed lost results and summary, with its objects in the archive.
TEST_F(SessionResultsTest, ARerunThatFailsLeavesTheResultsAndSummaryOfTheRunBefore) {
    const Job queued = queue();
    WorkerSession session(context(), 1);
    greet(session);
    auto granted = lease(session);
    ask<wire::Stored>(session, result(granted, 'a'));
    ask<wire::Ack>(session, completion(granted, R"({"run":1})"));
    const auto before = job(queued.id).results;

    ASSERT_TRUE(intake.request(store(), queued.orthanc_series_id, {}));
    EXPECT_EQ(job(queued.id).state, JobState::queued);
    EXPECT_EQ(job(queued.id).results, before);
    granted = lease(session);
    archive.held_instead["a"] = {'x'};
    EXPECT_EQ(refusal(session, result(granted, 'a')), ErrorCode::result_differs);
    const Error differs{ErrorCode::result_differs, "another object"};
    ask<wire::Ack>(session, completion(granted, R"({"run":2})", differs));
    EXPECT_EQ(job(queued.id).state, JobState::failed);
    EXPECT_EQ(job(queued.id).error, differs);
    EXPECT_EQ(job(queued.id).results, before);
    EXPECT_EQ(job(queued.id).summary_json, R"({"run":1})");
    EXPECT_TRUE(archive.deleted.empty());

    archive.stored.clear();  // the results are deleted by a person, and the next run fails too
    ASSERT_TRUE(intake.request(store(), queued.orthanc_series_id, {}));
    granted = lease(session);
    ask<wire::Ack>(session, completion(granted, "", Error{ErrorCode::model_invalid, "x"}));
    EXPECT_TRUE(job(queued.id).results.empty()) << "what the archive no longer has is not listed";
    EXPECT_EQ(job(queued.id).summary_json, "");
}

TEST_F(SessionResultsTest, ARerunReplacesResultsAndSummaryTogether) {
    const Job queued = queue();
    WorkerSession session(context(), 1);
    greet(session);
    for (const char letter : {'a', 'b'}) {
        if (letter == 'b') {
            ASSERT_TRUE(intake.request(store(), queued.orthanc_series_id, {}));
        }
        const auto granted = lease(session);
        auto message = result(granted, static_cast<std::uint8_t>(letter));
        message.object.sop_instance_uid = std::string("2.25.") + letter;
        ask<wire::Stored>(session, message);
        ask<wire::Ack>(session, completion(granted, std::string(R"({"run":")") + letter + "\"}"));
        ASSERT_EQ(job(queued.id).results.size(), 1U);
        EXPECT_EQ(job(queued.id).results[0].orthanc_instance_id, std::string("stored-") + letter);
        EXPECT_EQ(job(queued.id).summary_json, std::string(R"({"run":")") + letter + "\"}");
    }
}

// Symptom: slices were overwritten while a worker fetched, and a result of 3 old and 4 new ones was "done".
TEST_F(SessionResultsTest, AResultOfASeriesThatWasOverwrittenMeanwhileIsNotStored) {
    const Job queued = queue();
    WorkerSession session(context(), 1);
    greet(session);
    const auto granted = lease(session);
    auto tags = lumbar_series(orthanc_id('1'));
    for (auto& instance : tags.instances) instance.content = "others";
    tags.last_update = std::chrono::time_point_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now() + std::chrono::hours(1));
    tags.stable = false;
    archive.put(tags);
    EXPECT_EQ(refusal(session, result(granted, 'a')), ErrorCode::stale_lease);
    EXPECT_TRUE(archive.stored.empty());
    EXPECT_EQ(job(queued.id).state, JobState::canceled);
    EXPECT_NE(job(queued.id).error->detail.find("superseded"), std::string::npos);
    ask<wire::NoWork>(session, wire::LeaseRequest{});
    tags.stable = true;
    archive.put(tags);
    ASSERT_TRUE(intake.consider(store(), orthanc_id('1')));
    EXPECT_NE(lease(session).job, queued.id);
}

/// With OverwriteInstances "store, look at the parent, delete if wrong" deleted other people's images.
TEST_F(SessionResultsTest, WhatOrthancPutsIntoAnotherStudyIsToldAndNotDeleted) {
    queue();
    WorkerSession session(context(), 1);
    greet(session);
    const auto granted = lease(session);
    archive.study_of_results = orthanc_id('f');
    EXPECT_EQ(refusal(session, result(granted, 'a')), ErrorCode::invalid_configuration);
    EXPECT_NE(log.text().find("stored-a"), std::string::npos);
    archive.instances_by_uid[result(granted, 'a').object.sop_instance_uid] = {"stored-a"};
    ask<wire::Ack>(session, completion(granted, "", Error{ErrorCode::invalid_configuration, "x"}));
    EXPECT_TRUE(archive.deleted.empty()) << "neither now nor at the end of the attempt";
    EXPECT_TRUE(job(granted.job).results.empty());
}

/// One message with a ZIP put a Segmentation into another patient's study; the session stayed open, and nothing was
/// logged.
TEST_F(SessionResultsTest, AResultThatBreaksARuleEndsJobAndSessionAndIsNotStored) {
    queue();
    auto strict = context();
    strict.gate = nullptr;
    WorkerSession session(strict, 1);
    greet(session);
    const auto granted = lease(session);
    auto zip = result(granted, 'P');
    zip.dicom = {'P', 'K', 3, 4};
    EXPECT_EQ(refusal(session, zip), ErrorCode::protocol_violation);
    EXPECT_TRUE(closed);
    EXPECT_TRUE(archive.stored.empty());
    EXPECT_EQ(job(granted.job).state, JobState::failed);
    EXPECT_EQ(job(granted.job).error->code, ErrorCode::protocol_violation);
    const auto journal = noted(store(), granted.job);
    ASSERT_EQ(journal.size(), 1U);
    EXPECT_EQ(journal[0].action, "not stored");
    EXPECT_NE(journal[0].detail.find("rule preamble"), std::string::npos);
    EXPECT_NE(log.text().find("rule preamble"), std::string::npos);
}

TEST_F(SessionResultsTest, DoneWithoutAStoredResultIsRefused) {
    const Job queued = queue();
    WorkerSession session(context(), 1);
    greet(session);
    const auto granted = lease(session);
    EXPECT_EQ(refusal(session, wire::Complete{granted.job, granted.epoch, {}}), ErrorCode::invalid_argument);
    EXPECT_EQ(job(queued.id).state, JobState::leased);
}

}  // namespace session_results_test
}  // namespace spineseg

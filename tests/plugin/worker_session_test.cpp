// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/plugin/session_fixture.h"

namespace spineseg {
namespace worker_session_test {

using std::chrono::seconds;
using WorkerSessionTest = SessionTest;

TEST_F(WorkerSessionTest, AJobGoesThroughLeaseFetchStoreAndDone) {
    const Job queued = queue();
    WorkerSession session(context(), 1);
    greet(session);
    const auto granted = lease(session);
    EXPECT_EQ(granted.job, queued.id);
    EXPECT_EQ(granted.lease_ms, 60'000);
    EXPECT_EQ(granted.fingerprint, queued.fingerprint);
    EXPECT_EQ(granted.request, queued.request);
    EXPECT_EQ(granted.image_words.anatomy, std::vector<std::string>{"QUUX"}) << "the site's words";
    ASSERT_EQ(granted.instances.size(), 15u);
    for (int i = 0; i < 15; ++i) {
        const auto bytes =
            ask<wire::InstanceBytes>(session, wire::FetchInstance{granted.job, granted.epoch, i});
        EXPECT_EQ(std::string(bytes.dicom.begin(), bytes.dicom.end()),
                  granted.instances[static_cast<std::size_t>(i)]);
    }
    ask<wire::Ack>(session, renewal(granted, 1));
    EXPECT_EQ(job(queued.id).progress, (Progress{Stage::diffusion, 0.5}));
    const auto stored = ask<wire::Stored>(session, result(granted, 'a'));
    EXPECT_EQ(stored.object.orthanc_instance_id, "stored-a");
    EXPECT_EQ(stored.object.orthanc_series_id, "series-of-a");
    EXPECT_FALSE(stored.already_stored);
    ask<wire::Ack>(session, wire::Complete{granted.job, granted.epoch, {}});
    EXPECT_EQ(job(queued.id).state, JobState::done);
    ASSERT_EQ(job(queued.id).results.size(), 1u);
    EXPECT_EQ(job(queued.id).results[0], stored.object);
    ask<wire::NoWork>(session, wire::LeaseRequest{});
}

TEST_F(WorkerSessionTest, AlreadyStoredIsSuccess) {
    queue();
    archive.stored.insert("a");
    WorkerSession session(context(), 1);
    greet(session);
    EXPECT_TRUE(ask<wire::Stored>(session, result(lease(session), 'a')).already_stored);
}

TEST_F(WorkerSessionTest, ObjectsOfARejectedSeriesAreKeptOnlyWhereTheSettingSaysSo) {
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
TEST_F(WorkerSessionTest, WhatAFailedAttemptBroughtInIsTakenOut) {
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
TEST_F(WorkerSessionTest, ARerunThatFailsLeavesTheResultsAndSummaryOfTheRunBefore) {
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

    archive.stored.clear();  // somebody deletes the results, and the next run fails as well
    ASSERT_TRUE(intake.request(store(), queued.orthanc_series_id, {}));
    granted = lease(session);
    ask<wire::Ack>(session, completion(granted, "", Error{ErrorCode::model_invalid, "x"}));
    EXPECT_TRUE(job(queued.id).results.empty()) << "what the archive no longer has is not listed";
    EXPECT_EQ(job(queued.id).summary_json, "");
}

TEST_F(WorkerSessionTest, ARerunReplacesResultsAndSummaryTogether) {
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
TEST_F(WorkerSessionTest, AResultOfASeriesThatWasOverwrittenMeanwhileIsNotStored) {
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

TEST_F(WorkerSessionTest, AWorkerThatDiesCostsOneAttemptAndTheNextTakesOver) {
    const Job queued = queue();
    {
        WorkerSession session(context(), 1);
        greet(session);
        lease(session);
        session.end(SessionEnd::lost);
    }
    EXPECT_EQ(job(queued.id).state, JobState::queued);
    EXPECT_EQ(job(queued.id).attempts, 1);
    EXPECT_EQ(job(queued.id).error->code, ErrorCode::worker_lost);
    now += seconds(3600);
    WorkerSession next(context(), 2);
    greet(next);
    EXPECT_EQ(lease(next).epoch, 2);
}

TEST_F(WorkerSessionTest, AShutdownHandsTheLeaseBackWithoutBurningAnAttempt) {
    const Job queued = queue();
    WorkerSession session(context(), 1);
    greet(session);
    lease(session);
    session.end(SessionEnd::shutdown);
    EXPECT_EQ(job(queued.id).state, JobState::queued);
    EXPECT_EQ(job(queued.id).attempts, 0);
}

TEST_F(WorkerSessionTest, AnExpiredLeaseMakesTheLateWorkerStale) {
    const Job queued = queue();
    WorkerSession late(context(), 1);
    greet(late);
    const auto old = lease(late);
    now += seconds(61);
    ASSERT_EQ(store().expire_leases().value(), 1);
    now += seconds(3600);
    WorkerSession next(context(), 2);
    greet(next);
    const auto fresh = lease(next);
    EXPECT_EQ(refusal(late, result(old, 'x')), ErrorCode::stale_lease);
    EXPECT_TRUE(archive.stored.empty());
    EXPECT_EQ(refusal(late, renewal(old, 9)), ErrorCode::stale_lease);
    EXPECT_EQ(refusal(late,
                      wire::Complete{
                          old.job, old.epoch, {JobState::failed, Error{ErrorCode::internal, "x"}, {}, ""}}),
              ErrorCode::stale_lease);
    EXPECT_EQ(job(queued.id).state, JobState::leased);
    late.end(SessionEnd::lost);
    EXPECT_EQ(job(queued.id).state, JobState::leased);
    ask<wire::Ack>(next, renewal(fresh, 1));
}

TEST_F(WorkerSessionTest, AnEpochThatWasNeverGivenIsStale) {
    queue();
    WorkerSession session(context(), 1);
    greet(session);
    auto granted = lease(session);
    granted.epoch += 1;
    EXPECT_EQ(refusal(session, renewal(granted, 1)), ErrorCode::stale_lease);
    EXPECT_EQ(refusal(session, wire::FetchInstance{granted.job, granted.epoch, 0}), ErrorCode::stale_lease);
    EXPECT_EQ(refusal(session, wire::Release{granted.job, granted.epoch}), ErrorCode::stale_lease);
}

TEST_F(WorkerSessionTest, ACanceledJobIsToldAtTheNextRenewal) {
    queue();
    WorkerSession session(context(), 1);
    greet(session);
    const auto granted = lease(session);
    ASSERT_TRUE(store().cancel(granted.job));
    EXPECT_EQ(ask<wire::Cancel>(session, renewal(granted, 1)).job, granted.job);
    ask<wire::NoWork>(session, wire::LeaseRequest{});
}

TEST_F(WorkerSessionTest, ACanceledJobStoresNothingMore) {
    queue();
    WorkerSession session(context(), 1);
    greet(session);
    const auto granted = lease(session);
    ASSERT_TRUE(store().cancel(granted.job));
    EXPECT_EQ(refusal(session, result(granted, 'a')), ErrorCode::stale_lease);
    EXPECT_TRUE(archive.stored.empty());
}

TEST_F(WorkerSessionTest, ALeaseWithoutProgressIsTakenBack) {
    const Job queued = queue();
    WorkerSession session(context(), 1);
    greet(session);
    const auto granted = lease(session);
    for (int minute = 0; minute < 10; ++minute) {
        now += seconds(60);
        ask<wire::Ack>(session, renewal(granted, 0));
    }
    now += seconds(30);
    EXPECT_EQ(refusal(session, renewal(granted, 0)), ErrorCode::stale_lease);
    EXPECT_EQ(job(queued.id).state, JobState::queued);
    EXPECT_NE(job(queued.id).error->detail.find("no progress"), std::string::npos);
}

TEST_F(WorkerSessionTest, ACounterThatGrowsKeepsASlowJobAlive) {
    queue();
    WorkerSession session(context(), 1);
    greet(session);
    const auto granted = lease(session);
    for (std::uint64_t minute = 1; minute < 30; ++minute) {
        now += seconds(50);
        ask<wire::Ack>(session, renewal(granted, minute));
    }
}

/// With OverwriteInstances "store, look at the parent, delete if wrong" deleted other people's images.
TEST_F(WorkerSessionTest, WhatOrthancPutsIntoAnotherStudyIsToldAndNotDeleted) {
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
TEST_F(WorkerSessionTest, AResultThatBreaksARuleEndsJobAndSessionAndIsNotStored) {
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
    const auto journal = *store().journal().of(granted.job);
    ASSERT_EQ(journal.size(), 1U);
    EXPECT_EQ(journal[0].action, "not stored");
    EXPECT_NE(journal[0].detail.find("rule preamble"), std::string::npos);
    EXPECT_NE(log.text().find("rule preamble"), std::string::npos);
}

/// Any worker that was let in became the model, and took over the queue; one line at level INFO.
TEST_F(WorkerSessionTest, AWorkerWithAModelThatIsNotAdmittedIsTurnedAwayWithTheRemedy) {
    WorkerSession known(context(), 1);
    greet(known);
    const Job queued = queue();
    WorkerSession session(context(), 2);
    const auto reply = ask<wire::Refused>(
        session, wire::Hello{wire::kProtocolVersion, "host:2", "0.1", "lumbar-fast", "d9\n"});
    EXPECT_TRUE(closed);
    EXPECT_EQ(reply.error.code, ErrorCode::invalid_configuration);
    EXPECT_NE(reply.error.detail.find("setting Models"), std::string::npos);
    EXPECT_EQ(job(queued.id).model_digest, "d1");
    EXPECT_EQ(log.text().find("d9\n\""), std::string::npos);
    EXPECT_EQ(registry.workers().size(), 1U);
}

TEST_F(WorkerSessionTest, DoneWithoutAStoredResultIsRefused) {
    const Job queued = queue();
    WorkerSession session(context(), 1);
    greet(session);
    const auto granted = lease(session);
    EXPECT_EQ(refusal(session, wire::Complete{granted.job, granted.epoch, {}}), ErrorCode::invalid_argument);
    EXPECT_EQ(job(queued.id).state, JobState::leased);
}

TEST_F(WorkerSessionTest, ARejectionNamesItsReasonAndEndsTheJob) {
    const Job queued = queue();
    WorkerSession session(context(), 1);
    greet(session);
    const auto granted = lease(session);
    const Error gap{ErrorCode::missing_slices, "a gap of 8.0 mm after slice 3"};
    ask<wire::Ack>(session, wire::Complete{granted.job, granted.epoch, {JobState::rejected, gap, {}, ""}});
    EXPECT_EQ(job(queued.id).state, JobState::rejected);
    EXPECT_EQ(job(queued.id).error, gap);
}

TEST_F(WorkerSessionTest, APoisonousSeriesEndsAsFailed) {
    const Job queued = queue();
    for (std::uint64_t attempt = 1; attempt <= 3; ++attempt) {
        WorkerSession session(context(), attempt);
        greet(session);
        lease(session);
        session.end(SessionEnd::lost);
        now += seconds(3600);
    }
    EXPECT_EQ(job(queued.id).state, JobState::failed);
    EXPECT_EQ(job(queued.id).attempts, 3);
}

TEST_F(WorkerSessionTest, TheFirstMessageMustBeHello) {
    WorkerSession session(context(), 1);
    EXPECT_EQ(refusal(session, wire::LeaseRequest{}), ErrorCode::protocol_violation);
    EXPECT_TRUE(closed);
    EXPECT_TRUE(registry.workers().empty());
}

TEST_F(WorkerSessionTest, AnotherProtocolIsRefusedWithTheRemedy) {
    WorkerSession session(context(), 1);
    const auto reply =
        ask<wire::Refused>(session, wire::Hello{wire::kProtocolVersion + 1, "w", "9", "m", "d"});
    EXPECT_TRUE(closed);
    EXPECT_NE(reply.error.detail.find("same version"), std::string::npos);
}

TEST_F(WorkerSessionTest, WhatAWorkerComputesWithIsKept) {
    WorkerSession session(context(), 1);
    greet(session);
    ask<wire::Ack>(session, wire::DeviceReport{"cuda", "bfloat16", {SelfTestState::passed, "by 0.001"}});
    const auto worker = registry.workers().at(0);
    EXPECT_EQ(worker.device, "cuda");
    EXPECT_EQ(worker.precision, "bfloat16");
    EXPECT_EQ(worker.self_test, (SelfTestOutcome{SelfTestState::passed, "by 0.001"}));
}

TEST_F(WorkerSessionTest, WhatIsMissingInAWorkersCageIsLoggedOnceAndKept) {
    WorkerSession session(context(), 1);
    greet(session);
    const CageState weaker{false, "this kernel has no Landlock"};
    const wire::DeviceReport report{"cpu", "float32", {SelfTestState::not_run, ""}, weaker};
    ask<wire::Ack>(session, report);
    ask<wire::Ack>(session, report);
    EXPECT_EQ(registry.workers().at(0).cage, weaker);
    const std::string said = log.text();
    const auto at = said.find("is not whole: this kernel has no Landlock");
    ASSERT_NE(at, std::string::npos) << said;
    EXPECT_EQ(said.find("is not whole", at + 1), std::string::npos) << "said once";
}

TEST_F(WorkerSessionTest, AWorkerWhoseSelfTestFailedGetsNoJobAndStaysInTheList) {
    queue();
    WorkerSession session(context(), 1);
    greet(session);
    const wire::DeviceReport failed{"cuda", "bfloat16", {SelfTestState::failed, "by 0.4"}};
    ask<wire::Ack>(session, failed);
    ask<wire::Ack>(session, failed);
    EXPECT_FALSE(closed);
    EXPECT_EQ(registry.workers().at(0).self_test->state, SelfTestState::failed);
    EXPECT_EQ(store().counts()->queued, 1);
    EXPECT_EQ(refusal(session, wire::LeaseRequest{}), ErrorCode::protocol_violation);
    EXPECT_TRUE(closed);
}

TEST_F(WorkerSessionTest, AProbeIsAnsweredAndLeavesNoTrace) {
    WorkerSession worker(context(), 1);
    greet(worker, "d1");
    const Job before = queue();
    WorkerSession probe(context(), 2);
    const auto welcome =
        ask<wire::Welcome>(probe, wire::Hello{.protocol = wire::kProbeVersion, .model_digest = "d2"});
    EXPECT_TRUE(closed);
    EXPECT_EQ(welcome.protocol, wire::kProtocolVersion);
    probe.end(SessionEnd::lost);
    EXPECT_EQ(registry.workers().size(), 1U);
    EXPECT_EQ(job(before.id).model_digest, "d1") << "another model's hello would take the job over";
    EXPECT_EQ(job(before.id).attempts, 0);
}

TEST_F(WorkerSessionTest, TwoHellosTwoLeasesAndOurOwnMessagesBreakTheProtocol) {
    queue();
    WorkerSession session(context(), 1);
    greet(session);
    EXPECT_EQ(refusal(session, wire::Hello{wire::kProtocolVersion, "w", "1", "m", "d"}),
              ErrorCode::protocol_violation);
    EXPECT_EQ(refusal(session, wire::NoWork{}), ErrorCode::protocol_violation);
    lease(session);
    EXPECT_EQ(refusal(session, wire::LeaseRequest{}), ErrorCode::protocol_violation);
    EXPECT_TRUE(closed);
}

TEST_F(WorkerSessionTest, AnInstanceOutOfRangeOrTooLargeIsRefused) {
    auto tags = lumbar_series(orthanc_id('1'));
    tags.instances[0].orthanc_id = std::string(1001, 'x');
    archive.put(tags);
    ASSERT_TRUE(*intake.consider(store(), orthanc_id('1')));
    WorkerSession session(context(), 1);
    greet(session);
    const auto granted = lease(session);
    for (const int index : {-1, 15, 1 << 30})
        EXPECT_EQ(refusal(session, wire::FetchInstance{granted.job, granted.epoch, index}),
                  ErrorCode::invalid_argument);
    EXPECT_EQ(refusal(session, wire::FetchInstance{granted.job, granted.epoch, 0}),
              ErrorCode::geometry_out_of_range);
}

TEST_F(WorkerSessionTest, ASeriesThatGrewSinceItWasQueuedIsLeasedAsItIsNow) {
    const Job old = queue();
    archive.put(lumbar_series(orthanc_id('1'), 16));
    WorkerSession session(context(), 1);
    greet(session);
    const auto granted = lease(session);
    EXPECT_NE(granted.job, old.id);
    EXPECT_EQ(granted.instances.size(), 16u);
    EXPECT_EQ(job(old.id).state, JobState::canceled);
}

TEST_F(WorkerSessionTest, ASeriesThatHasGoneFailsItsJobAndTheQueueGoesOn) {
    const Job gone = queue('1');
    const Job next = queue('2');
    archive.remove(orthanc_id('1'));
    WorkerSession session(context(), 1);
    greet(session);
    EXPECT_EQ(lease(session).job, next.id);
    EXPECT_EQ(job(gone.id).state, JobState::failed);
    EXPECT_EQ(job(gone.id).error->code, ErrorCode::not_found);
}

TEST_F(WorkerSessionTest, WhenTheArchiveIsAwayTheJobWaitsInTheQueue) {
    const Job queued = queue();
    WorkerSession session(context(), 1);
    greet(session);
    archive.out_of_order = Error{ErrorCode::archive_unavailable, "away"};
    EXPECT_EQ(refusal(session, wire::LeaseRequest{}), ErrorCode::archive_unavailable);
    EXPECT_EQ(job(queued.id).state, JobState::queued);
}

TEST_F(WorkerSessionTest, AWorkerOfAnotherModelTakesOverTheQueueButNotWhatIsRunning) {
    const Job running = queue('1');
    WorkerSession old_worker(context(), 1);
    greet(old_worker, "d1");
    lease(old_worker);
    const Job waiting = queue('2');
    WorkerSession new_worker(context(), 2);
    greet(new_worker, "d2");
    EXPECT_EQ(job(running.id).model_digest, "d1");
    EXPECT_EQ(lease(new_worker).job, waiting.id);
    EXPECT_EQ(job(waiting.id).model_digest, "d2");
}

TEST_F(WorkerSessionTest, AJobOfAModelThatNobodyServesIsAdoptedWhenItComesBack) {
    const Job running = queue();
    WorkerSession old_worker(context(), 1);
    greet(old_worker, "d1");
    lease(old_worker);
    WorkerSession new_worker(context(), 2);
    greet(new_worker, "d2");
    old_worker.end(SessionEnd::lost);
    now += seconds(3600);
    EXPECT_EQ(lease(new_worker).job, running.id);
    EXPECT_EQ(job(running.id).model_digest, "d2");
}

TEST_F(WorkerSessionTest, HealthSeesTheWorkerAndItsJob) {
    const Job queued = queue();
    WorkerSession session(context(), 7);
    greet(session);
    lease(session);
    ASSERT_EQ(registry.workers().size(), 1u);
    EXPECT_EQ(registry.workers()[0].name, "host:1");
    EXPECT_EQ(registry.workers()[0].job, queued.id);
    session.end(SessionEnd::lost);
    EXPECT_TRUE(registry.workers().empty());
}

TEST_F(WorkerSessionTest, WithoutADatabaseTheWorkerIsSentAwayToComeAgain) {
    ReopeningStore closed_slot(folder.file("never-opened.db"));
    SessionContext without{closed_slot, archive, intake, delivery, registry, log, {}, [this] { return now; }};
    WorkerSession session(without, 1);
    EXPECT_EQ(refusal(session, wire::Hello{wire::kProtocolVersion, "w", "1", "m", "d"}),
              ErrorCode::database_unavailable);
    EXPECT_TRUE(closed);
}

TEST_F(WorkerSessionTest, TheWorkersWordsAreCutToSize) {
    const Job queued = queue();
    WorkerSession session(context(), 1);
    greet(session);
    const auto granted = lease(session);
    Outcome outcome{
        JobState::rejected, Error{ErrorCode::missing_slices, std::string(100'000, 'x')}, {}, "not JSON"};
    ask<wire::Ack>(session, wire::Complete{granted.job, granted.epoch, outcome});
    EXPECT_EQ(job(queued.id).error->detail.size(), 2048u);
    EXPECT_EQ(job(queued.id).summary_json, "");
}

}  // namespace worker_session_test
}  // namespace spineseg

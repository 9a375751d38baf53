// SPDX-License-Identifier: GPL-3.0-or-later
// What a worker says of itself, and messages that break the protocol.
#include "tests/plugin/workers/session_fixture.h"

namespace spineseg {
namespace session_protocol_test {

using SessionProtocolTest = SessionTest;

/// Any worker that was let in became the model, and took over the queue; one line at level INFO.
TEST_F(SessionProtocolTest, AWorkerWithAModelThatIsNotAdmittedIsTurnedAwayWithTheRemedy) {
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

TEST_F(SessionProtocolTest, TheFirstMessageMustBeHello) {
    WorkerSession session(context(), 1);
    EXPECT_EQ(refusal(session, wire::LeaseRequest{}), ErrorCode::protocol_violation);
    EXPECT_TRUE(closed);
    EXPECT_TRUE(registry.workers().empty());
}

TEST_F(SessionProtocolTest, AnotherProtocolIsRefusedWithTheRemedy) {
    WorkerSession session(context(), 1);
    const auto reply =
        ask<wire::Refused>(session, wire::Hello{wire::kProtocolVersion + 1, "w", "9", "m", "d"});
    EXPECT_TRUE(closed);
    EXPECT_NE(reply.error.detail.find("same version"), std::string::npos);
}

TEST_F(SessionProtocolTest, WhatAWorkerComputesWithIsKept) {
    WorkerSession session(context(), 1);
    greet(session);
    ask<wire::Ack>(session, wire::DeviceReport{"cuda", "bfloat16", {SelfTestState::passed, "by 0.001"}});
    const auto worker = registry.workers().at(0);
    EXPECT_EQ(worker.device, "cuda");
    EXPECT_EQ(worker.precision, "bfloat16");
    EXPECT_EQ(worker.self_test, (SelfTestOutcome{SelfTestState::passed, "by 0.001"}));
}

TEST_F(SessionProtocolTest, WhatIsMissingInAWorkersCageIsLoggedOnceAndKept) {
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

TEST_F(SessionProtocolTest, AWorkerWhoseSelfTestFailedGetsNoJobAndStaysInTheList) {
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

TEST_F(SessionProtocolTest, AProbeIsAnsweredAndLeavesNoTrace) {
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

TEST_F(SessionProtocolTest, TwoHellosTwoLeasesAndOurOwnMessagesBreakTheProtocol) {
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

TEST_F(SessionProtocolTest, AnInstanceOutOfRangeOrTooLargeIsRefused) {
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

TEST_F(SessionProtocolTest, TheWorkersWordsAreCutToSize) {
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

}  // namespace session_protocol_test
}  // namespace spineseg

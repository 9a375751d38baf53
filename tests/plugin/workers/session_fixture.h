// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A worker's session over an archive in memory, a real database and clocks that stand still until told.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "plugin/workers/worker_session.h"
#include "tests/plugin/archive/fake_archive.h"
#include "tests/plugin/result_gate/open_gate.h"

namespace spineseg {

inline constexpr const char* kSiteRules = R"({"images": {"anatomy": ["quux"]}})";

class SessionTest : public testing::Test {
  protected:
    void SetUp() override { ASSERT_TRUE(slot.open()); }

    SessionContext context() {
        SessionLimits limits;
        limits.lease = std::chrono::seconds(60);
        limits.stall = std::chrono::seconds(600);
        limits.max_instance_bytes = 1000;
        limits.keep_rejected = keep_rejected;
        return {slot,
                archive,
                intake,
                delivery,
                registry,
                log,
                limits,
                [this] { return now; },
                &models,
                &gate,
                [this] {
                    return std::chrono::steady_clock::time_point((now - wall_is_ahead).time_since_epoch());
                }};
    }
    JobStore& store() { return **slot.get(); }
    Job queue(char digit = '1') {
        archive.put(lumbar_series(orthanc_id(digit)));
        return **intake.consider(store(), orthanc_id(digit));
    }
    Job job(const std::string& id) { return *store().job(id); }

    template <typename Reply>
    Reply ask(WorkerSession& session, const wire::Message& message) {
        auto reply = session.handle(message);
        closed = reply.close;
        if (auto* wanted = std::get_if<Reply>(&reply.message)) return std::move(*wanted);
        ADD_FAILURE() << "the reply is " << wire::name_of(reply.message);
        return {};
    }
    ErrorCode refusal(WorkerSession& session, const wire::Message& message) {
        return ask<wire::Refused>(session, message).error.code;
    }
    void greet(WorkerSession& session, const std::string& digest = "d1") {
        ask<wire::Welcome>(session,
                           wire::Hello{wire::kProtocolVersion, "host:1", "0.1", "lumbar-fast", digest});
    }
    wire::LeaseGranted lease(WorkerSession& session) {
        return ask<wire::LeaseGranted>(session, wire::LeaseRequest{});
    }
    /// A locked database fails a call soon.
    static QueuePolicy impatient() {
        QueuePolicy policy;
        policy.busy_timeout = std::chrono::milliseconds(20);
        return policy;
    }
    static wire::Renew renewal(const wire::LeaseGranted& lease, std::uint64_t counter) {
        return {lease.job, lease.epoch, {Stage::diffusion, 0.5}, counter};
    }
    static wire::StoreResult result(const wire::LeaseGranted& lease, std::uint8_t letter) {
        return {lease.job,
                lease.epoch,
                {ResultKind::segmentation, "1.2", "1.2.3." + std::to_string(letter), "1.2.4", "", ""},
                {letter}};
    }

    Timestamp now{std::chrono::milliseconds(1'790'000'000'000)};
    std::chrono::milliseconds wall_is_ahead{0};  ///< of the clock that nobody sets
    TemporaryFolder folder;
    FakeArchive archive;
    ListLog log;
    ModelAdmission models{{.folders = {},
                           .digests = {"d1", "d2", "model a", "model b", "old model", "new model"},
                           .named = true}};
    OpenResultGate gate;
    Intake intake{archive, *EligibilityRules::shipped().with_site_changes(kSiteRules), {}, log};
    Delivery delivery{archive, log, {}};
    WorkerRegistry registry;
    ReopeningStore slot{folder.file("queue.db"), [this] { return now; }, impatient()};
    bool closed = false;
    bool keep_rejected = false;

    static wire::Complete completion(const wire::LeaseGranted& lease, const std::string& summary,
                                     std::optional<Error> error = std::nullopt) {
        Outcome outcome;
        outcome.summary_json = summary;
        if (error)
            outcome.state = fate_of(error->code) == JobFate::reject ? JobState::rejected : JobState::failed;
        outcome.error = std::move(error);
        return {lease.job, lease.epoch, outcome};
    }
};

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// One worker's conversation, without its socket: a message in, the reply and whether to close out. Every
/// request gets exactly one reply. Holds at most one lease; a message about any other job or epoch is refused
/// as stale. A worker of a shadow model is handed on to ShadowSession after its Hello. Blocks on the database and on Orthanc, so it lives on the work thread; one thread at a time.
/// Database trouble is a reply, never an exception.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/wire/messages.h"
#include "plugin/result_gate/result_gate.h"
#include "plugin/results/leftover_removal.h"
#include "plugin/results/result_store.h"
#include "plugin/workers/lease_granting.h"
#include "plugin/workers/lease_progress.h"
#include "plugin/workers/session_context.h"
#include "plugin/workers/shadow_session.h"

namespace spineseg {

class WorkerSession {
  public:
    WorkerSession(SessionContext context, std::uint64_t number);
    WorkerSession(const WorkerSession&) = delete;
    WorkerSession& operator=(const WorkerSession&) = delete;

    SessionReply handle(const wire::Message& message);
    /// The connection is over. Ends the lease, if there is one. Called once.
    void end(SessionEnd how);
    bool greeted() const { return greeted_; }

  private:
    struct Held {
        Job job;
        std::int64_t epoch = 0;
        std::vector<std::string> instances;
        ResultOrder order = {};
        LeaseProgress progress;
        std::vector<PlacedResult> stored = {};
    };

    static SessionReply refused(Error error);
    SessionReply on(const wire::Hello& hello);
    Result<void> admit(JobStore& store, const wire::Hello& hello);
    SessionReply on(const wire::DeviceReport& report);
    SessionReply on(const wire::LeaseRequest& request);
    SessionReply on(const wire::FetchInstance& fetch);
    SessionReply on(const wire::Renew& renew);
    SessionReply on(const wire::StoreResult& store);
    SessionReply on(const wire::Complete& complete);
    SessionReply on(const wire::Release& release);
    template <typename NotForUs>
    SessionReply on(const NotForUs& message);

    std::string runs_with() const;
    Result<void> check_lease(const std::string& job, std::int64_t epoch) const;
    Result<void> check_still_leased(JobStore& store);
    Result<void> prepare_to_store(JobStore& store);
    SessionReply lost_lease(const Error& why);
    SessionReply not_renewed(JobStore& store, const Error& why);
    SessionReply without_database(const Error& why);
    SessionReply interrupted(JobStore& store, const wire::Complete& complete);
    SessionReply ended(JobStore& store, const wire::Complete& complete);
    Result<void> announce_end(JobStore& store, const Outcome& outcome);
    void take_out_leftovers(JobStore& store);
    SessionReply take_back(JobStore& store, const wire::Renew& renew);
    SessionReply not_admitted(JobStore& store, const wire::StoreResult& message, const Error& why);
    void touch();

    SessionContext context_;
    LeaseGranting granting_;
    ResultStore results_;
    LeftoverRemoval leftovers_;
    StrictResultGate strict_gate_;
    ModelAdmission unnamed_models_{{}};
    const std::uint64_t number_;
    bool greeted_ = false;
    ConnectedWorker worker_;
    std::optional<Held> held_;
    std::optional<ShadowSession> shadow_;  ///< of a shadow model's worker
};

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// One worker's conversation, without its socket: a message in, the reply and whether to close out. Every
/// request gets exactly one reply. Holds at most one lease; a message about any other job or epoch is refused
/// as stale. Blocks on the database and on Orthanc, so it lives on the work thread; one thread at a time.
/// Database trouble is a reply, never an exception.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/wire/messages.h"
#include "db/job_store.h"
#include "db/reopening_store.h"
#include "plugin/archive/archive.h"
#include "plugin/intake/intake.h"
#include "plugin/log/log.h"
#include "plugin/result_gate/result_gate.h"
#include "plugin/results/delivery.h"
#include "plugin/results/leftover_removal.h"
#include "plugin/results/result_store.h"
#include "plugin/workers/lease_granting.h"
#include "plugin/workers/model_admission.h"
#include "plugin/workers/worker_registry.h"

namespace spineseg {

struct SessionLimits {
    std::chrono::milliseconds lease{60'000};
    std::chrono::milliseconds stall{
        600'000};                           ///< a lease whose counter stands still for so long is taken back
    std::chrono::milliseconds poll{1'000};  ///< how soon an idle worker asks again
    std::size_t max_instance_bytes = std::size_t{256} << 20;
    OutputPlan outputs = default_outputs();
    bool keep_rejected = false;
    std::string plugin_version;
};

/// What a session works with; all outlive it.
struct SessionContext {
    ReopeningStore& store;
    Archive& archive;
    Intake& intake;
    Delivery& delivery;
    WorkerRegistry& registry;
    Log& log;
    SessionLimits limits;
    JobStore::Clock clock = JobStore::system_clock();
    ModelAdmission* models = nullptr;  ///< nullptr: as where no bundle is installed and none is named
    ResultGate* gate = nullptr;        ///< nullptr: the strict one; tests of other things may open it
    /// For how long something lasts: leases and progress. Nobody sets it.
    std::function<std::chrono::steady_clock::time_point()> steady = std::chrono::steady_clock::now;
};

struct SessionReply {
    wire::Message message;
    bool close = false;        ///< after the message has been sent
    bool holds_lease = false;  ///< the worker holds one now
};

enum class SessionEnd {
    lost,      ///< the socket closed or broke: the attempt counts
    shutdown,  ///< we stop: the lease is handed back and the attempt does not count
};

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
        std::vector<PlacedResult> stored = {};
        std::uint64_t counter = 0;
        std::chrono::steady_clock::time_point last_progress{};
        std::chrono::steady_clock::time_point renewed{};
    };

    static SessionReply refused(Error error);
    SessionReply on(const wire::Hello& hello);
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
    bool stalled(const wire::Renew& renew);
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
};

}  // namespace spineseg

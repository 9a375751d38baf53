// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the sessions work with and what they answer. Values; the context's members outlive the sessions.

#include <chrono>
#include <cstddef>
#include <functional>
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
#include "plugin/workers/model_admission.h"
#include "plugin/workers/worker_registry.h"

namespace spineseg {

class ShadowModels;

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
    ShadowModels* shadows = nullptr;  ///< nullptr: there are none
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

/// One of the leased instances, or why it cannot be had. Blocks on Orthanc.
SessionReply fetched_instance(Archive& archive, const std::vector<std::string>& instances,
                              const wire::FetchInstance& fetch, std::size_t most_bytes);

}  // namespace spineseg

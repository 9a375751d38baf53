// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The plugin without Orthanc's SDK. Owns what the threads share (database, intake, routes) and the two threads, each
/// with its own state: WorkLoop and IoLoop. It starts them, stops them and forwards Orthanc's events, which may come
/// from any thread and only queue a step. stop() may be called from any thread but these two.

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/settings.h"
#include "core/result.h"
#include "eligibility/rules.h"
#include "plugin/archive/archive.h"
#include "plugin/intake/intake.h"
#include "plugin/log/log.h"
#include "plugin/rest/rest_routes.h"
#include "plugin/result_gate/result_gate.h"

namespace spineseg {

struct ServiceContext {
    Archive& archive;
    Log& log;
    Settings settings;
    EligibilityRules rules;
    std::chrono::seconds stable_age{60};  ///< Orthanc's StableAge: what is older than that is stable
    std::vector<std::filesystem::path> installed_models = {};  ///< used where the settings name no folder
    std::string version;
    std::function<std::string()> archive_version;
    std::function<void(const QueueCounts&)>
        publish;  ///< the queue's figures, from the work thread, now and then
    int long_polls =
        LongPolls::kMost;        ///< requests that may wait at a time, each on one of Orthanc's threads
    ResultGate* gate = nullptr;  ///< nullptr: the strict one; tests of other things may open it
};

class Service {
  public:
    /// Binds the socket and tries the database. invalid_configuration when the socket cannot be had; a
    /// database that cannot be opened is logged and tried again later.
    static Result<std::unique_ptr<Service>> create(ServiceContext context);
    ~Service();

    /// Orthanc has started: from now on its REST API may be called.
    void start();
    /// Leases are handed back, threads joined. Within a second, unless Orthanc holds up a call of ours.
    /// Idempotent.
    void stop();

    void series_is_stable(const std::string& orthanc_series_id);
    void series_was_deleted(const std::string& orthanc_series_id);
    void instance_was_deleted(const std::string& orthanc_instance_id);
    void instance_arrived(const std::string& orthanc_instance_id);

    HttpResponse answer(const HttpRequest& request) const;
    std::vector<std::string> route_patterns() const;

  private:
    struct Parts;
    explicit Service(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace spineseg

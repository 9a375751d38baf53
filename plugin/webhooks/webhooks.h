// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The webhooks that the settings name, each with a thread of its own, so that a slow receiver delays nobody: not the work
/// thread, not Orthanc, not another receiver. Any thread; start() and stop() once each.

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "config/settings.h"
#include "db/reopening_store.h"
#include "plugin/log/log.h"
#include "plugin/webhooks/curl_poster.h"
#include "plugin/webhooks/webhook_courier.h"

namespace spineseg {

/// One of them, as routes and metrics show it.
struct ShownWebhook {
    std::string url;  ///< without user, password and query
    std::vector<std::string> events;
    WebhookState state;
};

/// Reads the keys: invalid_configuration where one cannot be had.
Result<std::vector<WebhookTarget>> webhook_targets(const Settings& settings);

class Webhooks {
  public:
    /// `store` and `log` outlive this.
    Webhooks(std::vector<WebhookTarget> targets, const OutgoingHttp& http, const CourierPlan& plan,
             ReopeningStore& store, Log& log);
    ~Webhooks();

    /// For a database that was opened, before any job ends in it.
    Result<void> subscribe(JobStore& store) const;
    void start();
    /// What is under way is broken off and delivered after the next start. Idempotent.
    void stop();
    /// In the order of the settings.
    Result<std::vector<ShownWebhook>> states(JobStore& store) const;

  private:
    void run(WebhookCourier& courier);
    /// False: stop.
    bool wait(std::chrono::milliseconds pause);

    const std::vector<WebhookTarget> targets_;
    ReopeningStore& store_;
    Log& log_;
    CurlPoster poster_;
    std::vector<std::unique_ptr<WebhookCourier>> couriers_;
    std::vector<std::thread> threads_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stopping_ = false;  ///< guarded by mutex_
};

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Tells one receiver how jobs ended, one after the other in the order of their ends: while one cannot be delivered those
/// behind it wait. A receiver that does not take one is asked again after 2 s, 8 s, 32 s and so on, at most every ten
/// minutes, until the job's end is older than the plan says. What it refuses as such (400, 410, 413, 415, 422) is given up
/// at once. One thread.

#include <chrono>
#include <string>
#include <vector>

#include "db/job_store.h"
#include "plugin/log/log.h"
#include "plugin/webhooks/http_poster.h"

namespace spineseg {

struct WebhookTarget {
    std::string hook;  ///< its name in the database
    std::string url;
    std::string shown;  ///< the address without secrets
    std::vector<std::string> events;
    std::string secret;
};

struct CourierPlan {
    std::string root;  ///< of our routes, with both slashes
    std::string version;
    std::chrono::milliseconds give_up_after{std::chrono::hours(24 * 7)};
};

class WebhookCourier {
  public:
    WebhookCourier(WebhookTarget target, HttpPoster& poster, Log& log, CourierPlan plan,
                   JobStore::Clock clock = JobStore::system_clock());

    /// One attempt at most. How long to wait before the next step.
    std::chrono::milliseconds step(JobStore& store);
    /// When the step failed for the database.
    static constexpr auto kAfterTrouble = std::chrono::milliseconds(5000);
    /// When there is nothing to do.
    static constexpr auto kIdle = std::chrono::milliseconds(500);

  private:
    HttpPost request_of(const JobEnding& ending, Timestamp now) const;
    Result<void> record(JobStore& store, const WebhookDelivery& delivery, const Result<int>& answered);
    Result<void> record_failure(JobStore& store, const WebhookDelivery& delivery, const std::string& why);
    Result<void> give_up(JobStore& store, const WebhookDelivery& delivery, const std::string& why);

    const WebhookTarget target_;
    HttpPoster& poster_;
    Log& log_;
    const CourierPlan plan_;
    const JobStore::Clock clock_;
};

}  // namespace spineseg

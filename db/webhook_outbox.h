// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Who is to be told of which ends of jobs, and of which ends nobody has been told yet. The database itself writes what
/// is to be delivered, in the transaction that ends the job (ending_schema.h). A delivery stays until the receiver has
/// taken it or it is given up: what is delivered twice has the same job and epoch. Part of JobStore's database and its
/// connection; any thread may call. Fails with database_unavailable when SQLite does.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/job.h"
#include "core/result.h"
#include "db/job_endings.h"

namespace spineseg {

struct WebhookSubscription {
    std::string hook;                 ///< a name of the receiver that stays the same and holds no secret
    std::vector<std::string> events;  ///< JobEnding::event
};

struct WebhookDelivery {
    std::int64_t number = 0;
    int attempts = 0;        ///< that failed
    Timestamp not_before{};  ///< of the next attempt
    JobEnding ending;
};

struct WebhookState {
    std::string hook;
    int waiting = 0;
    std::optional<Timestamp> oldest_waiting;  ///< when that job ended
    std::int64_t delivered = 0, given_up = 0;
    std::optional<Timestamp> last_delivered, last_failed;
    std::string last_error;
};

class WebhookOutbox {
  public:
    using Clock = std::function<Timestamp()>;
    WebhookOutbox(std::shared_ptr<sqlite::StoreConnection> connection, Clock clock);

    /// From now on these are told and no others. What was to be delivered to others is forgotten.
    Result<void> subscribe(const std::vector<WebhookSubscription>& all);
    /// The oldest that the receiver has not taken, due or not; nullopt: none.
    Result<std::optional<WebhookDelivery>> next(const std::string& hook);
    Result<void> delivered(const WebhookDelivery& delivery);
    Result<void> postpone(const WebhookDelivery& delivery, const std::string& why, Timestamp not_before);
    /// The journal of the job says that `receiver` was not told, and why.
    Result<void> give_up(const WebhookDelivery& delivery, const std::string& why,
                         const std::string& receiver);
    /// In the order of the hooks' names.
    Result<std::vector<WebhookState>> states();

  private:
    std::shared_ptr<sqlite::StoreConnection> connection_;
    Clock clock_;
};

}  // namespace spineseg

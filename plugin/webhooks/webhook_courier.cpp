// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/webhooks/webhook_courier.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "plugin/webhooks/webhook_message.h"
#include "plugin/webhooks/webhook_signature.h"

namespace spineseg {
namespace {

constexpr auto kFirstPause = std::chrono::milliseconds(2'000);
constexpr auto kLongestPause = std::chrono::milliseconds(600'000);
/// What no other attempt would change.
constexpr std::array kRefusals{400, 410, 413, 415, 422};

std::chrono::milliseconds pause_after(int failures) {
    return std::min(kFirstPause * (std::int64_t{1} << (2 * std::min(failures, 10))), kLongestPause);
}

std::string status_text(int status) {
    const std::string text = "answers with status " + std::to_string(status);
    return status >= 300 && status < 400 ? text + ", and redirects are not followed" : text;
}

}  // namespace

WebhookCourier::WebhookCourier(WebhookTarget target, HttpPoster& poster, Log& log, CourierPlan plan,
                               JobStore::Clock clock)
    : target_(std::move(target)),
      poster_(poster),
      log_(log),
      plan_(std::move(plan)),
      clock_(std::move(clock)) {}

HttpPost WebhookCourier::request_of(const JobEnding& ending, Timestamp now) const {
    const auto id = webhook_event_id(ending);
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    HttpPost request{target_.url, {}, webhook_body(ending, plan_.root)};
    request.headers = {{"Content-Type", "application/json"},
                       {"User-Agent", "spineseg/" + plan_.version},
                       {"webhook-id", id},
                       {"webhook-timestamp", std::to_string(seconds)},
                       {"webhook-signature", webhook_signature(target_.secret, id, seconds, request.body)}};
    return request;
}

std::chrono::milliseconds WebhookCourier::step(JobStore& store) {
    const auto delivery = store.webhooks().next(target_.hook);
    if (!delivery) return kAfterTrouble;
    if (!*delivery) return kIdle;
    const auto now = clock_();
    // No pause is longer: the clock was set back since.
    const auto rest = (*delivery)->not_before - now;
    if (rest > std::chrono::milliseconds(0) && rest <= kLongestPause) return std::min(rest, kIdle);
    const auto answered = poster_.post(request_of((*delivery)->ending, now));
    if (!answered && answered.error().code == ErrorCode::canceled) return kIdle;
    return record(store, **delivery, answered) ? std::chrono::milliseconds(0) : kAfterTrouble;
}

Result<void> WebhookCourier::record(JobStore& store, const WebhookDelivery& delivery,
                                    const Result<int>& answered) {
    if (!answered) return record_failure(store, delivery, answered.error().detail);
    if (*answered >= 200 && *answered < 300) return store.webhooks().delivered(delivery);
    if (std::find(kRefusals.begin(), kRefusals.end(), *answered) != kRefusals.end())
        return give_up(store, delivery, status_text(*answered));
    return record_failure(store, delivery, status_text(*answered));
}

Result<void> WebhookCourier::record_failure(JobStore& store, const WebhookDelivery& delivery,
                                            const std::string& why) {
    const auto now = clock_();
    if (now - delivery.ending.finished > plan_.give_up_after) return give_up(store, delivery, why);
    if (delivery.attempts == 0)
        log_.warning("the webhook " + target_.shown + " is not told of job " + delivery.ending.job_id +
                     " yet: " + why);
    return store.webhooks().postpone(delivery, why, now + pause_after(delivery.attempts));
}

Result<void> WebhookCourier::give_up(JobStore& store, const WebhookDelivery& delivery,
                                     const std::string& why) {
    log_.error("the webhook " + target_.shown + " is not told of job " + delivery.ending.job_id + ": " + why);
    return store.webhooks().give_up(delivery, why, "webhook " + target_.shown);
}

}  // namespace spineseg

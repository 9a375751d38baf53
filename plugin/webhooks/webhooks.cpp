// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/webhooks/webhooks.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "core/digest.h"
#include "plugin/webhooks/webhook_message.h"
#include "plugin/webhooks/webhook_signature.h"

namespace spineseg {
namespace {

constexpr std::size_t kHookName = 16;  ///< digits

}  // namespace

Result<std::vector<WebhookTarget>> webhook_targets(const Settings& settings) {
    std::vector<WebhookTarget> targets;
    for (const auto& one : settings.webhooks) {
        auto secret = read_webhook_secret(one.secret_file);
        if (!secret) return failure(secret.error());
        targets.push_back({sha256_hex(one.url).substr(0, kHookName), one.url, shown_url(one.url), one.events,
                           std::move(*secret)});
    }
    return targets;
}

Webhooks::Webhooks(std::vector<WebhookTarget> targets, const OutgoingHttp& http, const CourierPlan& plan,
                   ReopeningStore& store, Log& log)
    : targets_(std::move(targets)), store_(store), log_(log), poster_(http) {
    if (!targets_.empty() && !http.verify_peers)
        log.warning("HttpsVerifyPeers is false: webhooks do not check whom they tell");
    for (const auto& target : targets_)
        couriers_.push_back(std::make_unique<WebhookCourier>(target, poster_, log, plan));
}

Webhooks::~Webhooks() {
    stop();
}

Result<void> Webhooks::subscribe(JobStore& store) const {
    std::vector<WebhookSubscription> all;
    all.reserve(targets_.size());
    for (const auto& target : targets_) all.push_back({target.hook, target.events});
    return store.webhooks().subscribe(all);
}

void Webhooks::start() {
    for (const auto& courier : couriers_) threads_.emplace_back([this, &courier] { run(*courier); });
}

void Webhooks::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    poster_.stop();
    changed_.notify_all();
    for (auto& thread : threads_)
        if (thread.joinable()) thread.join();
}

bool Webhooks::wait(std::chrono::milliseconds pause) {
    std::unique_lock lock(mutex_);
    return !changed_.wait_for(lock, pause, [this] { return stopping_; });
}

void Webhooks::run(WebhookCourier& courier) {
    auto pause = std::chrono::milliseconds(0);
    while (wait(pause)) {
        pause = WebhookCourier::kAfterTrouble;
        try {
            // The connection of the routes: no other thread waits for it long.
            if (const auto store = store_.for_routes()) pause = courier.step(**store);
        } catch (const std::exception& e) {
            log_.error(std::string("a webhook's thread: ") + e.what());
        }
    }
}

Result<std::vector<ShownWebhook>> Webhooks::states(JobStore& store) const {
    const auto stored = store.webhooks().states();
    if (!stored) return failure(stored.error());
    std::vector<ShownWebhook> shown;
    for (const auto& target : targets_) {
        const auto found = std::find_if(stored->begin(), stored->end(),
                                        [&](const auto& state) { return state.hook == target.hook; });
        shown.push_back({target.shown, target.events,
                         found == stored->end() ? WebhookState{.hook = target.hook} : *found});
    }
    return shown;
}

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/daemon/lease_machine.h"

#include <algorithm>
#include <utility>

namespace spineseg {
LeaseMachine::LeaseMachine(LeaseOptions options)
    : options_(std::move(options)), retry_delay_(options_.first_retry) {}

Effects LeaseMachine::on_start(Instant now) {
    retry_at_ = now;
    advance(now);
    return taken();
}

Effects LeaseMachine::on_connected(Instant now) {
    if (ended_) return taken();
    connection_ = Connection::up;
    wire::Hello hello;
    hello.worker = options_.worker;
    hello.version = options_.version;
    hello.model_id = options_.model_id;
    hello.model_digest = options_.model_digest;
    send(Asked::welcome, std::move(hello), now);
    return taken();
}

Effects LeaseMachine::on_disconnected(const std::string& why, Instant now) {
    // A connection that the machine has ended itself is reported, too.
    if (connection_ != Connection::down && !ended_) {
        end_session(why, now);
        advance(now);
    }
    return taken();
}

Effects LeaseMachine::on_message(wire::Message message, Instant now) {
    if (connection_ != Connection::up || ended_) return taken();
    const Asked asked = std::exchange(asked_, Asked::nothing);
    if (asked == Asked::nothing)
        end_session("the plugin sent a reply to nothing", now);
    else
        answer(asked, message, now);
    advance(now);
    return taken();
}

Effects LeaseMachine::on_computed(Result<JobProduct> product, Instant now) {
    const auto computed = std::exchange(computing_, nullptr);
    returns_by_.reset();
    if (lease_ && lease_->job == computed) {
        if (product) {
            lease_->step = Step::storing;
            lease_->files = std::move(product->files);
            if (product->verdict) lease_->outcome = outcome_of(*product->verdict);
            lease_->outcome.summary_json = std::move(product->summary_json);
        } else {
            end_job_with(product.error());
        }
    }
    advance(now);
    return taken();
}

Effects LeaseMachine::on_stop(Instant now) {
    stopping_ = true;
    if (computing_) abandon(now);
    reply_due_ = std::min(reply_due_, now + options_.greeting_timeout);
    advance(now);
    return taken();
}

Effects LeaseMachine::on_time(Instant now) {
    if (ended_) return taken();
    if (returns_by_ && now >= *returns_by_) {
        finish(WorkerEnd::compute_hangs);
        return taken();
    }
    if (asked_ != Asked::nothing && now >= reply_due_) end_session("the plugin did not answer in time", now);
    advance(now);
    return taken();
}

std::optional<LeaseMachine::Instant> LeaseMachine::wakes_at() const {
    std::optional<Instant> earliest = returns_by_;
    const auto consider = [&](Instant instant) { earliest = std::min(earliest.value_or(instant), instant); };
    if (ended_) return std::nullopt;
    if (asked_ != Asked::nothing) {
        consider(reply_due_);
    } else if (lease_) {
        consider(lease_->renew_at);
    } else if (!computing_) {
        if (connection_ == Connection::down) consider(retry_at_);
        if (connection_ == Connection::up) consider(ask_at_);
    }
    return earliest;
}

void LeaseMachine::advance(Instant now) {
    if (ended_ || asked_ != Asked::nothing) return;
    if (lease_) return advance_lease(now);
    if (computing_) return;  // abandoned; it notices within one network call
    if (stopping_ || finished_) return finish(WorkerEnd::in_order);
    if (connection_ == Connection::up && now >= ask_at_) ask_for_work(now);
    if (connection_ == Connection::down && now >= retry_at_) {
        connection_ = Connection::connecting;
        effects_.push_back(effect::Connect{});
    }
}

void LeaseMachine::ask_for_work(Instant now) {
    if (options_.self_test.state != SelfTestState::failed)
        return send(Asked::lease, wire::LeaseRequest{}, now);
    // Before the plugin closes a connection that says nothing.
    report(now);
}

void LeaseMachine::report(Instant now) {
    send(Asked::report,
         wire::DeviceReport{options_.device, options_.precision, options_.self_test, options_.cage}, now);
}

void LeaseMachine::advance_lease(Instant now) {
    const bool canceled = lease_->outcome.error && lease_->outcome.error->code == ErrorCode::canceled;
    if (stopping_ && (lease_->step == Step::fetching || canceled)) {
        send(Asked::release, wire::Release{lease_->granted.job, lease_->granted.epoch}, now);
        reply_due_ = now + std::chrono::seconds(2);
        return;
    }
    if (lease_->step != Step::ending && now >= lease_->renew_at) return renew(now);
    switch (lease_->step) {
        case Step::fetching:
            return fetch_next(now);
        case Step::computing:
            return;
        case Step::storing:
            return store_next(now);
        case Step::ending:
            return send(Asked::completion,
                        wire::Complete{lease_->granted.job, lease_->granted.epoch, lease_->outcome}, now);
    }
}

void LeaseMachine::fetch_next(Instant now) {
    const auto& names = lease_->granted.instances;
    const std::size_t index = lease_->input.instances.size();
    if (index < names.size())
        return send(Asked::instance,
                    wire::FetchInstance{lease_->granted.job, lease_->granted.epoch, static_cast<int>(index)},
                    now);
    lease_->step = Step::computing;
    computing_ = lease_->job;
    effects_.push_back(
        effect::Compute{lease_->job, std::make_shared<JobInput>(std::exchange(lease_->input, {}))});
}

void LeaseMachine::store_next(Instant now) {
    auto& results = lease_->outcome.results;
    const double fraction = lease_->files.empty() ? 1.0
                                                  : static_cast<double>(results.size()) /
                                                        static_cast<double>(lease_->files.size());
    lease_->job->report({Stage::storing, fraction});
    if (results.size() == lease_->files.size()) {
        lease_->step = Step::ending;
        return advance_lease(now);
    }
    auto& file = lease_->files[results.size()];
    send(Asked::storage,
         wire::StoreResult{lease_->granted.job, lease_->granted.epoch, std::move(file.object),
                           std::move(file.dicom)},
         now);
}

void LeaseMachine::renew(Instant now) {
    const auto [progress, counter] = lease_->job->snapshot();
    lease_->renew_at = now + lease_->renewal_interval;
    send(Asked::renewal, wire::Renew{lease_->granted.job, lease_->granted.epoch, progress, counter}, now);
}

void LeaseMachine::send(Asked reply, wire::Message message, Instant now) {
    asked_ = reply;
    reply_due_ = now + (reply == Asked::welcome ? options_.greeting_timeout : options_.reply_timeout);
    effects_.push_back(effect::Send{std::move(message)});
}

Effects LeaseMachine::taken() {
    return std::exchange(effects_, {});
}

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
// LeaseMachine: what a reply, a refusal or a lost lease changes.

#include <algorithm>
#include <utility>

#include "worker/daemon/lease_machine.h"

namespace spineseg {
namespace {

using std::chrono::milliseconds;

}  // namespace

Outcome LeaseMachine::outcome_of(const Error& error) {
    Outcome outcome;
    outcome.state = fate_of(error.code) == JobFate::reject ? JobState::rejected : JobState::failed;
    outcome.error = error;
    return outcome;
}

void LeaseMachine::answer(Asked asked, wire::Message& message, Instant now) {
    if (const auto* refusal = std::get_if<wire::Refused>(&message))
        return refused(asked, refusal->error, now);
    if (asked == Asked::welcome) {
        if (const auto* welcome = std::get_if<wire::Welcome>(&message)) return take(*welcome, now);
    } else if (asked == Asked::lease) {
        if (auto* lease = std::get_if<wire::LeaseGranted>(&message)) return take(std::move(*lease), now);
        if (const auto* none = std::get_if<wire::NoWork>(&message)) {
            ask_at_ = now + milliseconds(std::clamp<std::int64_t>(none->retry_ms, 20, 60'000));
            return;
        }
    } else if (asked == Asked::instance) {
        if (auto* instance = std::get_if<wire::InstanceBytes>(&message))
            return take(std::move(*instance), now);
    } else if (asked == Asked::storage) {
        if (auto* stored = std::get_if<wire::Stored>(&message)) {
            lease_->outcome.results.push_back(std::move(stored->object));
            return;
        }
    } else if (std::holds_alternative<wire::Ack>(message)) {
        return acknowledged(asked, now);
    } else if (asked == Asked::renewal && std::holds_alternative<wire::Cancel>(message)) {
        return drop_lease("it was canceled", now);
    }
    end_session("the plugin answered with " + std::string(wire::name_of(message)), now);
}

void LeaseMachine::refused(Asked asked, const Error& error, Instant now) {
    if (lease_ && error.code == ErrorCode::stale_lease) return drop_lease(error.describe(), now);
    switch (asked) {
        case Asked::instance:
        case Asked::storage:
            return end_job_with(error);
        case Asked::release:
            lease_.reset();
            return;
        case Asked::welcome:
            return end_session("the plugin refused this worker: " + error.describe(), now);
        case Asked::lease:
            return end_session("the plugin gives no lease: " + error.describe(), now);
        case Asked::report:
            return end_session("the plugin refused the device's report: " + error.describe(), now);
        case Asked::renewal:
            return end_session("the lease was not renewed: " + error.describe(), now);
        case Asked::completion:
            return end_session("the end of job " + lease_->granted.job + " was refused: " + error.describe(),
                               now);
        case Asked::nothing:
            return;
    }
}

void LeaseMachine::take(const wire::Welcome& welcome, Instant now) {
    if (welcome.protocol != wire::kProtocolVersion)
        return end_session("the plugin speaks protocol " + std::to_string(welcome.protocol), now);
    retry_delay_ = options_.first_retry;
    last_reason_.clear();
    log(LogLevel::info, "connected to plugin " + welcome.plugin_version);
    if (options_.self_test.state == SelfTestState::failed)
        log(LogLevel::error, "no jobs are taken: the self-test failed (" + options_.self_test.detail + ")");
    report(now);
}

void LeaseMachine::take(wire::LeaseGranted granted, Instant now) {
    const auto lease_ms = std::clamp<std::int64_t>(granted.lease_ms, 40, 3'600'000);
    log(LogLevel::info, "job " + granted.job + " epoch " + std::to_string(granted.epoch) + ": " +
                            std::to_string(granted.instances.size()) + " instances");
    ActiveLease lease;
    lease.renewal_interval = milliseconds(std::min<std::int64_t>(lease_ms / 4, 2'000));
    lease.renew_at = now + lease.renewal_interval;
    lease.job = std::make_shared<ActiveJob>();
    lease.input.request = granted.request;
    lease.input.outputs = granted.outputs;
    lease.input.image_words = granted.image_words;
    lease.input.keep_rejected = granted.keep_rejected;
    lease.granted = std::move(granted);
    lease_ = std::move(lease);
    const std::size_t instances = lease_->granted.instances.size();
    if (instances > options_.max_instances)
        end_job_with({ErrorCode::geometry_out_of_range,
                      "a series of " + std::to_string(instances) + " instances; at most " +
                          std::to_string(options_.max_instances) + " are read"});
}

void LeaseMachine::take(wire::InstanceBytes instance, Instant now) {
    const auto& names = lease_->granted.instances;
    auto& instances = lease_->input.instances;
    if (static_cast<std::size_t>(instance.index) != instances.size() || instance.job != lease_->granted.job)
        return end_session("the plugin sent another instance than the one asked for", now);
    lease_->bytes += instance.dicom.size();
    if (lease_->bytes > options_.max_series_bytes)
        return end_job_with({ErrorCode::geometry_out_of_range, "the series' files are too large together"});
    instances.push_back({names[instances.size()], std::move(instance.dicom)});
    lease_->job->report(
        {Stage::fetching, static_cast<double>(instances.size()) / static_cast<double>(names.size())});
}

void LeaseMachine::acknowledged(Asked asked, Instant now) {
    if (asked == Asked::report) {
        const bool fit = options_.self_test.state != SelfTestState::failed;
        ask_at_ = fit ? now : now + options_.report_interval;
    } else if (asked == Asked::completion) {
        const auto& outcome = lease_->outcome;
        log(LogLevel::info, "job " + lease_->granted.job + " epoch " + std::to_string(lease_->granted.epoch) +
                                ": " + std::string(to_string(outcome.state)) +
                                (outcome.error ? " (" + outcome.error->describe() + ")" : ""));
        lease_.reset();
        finished_ = options_.once;
        ask_at_ = now;
    } else if (asked == Asked::release) {
        log(LogLevel::info, "job " + lease_->granted.job + " handed back");
        lease_.reset();
    }
}

void LeaseMachine::end_job_with(const Error& error) {
    lease_->outcome = outcome_of(error);
    lease_->step = Step::ending;
}

void LeaseMachine::drop_lease(const std::string& why, Instant now) {
    log(LogLevel::warning, "job " + lease_->granted.job + " epoch " + std::to_string(lease_->granted.epoch) +
                               " dropped: " + why);
    if (computing_) abandon(now);
    lease_.reset();
    ask_at_ = now;
}

void LeaseMachine::abandon(Instant now) {
    computing_->abandon();
    if (!returns_by_) returns_by_ = now + options_.compute_patience;
}

void LeaseMachine::end_session(const std::string& why, Instant now) {
    if (connection_ == Connection::up) effects_.push_back(effect::Disconnect{});
    connection_ = Connection::down;
    asked_ = Asked::nothing;
    if (lease_) drop_lease("the connection ended", now);
    if (why != last_reason_) log(LogLevel::warning, why + "; trying again");
    last_reason_ = why;
    retry_at_ = now + retry_delay_;
    retry_delay_ = std::min(retry_delay_ * 2, options_.longest_retry);
}

void LeaseMachine::finish(WorkerEnd how) {
    if (connection_ == Connection::up) effects_.push_back(effect::Disconnect{});
    connection_ = Connection::down;
    ended_ = true;
    effects_.push_back(effect::End{how});
}

void LeaseMachine::log(LogLevel level, std::string text) {
    effects_.push_back(effect::Log{level, std::move(text)});
}

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The worker's side of the protocol (core/wire/PROTOCOL.md) as a state machine: events and times in, effects
/// out. No socket, no clock, no thread of its own; one thread calls. LeaseClient carries the effects out.
///
/// One request is under way at a time. A job goes through fetching, computing, storing and ending; its lease
/// is renewed between two requests and while it is computed. A job whose lease is lost or canceled is
/// abandoned, and no other one is asked for until its computation has returned.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/cage_state.h"
#include "core/self_test.h"
#include "core/series_limits.h"
#include "core/wire/messages.h"
#include "worker/daemon/active_job.h"
#include "worker/daemon/log.h"
#include "worker/job/job_runner.h"

namespace spineseg {

struct LeaseOptions {
    std::string worker;  ///< name for people
    std::string version;
    std::string model_id;
    std::string model_digest;
    std::string device;     ///< "cpu", "cuda"
    std::string precision;  ///< "float32", "bfloat16"
    /// What the plugin is told. After a failed one no lease is asked for: the connection stays, so that the
    /// plugin can show it.
    SelfTestOutcome self_test;
    std::optional<CageState> cage;
    std::chrono::milliseconds report_interval{30'000};  ///< of a worker that asks for no leases
    bool once = false;                                  ///< end after the first job that was completed
    std::chrono::milliseconds first_retry{250};
    std::chrono::milliseconds longest_retry{10'000};
    std::chrono::milliseconds greeting_timeout{10'000};
    std::chrono::milliseconds reply_timeout{120'000};  ///< Orthanc may take its time to store a result
    /// How long an abandoned computation may take to return; it looks after each network call.
    std::chrono::milliseconds compute_patience{300'000};
    std::size_t max_instances = kMostInstances;
    std::size_t max_series_bytes = std::size_t{2} << 30;
};

enum class WorkerEnd {
    in_order,
    /// An abandoned computation does not return. Only the end of the process helps.
    compute_hangs,
};

namespace effect {
struct Connect {};
struct Disconnect {};
struct Send {
    wire::Message message;
};
/// Note the time as JobInput::started, run the job on the compute thread, then call on_computed().
struct Compute {
    std::shared_ptr<ActiveJob> job;
    std::shared_ptr<JobInput> input;
};
struct Log {
    LogLevel level;
    std::string text;
};
/// The last effect: nothing follows.
struct End {
    WorkerEnd how;
};
}  // namespace effect
using Effect = std::variant<effect::Connect, effect::Disconnect, effect::Send, effect::Compute, effect::Log,
                            effect::End>;
using Effects = std::vector<Effect>;

class LeaseMachine {
  public:
    using Instant = std::chrono::steady_clock::time_point;

    explicit LeaseMachine(LeaseOptions options);

    Effects on_start(Instant now);
    Effects on_connected(Instant now);
    /// The connection ended, or could not be made.
    Effects on_disconnected(const std::string& why, Instant now);
    Effects on_message(wire::Message message, Instant now);
    /// The computation of the last Compute returned.
    Effects on_computed(Result<JobProduct> product, Instant now);
    /// Hand the lease back and end.
    Effects on_stop(Instant now);
    Effects on_time(Instant now);
    /// When to call on_time(); nullopt: only an event can change anything.
    std::optional<Instant> wakes_at() const;

  private:
    enum class Connection { down, connecting, up };
    enum class Asked { nothing, welcome, report, lease, instance, renewal, storage, completion, release };
    enum class Step { fetching, computing, storing, ending };
    struct ActiveLease {
        wire::LeaseGranted granted;
        std::chrono::milliseconds renewal_interval{};
        Instant renew_at;
        std::shared_ptr<ActiveJob> job;
        Step step = Step::fetching;
        JobInput input;
        std::size_t bytes = 0;
        std::vector<dicom::ResultFile> files;
        Outcome outcome;
    };

    static Outcome outcome_of(const Error& error);
    void advance(Instant now);
    void advance_lease(Instant now);
    void ask_for_work(Instant now);
    void report(Instant now);
    void send(Asked reply, wire::Message message, Instant now);
    void fetch_next(Instant now);
    void store_next(Instant now);
    void renew(Instant now);
    void end_session(const std::string& why, Instant now);
    void drop_lease(const std::string& why, Instant now);
    void abandon(Instant now);
    void end_job_with(const Error& error);
    void finish(WorkerEnd how);
    void log(LogLevel level, std::string text);

    void answer(Asked asked, wire::Message& message, Instant now);
    void refused(Asked asked, const Error& error, Instant now);
    void take(const wire::Welcome& welcome, Instant now);
    void take(wire::LeaseGranted lease, Instant now);
    void take(wire::InstanceBytes instance, Instant now);
    void acknowledged(Asked asked, Instant now);
    Effects taken();

    LeaseOptions options_;
    Effects effects_;
    Connection connection_ = Connection::down;
    Asked asked_ = Asked::nothing;
    Instant reply_due_;
    Instant retry_at_;  ///< while the connection is down
    Instant ask_at_;    ///< while it is up and there is no lease
    std::chrono::milliseconds retry_delay_;
    std::string last_reason_;  ///< of a lost connection, so that it is logged once
    std::optional<ActiveLease> lease_;
    std::shared_ptr<ActiveJob> computing_;  ///< what the compute thread has
    std::optional<Instant> returns_by_;     ///< of a computation that is abandoned
    bool stopping_ = false;
    bool finished_ = false;  ///< `once` is satisfied
    bool ended_ = false;
};

}  // namespace spineseg

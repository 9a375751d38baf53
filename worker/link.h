// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The lease loop: asks the plugin for work, fetches it, keeps the lease alive while the compute thread
/// works, stores what comes out and reports how it ended. Reconnects with back-off for ever; a job whose
/// lease is lost is dropped. run() blocks its thread and does all I/O there (Asio coroutines); stop() may be
/// called from any thread.

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "core/self_test.h"
#include "worker/compute_thread.h"
#include "worker/job_runner.h"

namespace spineseg {

struct LinkOptions {
    std::filesystem::path socket;
    std::string worker;  ///< name for people
    std::string version;
    std::string model_id;
    std::string model_digest;
    std::string device;         ///< "cpu", "cuda"
    std::string precision;      ///< "float32", "bfloat16"
    /// What the plugin is told. After a failed one no lease is asked for: the connection stays, so that the
    /// plugin can show it.
    SelfTestOutcome self_test;
    std::chrono::milliseconds report_interval{30'000};  ///< of a worker that asks for no leases
    bool once = false;             ///< end after the first job that was completed
    bool stop_on_signals = false;  ///< SIGTERM and SIGINT end it in order
    std::chrono::milliseconds first_retry{250};
    std::chrono::milliseconds longest_retry{10'000};
    std::chrono::milliseconds reply_timeout{120'000};  ///< Orthanc may take its time to store a result
    /// How long a computation that nobody wants any more may take to notice; it looks after each network
    /// call.
    std::chrono::milliseconds compute_patience{300'000};
    std::size_t max_instances = 2000;
    std::size_t max_series_bytes = std::size_t{2} << 30;
};

enum class LinkEnd {
    in_order,
    /// An abandoned computation does not return. Only the end of the process helps; the link must outlive it.
    compute_hangs,
};

class Link {
  public:
    Link(LinkOptions options, JobRunner& runner, ComputeThread& compute);
    ~Link();

    /// Returns after stop(), a signal, or the one job of `once`; a lease that is held is given back first. Or
    /// when the compute thread hangs.
    LinkEnd run();
    void stop();

  private:
    class Loop;
    std::unique_ptr<Loop> loop_;
};

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Connects a LeaseMachine to the plugin's Unix socket, the clock, the signals and the compute thread. run()
/// blocks its thread and does all I/O there; stop() may be called from any thread.

#include <functional>
#include <memory>

#include "worker/daemon/compute_thread.h"
#include "worker/daemon/lease_machine.h"
#include "worker/job/job_runner.h"

namespace spineseg {

/// Makes a connection to the plugin, non-blocking, which becomes the client's (worker/daemon/connector.h). The
/// error's text goes into the log, and it is tried again later.
using PluginConnection = std::function<Result<int>()>;

class LeaseClient {
  public:
    LeaseClient(PluginConnection connect, LeaseOptions options, JobRunner& runner, ComputeThread& compute);
    ~LeaseClient();

    /// SIGTERM and SIGINT stop it, too.
    void stop_on_signals();
    /// Returns after stop(), a signal, or the one job of `once`; a lease that is held is given back first. Or
    /// when the compute thread hangs: then this object must outlive the computation.
    WorkerEnd run();
    void stop();

  private:
    class Loop;
    std::unique_ptr<Loop> loop_;
};

}  // namespace spineseg

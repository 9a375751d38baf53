// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The workers that are connected now, for /spineseg/health. Written by the sessions, read by the routes; any
/// thread.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/cage_state.h"
#include "core/job.h"
#include "core/self_test.h"
#include "core/thread_annotations.h"

namespace spineseg {

struct ConnectedWorker {
    std::string name;
    std::string version;
    std::string model_id;
    std::string model_digest;
    std::string job;  ///< empty while it has none
    Timestamp connected{};
    Timestamp last_contact{};
    std::string device;  ///< empty until it has said so, as the next two
    std::string precision;
    std::optional<SelfTestOutcome> self_test;
    std::optional<CageState> cage;
};

class WorkerRegistry {
  public:
    void put(std::uint64_t session, const ConnectedWorker& worker);
    void remove(std::uint64_t session);
    std::vector<ConnectedWorker> workers() const;

  private:
    mutable Mutex mutex_;
    std::map<std::uint64_t, ConnectedWorker> workers_ GUARDED_BY(mutex_);
};

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Which job a worker gets, and whether the job's series is still what the job was made for. A job whose series has
/// gone is failed, one whose series changed is canceled with that reason and its series judged anew. Work thread.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "db/job_store.h"
#include "plugin/archive/archive.h"
#include "plugin/intake/intake.h"
#include "plugin/log/log.h"
#include "plugin/result_gate/ordered_output.h"
#include "plugin/workers/worker_registry.h"

namespace spineseg {

/// A leased job, and the instances (ids of Orthanc) that its series has now.
struct GrantedJob {
    Job job;
    std::int64_t epoch = 0;
    std::vector<std::string> instances;
    std::vector<SourceInstance> sources;  ///< the same with their UIDs
};

class LeaseGranting {
  public:
    struct Applicant {
        std::string worker;
        std::string model_id;
        std::string model_digest;
        std::chrono::steady_clock::time_point now;
        std::string runs_with = {};  ///< versions, device and outputs, for the journal
    };
    LeaseGranting(Archive& archive, Intake& intake, const WorkerRegistry& registry, Log& log)
        : archive_(archive), intake_(intake), registry_(registry), log_(log) {}

    /// Leases the next job for that worker; nullopt when there is none, or when so many had to be put aside that the
    /// rest waits for the next call. When the archive is away, the job returns to the queue, and no attempt is counted.
    Result<std::optional<GrantedJob>> next(JobStore& store, const Applicant& applicant,
                                           std::chrono::milliseconds duration);
    /// Asked before the first result is stored, and before the job is done: what the worker fetched may be a mixture of
    /// old and new files, and the series may have gone. stale_lease when it changed; the job is canceled then. Costs no header: the list of the instances and one
    /// look into Orthanc's index for each.
    Result<void> check_source(JobStore& store, const Job& job);
    /// A result could not be stored because its source was not there. Cancels the job if so; always stale_lease, or
    /// the archive's or database's error.
    Result<void> source_is_gone(JobStore& store, const Job& job);

  private:
    Result<std::optional<Lease>> lease(JobStore& store, const Applicant& applicant,
                                       std::chrono::milliseconds duration);
    Result<std::optional<GrantedJob>> granted(JobStore& store, Lease lease);
    Result<int> adopt_unserved(JobStore& store, const Applicant& applicant);
    Result<void> cancel_superseded(JobStore& store, const std::string& job_id);

    Archive& archive_;
    Intake& intake_;
    const WorkerRegistry& registry_;
    Log& log_;
};

}  // namespace spineseg

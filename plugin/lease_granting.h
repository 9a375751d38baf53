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
#include "plugin/archive.h"
#include "plugin/intake.h"
#include "plugin/log.h"
#include "plugin/result_gate/ordered_output.h"

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
        std::string model_digest;
    };
    LeaseGranting(Archive& archive, Intake& intake, Log& log)
        : archive_(archive), intake_(intake), log_(log) {}

    /// Leases the next job for that worker; nullopt when there is none, or when so many had to be put aside that the
    /// rest waits for the next call. When the archive is away, the job returns to the queue.
    Result<std::optional<GrantedJob>> next(JobStore& store, const Applicant& applicant,
                                           std::chrono::milliseconds duration);
    /// Asked before the first result is stored: what the worker fetched may be a mixture of old and new files.
    /// stale_lease when the series changed; the job is canceled then. Costs no header: the list of the instances and one
    /// look into Orthanc's index for each.
    Result<void> check_source(JobStore& store, const Job& job);

  private:
    Result<std::optional<Lease>> lease(JobStore& store, const Applicant& applicant,
                                       std::chrono::milliseconds duration);
    Result<std::optional<GrantedJob>> granted(JobStore& store, Lease lease);
    Result<void> cancel_superseded(JobStore& store, const std::string& job_id);

    Archive& archive_;
    Intake& intake_;
    Log& log_;
};

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// From a series to a row in the queue: reads the tags, asks the rules, records the verdict, queues the job.
/// No state but the rules and a time: any thread, except a change callback of Orthanc (it makes REST calls).

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "core/result.h"
#include "core/result_types.h"
#include "db/job_store.h"
#include "eligibility/verdict.h"
#include "plugin/archive/archive.h"
#include "plugin/log/log.h"

namespace spineseg {

/// What a person asks for at POST /series/{id}/segment.
struct HandRequest {
    std::optional<int> samples;
    std::optional<int> steps;
    std::optional<std::uint64_t> seed;
    int priority = 0;
    std::optional<Timestamp> not_before = {};
    bool force = false;            ///< although the rules refuse it; our own results stay refused
    std::optional<Asker> by = {};  ///< who asks; absent: nobody, the series arrived
};

/// The settings that the intake follows.
struct IntakePlan {
    bool segment_on_arrival = true;  ///< false: series are judged, but only queued by hand
    int max_attempts = 3;
    int max_instances = 2000;
    std::optional<int> samples;  ///< of every job; absent: as the model's manifest says
    std::optional<int> steps;
    OutputPlan outputs = default_outputs();  ///< what a job has to store
};

class Intake {
  public:
    Intake(Archive& archive, EligibilityRules rules, IntakePlan plan, Log& log);

    /// A series became stable or changed. Does nothing where the same content was judged before and not
    /// stored anew since, where Orthanc still expects more of it, or where the series is gone. Returns the
    /// job if one is queued for it now. `instances`: those that were looked at, where the series is stable.
    Result<std::optional<Job>> consider(JobStore& store, const std::string& orthanc_series_id,
                                        std::vector<std::string>* instances = nullptr);
    /// Series that are not known and not younger than this may have been judged by a database that was lost: where the
    /// archive holds all of their results, they are recorded as done. nullopt: none was lost.
    void set_lost_until(std::optional<Timestamp> time);
    /// A database was opened, and whether another one was lost is not known before set_lost_until(): until then nothing is
    /// judged, asked for or handed to a worker (archive_unavailable).
    void wait_for_memory() { waits_for_memory_ = true; }
    bool waits_for_memory() const { return waits_for_memory_; }
    /// not_found for an unknown series; invalid_argument with the rule's reason for an ineligible one.
    Result<Job> request(JobStore& store, const std::string& orthanc_series_id, const HandRequest& asked);
    /// A person or a program asked for it. As JobStore::cancel().
    Result<Job> cancel(JobStore& store, const std::string& job_id, const Asker& by);
    /// The series has gone from the archive: nobody needs to work on it.
    Result<void> forget(JobStore& store, const std::string& orthanc_series_id);

    /// The verdict with every rule's outcome, by these rules, without recording or queueing anything.
    Result<Eligibility> explain(const std::string& orthanc_series_id, const EligibilityRules& rules);
    Result<Eligibility> explain(const std::string& orthanc_series_id) {
        return explain(orthanc_series_id, rules_);
    }
    /// A page of the archive's series, see Archive::series_ids().
    Result<std::vector<std::string>> series_ids(std::int64_t since, int limit) {
        return archive_.series_ids(since, limit);
    }
    const EligibilityRules& rules() const { return rules_; }
    /// The job is of a database that was lost or is an old copy, and another one has seen to its series since: the job
    /// is canceled, and the results are recorded. A job that was asked for again is not looked at. False otherwise.
    Result<bool> was_done_meanwhile(JobStore& store, const SeriesTags& tags, const Job& job);
    /// The job is the last one of its series and was done before a database was lost, and its results are not in the
    /// archive: where that holds others of this very content, with which a job was done that is not known, these are
    /// recorded. False otherwise.
    Result<bool> was_done_again(JobStore& store, const Job& job);
    /// What was recorded of this very series under the formula of fingerprints up to 0.1 gets the present
    /// one. Called before a recorded fingerprint is compared with the archive's.
    Result<void> renew_fingerprint(JobStore& store, const SeriesTags& tags);

  private:
    Eligibility judge(const SeriesTags& tags, const EligibilityRules& rules) const;
    Result<std::optional<Job>> recovered(JobStore& store, const SeriesTags& tags, const Eligibility& verdict);
    Result<void> check_memory() const;
    bool was_before_the_loss(std::optional<Timestamp> time) const;
    NewJob new_job(const SeriesTags& tags, const HandRequest& asked) const;
    Result<bool> must_run_again(const Job& job);
    Result<bool> is_settled(JobStore& store, const SeriesTags& tags, const SeriesVerdict& known);
    Result<void> cancel_superseded(JobStore& store, const SeriesTags& tags, const std::string& fingerprint);
    Result<Enqueued> enqueue(JobStore& store, const SeriesTags& tags, const HandRequest& asked, bool again);
    Result<void> record(JobStore& store, const SeriesTags& tags, const Eligibility& verdict);

    Archive& archive_;
    const EligibilityRules rules_;
    const IntakePlan plan_;
    Log& log_;
    std::atomic<std::int64_t> lost_until_ms_{0};
    std::atomic<bool> waits_for_memory_{false};
};

}  // namespace spineseg

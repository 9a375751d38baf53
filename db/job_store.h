// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The queue, and the owner of the database (SQLite: WAL, synchronous=FULL, every transaction BEGIN IMMEDIATE).
/// Nothing about a job is kept anywhere else. verdicts(), journal(), values() and results() share its connection,
/// which one mutex guards: any thread may call.
/// Fails with database_unavailable when SQLite does (locked beyond the busy timeout, disk full, corrupt).

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/job.h"
#include "core/result.h"
#include "db/job_attempts.h"
#include "db/job_changes.h"
#include "db/job_journal.h"
#include "db/job_values.h"
#include "db/leftovers.h"
#include "db/queue_control.h"
#include "db/series_verdicts.h"
#include "db/stored_results.h"
#include "db/stored_values.h"

namespace spineseg {

class JobStore {
  public:
    using Clock = std::function<Timestamp()>;

    /// Opens or creates the database (mode 0600) and migrates it (`user_version`). A newer schema than ours, a damaged
    /// file and another program's file are refused.
    static Result<std::unique_ptr<JobStore>> open(const std::filesystem::path& file,
                                                  Clock clock = system_clock(),
                                                  const QueuePolicy& policy = {});
    static Clock system_clock();
    ~JobStore();

    /// Queues a job once: the unique key is series (Orthanc's id and fingerprint) × model digest × request. Orthanc's id
    /// belongs to it because two patients' records of the same images are two series there. With `again`, a finished
    /// job of that key is set back to queued (attempts 0), which is how a person asks for another try; `created` is
    /// then true. Its results and summary stay: the archive holds those objects until the new run ends. max_attempts
    /// below 1 is invalid_argument. Where somebody asked, the journal says who, and too_many_requests says that the
    /// policy allows no more; asking for what is queued already is always allowed, and brings a job forward that waits
    /// for a later time or has a lower priority.
    Result<Enqueued> enqueue(const NewJob& job, bool again = false);

    /// not_found when there is no such job.
    Result<Job> job(const std::string& id);
    /// At most kMostListed, in two queries: one for the jobs, one for the results of all of them.
    Result<std::vector<Job>> jobs(const JobFilter& filter = {});
    /// Of these jobs, by id.
    Result<std::map<std::string, Scanner>> scanners(const std::vector<Job>& jobs);
    static constexpr int kMostListed = JobFilter::kMostListed;
    Result<QueueCounts> counts();

    /// Hands out the queued job that is due, highest priority first (waiting raises it, see QueuePolicy), then oldest;
    /// nullopt when there is none.
    /// Only jobs of that model digest; attempts + 1, epoch + 1. None while the queue is paused or drained. The journal
    /// says what runs; `runs_with` is added there, such as versions and device.
    Result<std::optional<Lease>> lease(const std::string& worker, const std::string& model_digest,
                                       std::chrono::milliseconds duration, const std::string& runs_with = {});
    /// Extends the lease and records the progress. stale_lease when the job is not leased under that epoch any more
    /// (expired and handed back, canceled, ended); not_found when there is no such job. The same holds for the calls
    /// below. A lease that ran out but was not collected yet can still be renewed: nobody else works on the job.
    Result<Lease> renew(const std::string& id, std::int64_t epoch, const Progress& progress,
                        std::chrono::milliseconds duration);
    /// Records one stored result object under a live lease. `brought_in`: whether the archive did not hold it before.
    /// Such an object is a result once complete() names it; however the attempt ends otherwise, it is none, and becomes
    /// a leftover if it was brought in. Without a value it is a result at once.
    Result<void> add_result(const std::string& id, std::int64_t epoch, const ResultObject& object,
                            std::optional<bool> brought_in = std::nullopt);
    /// Ends the lease and the job in one transaction; the job's results are then the outcome's and no others. A retryable
    /// error returns the job to the queue with a back-off
    /// until attempts reach max_attempts, then it is failed and keeps the error; fate_of() decides, not the outcome's
    /// state. An outcome that is neither done nor carries an error is invalid_argument.
    Result<Job> complete(const std::string& id, std::int64_t epoch, const Outcome& outcome);
    /// Gives the lease back; the attempt is not counted.
    Result<void> release(const std::string& id, std::int64_t epoch);
    /// The worker is gone: the job returns to the queue, the attempt counts.
    Result<void> abandon(const std::string& id, std::int64_t epoch, const Error& why);
    /// A fault of database or archive broke the attempt off: the job returns to the queue with a back-off of 2 s to
    /// a minute, and the attempt is not counted. `may_be_the_job`: it may also be something that no waiting heals, such as
    /// a lost file. Then attempts count after kMostInterruptions, which is an hour.
    Result<void> interrupt(const std::string& id, std::int64_t epoch, const Error& why,
                           bool may_be_the_job = false);
    static constexpr int kMostInterruptions = 60;
    /// queued or leased → canceled; `why` becomes the job's error detail, and the journal says it with who asked.
    /// not_found, or invalid_argument when it has ended already.
    Result<Job> cancel(const std::string& id, const std::string& why = "canceled on request",
                       const Asker& by = {});
    /// Every lease that has run out by the clock ends as in abandon(). Returns how many.
    Result<int> expire_leases();
    using HolderOf = std::function<LeaseHolder(const std::string& id, std::int64_t epoch)>;
    /// For the one process that serves the workers: leases end by what it knows of their holders, whatever the clock
    /// says; those of a silent holder as in abandon(), those of nobody as in interrupt(). Returns how many.
    Result<int> end_leases(const HolderOf& holder_of);
    /// Forgets jobs that ended more than `keep` ago, with their results' rows, at most kPrunedAtOnce of them; returns
    /// how many. Their journal stays. Kept whatever their age: what has not ended, and the newest job of a series that has a verdict, which
    /// is how the archive's results are found from their source.
    Result<int> prune(std::chrono::milliseconds keep);
    static constexpr int kPrunedAtOnce = 500;
    /// A series' fingerprint is computed in another way since an upgrade: its verdict and jobs that carry the `old` one
    /// get the `renewed` one, unless they are older than the series' last update, which may have changed its content.
    Result<void> renew_fingerprint(const std::string& orthanc_series_id, const std::string& old,
                                   const std::string& renewed, std::optional<Timestamp> last_update);
    /// A new model took over: queued jobs of other digests, or of the digest `from`, now ask for this one. Where a job of the new digest has the
    /// same series and request already, the old one is canceled. Returns how many were adopted.
    Result<int> adopt_queued_jobs(const std::string& model_id, const std::string& model_digest,
                                  const std::optional<std::string>& from = std::nullopt);
    Result<std::vector<QueuedModel>> queued_models();
    /// The file is an old copy, and workers may hold leases with epochs that it would give out again.
    Result<void> raise_epochs();
    /// A job that is done with results that the archive held already, because the database that knew of it was lost.
    /// It takes the place of a job of that key that is done; where that one is not, it stays and is returned.
    Result<Job> record_done(const NewJob& job, const std::vector<ResultObject>& results);

    SeriesVerdicts& verdicts() { return verdicts_; }
    JobJournal& journal() { return journal_; }
    JobAttempts& attempts() { return attempts_; }
    QueueControl& control() { return control_; }
    JobChanges& changes() { return changes_; }
    StoredValues& values() { return values_; }
    /// What of the results is in the archive.
    StoredResults& results() { return results_; }
    /// What must leave the archive.
    Leftovers& leftovers() { return leftovers_; }
    /// False once the file was moved, replaced or found damaged: this store must be opened anew. Any thread.
    bool is_usable() const;

  private:
    JobStore(std::shared_ptr<sqlite::StoreConnection> connection, QueuePolicy policy, Clock clock);
    std::shared_ptr<sqlite::StoreConnection> connection_;
    QueuePolicy policy_;
    Clock clock_;
    SeriesVerdicts verdicts_;
    JobJournal journal_;
    JobAttempts attempts_;
    QueueControl control_;
    JobChanges changes_;
    StoredValues values_;
    StoredResults results_;
    Leftovers leftovers_;
};

}  // namespace spineseg

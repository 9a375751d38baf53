// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What goes into the queue and what is asked of it. Values; any thread.

#include <chrono>
#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/job.h"
#include "db/job_journal.h"

namespace spineseg {

class WriteSignal;

/// As the images name it; nothing of a patient.
struct Scanner {
    std::string manufacturer;
    std::string model;
    friend bool operator==(const Scanner&, const Scanner&) = default;
};

/// As the summary of a job that is done says.
enum class JobQuality { pass, review, reject };

struct NewJob {
    std::string orthanc_series_id;
    std::string orthanc_study_id;
    std::string series_instance_uid;
    std::string fingerprint;
    std::string model_id;
    std::string model_digest;
    SegmentRequest request;
    int priority = 0;
    int max_attempts = 3;
    std::optional<Asker> by = {};  ///< who asked; absent: it came by arrival
    Scanner scanner = {};
    std::optional<Timestamp> not_before = {};  ///< asked for, such as the night
};

struct Enqueued {
    Job job;
    bool created = false;  ///< false: the same series, fingerprint, model and request were queued already
};

struct JobFilter {
    std::vector<JobState> state;  ///< any of these; empty: any
    std::optional<std::string> orthanc_series_id;
    int limit = 1000;  ///< newest first; at most kMostListed
    static constexpr int kMostListed = 10'000;
    std::optional<std::string> before = {};  ///< only jobs that were queued before the one of this id
    /// No job is read once the texts of those before it have this many bytes.
    std::size_t most_bytes = std::numeric_limits<std::size_t>::max();
    /// Of jobs that are done: true: only those that stored results none of which is in the archive now; false: only
    /// the others.
    std::optional<bool> results_gone = {};
    std::optional<JobQuality> quality = {};
    std::optional<Timestamp> since = {};  ///< queued first at this time or later
    std::optional<Timestamp> until = {};  ///< and before this
    std::string text = {};                ///< a part of manufacturer and model; ASCII letters of either case
};

struct QueueCounts {
    int queued = 0, leased = 0, done = 0, rejected = 0, failed = 0, canceled = 0;
    int deleted = 0;  ///< done, but none of the results is in the archive now; not counted in `done`
};

/// Jobs that wait for one model.
struct QueuedModel {
    std::string id;
    std::string digest;
    int jobs = 0;
};

/// Who holds a lease, as far as the process knows that serves the workers.
enum class LeaseHolder {
    alive,   ///< a worker that renews it
    silent,  ///< a worker that is connected and does not renew it
    nobody,  ///< none: this process or its predecessor was interrupted
};

/// How failed attempts are spaced: 30 s, 2 min, 10 min, and the last entry for every later one. The jitter keeps jobs
/// that failed together (Orthanc was away) from coming back together.
struct QueuePolicy {
    std::vector<std::chrono::milliseconds> retry_backoff{std::chrono::seconds{30}, std::chrono::minutes{2},
                                                         std::chrono::minutes{10}};
    /// A job that has waited this long ranks like one that asks for a priority one higher, so that a stream of urgent
    /// jobs cannot starve it. 0: priorities never age.
    std::chrono::milliseconds priority_age{std::chrono::minutes{10}};
    double jitter = 0.2;                           ///< up to this part is added
    std::chrono::milliseconds busy_timeout{5000};  ///< how long a call waits for another process or thread
    bool checked = false;  ///< the file was opened a moment ago: damage need not be looked for again
    std::shared_ptr<WriteSignal> written = {};  ///< told of every write; may be null
    int user_open_jobs = 0;           ///< of one user that have not ended, not counting arrivals; 0: no limit
    int series_requests_per_day = 0;  ///< how often one series may be asked for in 24 hours; 0: no limit
};

}  // namespace spineseg

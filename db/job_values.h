// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What goes into the queue and what is asked of it. Values; any thread.

#include <optional>
#include <string>

#include "core/job.h"

namespace spineseg {

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
};

struct Enqueued {
    Job job;
    bool created = false;  ///< false: the same series, fingerprint, model and request were queued already
};

struct JobFilter {
    std::optional<JobState> state;
    std::optional<std::string> orthanc_series_id;
    int limit = 1000;  ///< newest first; at most kMostListed
    static constexpr int kMostListed = 10'000;
    /// true: only jobs that stored results none of which is in the archive now; false: only the others.
    std::optional<bool> results_gone;
};

struct QueueCounts {
    int queued = 0, leased = 0, done = 0, rejected = 0, failed = 0, canceled = 0;
    int deleted = 0;  ///< done, but none of the results is in the archive now; not counted in `done`
};

}  // namespace spineseg

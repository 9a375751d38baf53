// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A queue in memory that knows no SQL, to compare the store with.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/job.h"

namespace spineseg {

inline constexpr std::chrono::milliseconds kPriorityAge{2000};

/// The contract of db/job_store.h in the simplest words. Jobs stand in order of arrival.
struct ModelJob {
    std::string id;
    std::string series;
    std::string digest;
    JobState state = JobState::queued;
    int priority = 0;
    int attempts = 0;
    int max_attempts = 0;
    std::int64_t epoch = 0;
    Timestamp not_before{};
    Timestamp queued{};
    Timestamp expires{};
    std::optional<ErrorCode> error;
    std::vector<std::string> results;
};

class QueueModel {
  public:
    explicit QueueModel(std::vector<std::chrono::milliseconds> backoff) : backoff_(std::move(backoff)) {}
    std::vector<ModelJob> jobs;

    ModelJob* find(const std::string& id) {
        const auto found =
            std::find_if(jobs.begin(), jobs.end(), [&](const auto& job) { return job.id == id; });
        return found == jobs.end() ? nullptr : &*found;
    }
    ModelJob* of_series(const std::string& series, const std::string& digest) {
        const auto found = std::find_if(jobs.begin(), jobs.end(), [&](const auto& job) {
            return job.series == series && job.digest == digest;
        });
        return found == jobs.end() ? nullptr : &*found;
    }
    ModelJob* next_due(const std::string& digest, Timestamp now) {
        ModelJob* best = nullptr;
        for (ModelJob& job : jobs) {
            if (job.state != JobState::queued || job.digest != digest || job.not_before > now) continue;
            if (best == nullptr || rank(job) < rank(*best)) best = &job;
        }
        return best;
    }
    /// When a job of priority 0 would have had to arrive to stand where this one does.
    static Timestamp rank(const ModelJob& job) { return job.queued - job.priority * kPriorityAge; }
    static bool current(const ModelJob& job, std::int64_t epoch) {
        return job.state == JobState::leased && job.epoch == epoch;
    }
    void lose(ModelJob& job, ErrorCode why, Timestamp now) {
        job.error = why;
        if (job.attempts >= job.max_attempts) {
            job.state = JobState::failed;
            return;
        }
        job.state = JobState::queued;
        const auto step = std::min(static_cast<std::size_t>(job.attempts) - 1, backoff_.size() - 1);
        job.not_before = now + backoff_[step];
    }
    static void keep(ModelJob& job, const std::string& uid) {
        if (std::find(job.results.begin(), job.results.end(), uid) == job.results.end())
            job.results.push_back(uid);
    }

  private:
    std::vector<std::chrono::milliseconds> backoff_;
};

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A folder of its own for each test, a clock that stands still until told, and jobs to queue.

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "core/digest.h"
#include "db/job_store.h"
#include "tests/support/temporary_folder.h"

namespace spineseg {

using namespace std::chrono_literals;

class StoreTest : public testing::Test {
  protected:
    StoreTest() { policy_.jitter = 0.0; }

    std::filesystem::path file() const { return folder_ / "spineseg.db"; }
    std::unique_ptr<JobStore> open() {
        auto store = JobStore::open(
            file(), [this] { return now_; }, policy_);
        if (!store) throw std::runtime_error(store.error().describe());
        return std::move(*store);
    }
    static NewJob new_job(const std::string& name) {
        NewJob job;
        job.orthanc_series_id = "series-" + name;
        job.orthanc_study_id = "study";
        job.series_instance_uid = "1.2." + name;
        job.fingerprint = sha256_hex(name);
        job.model_id = "lumbar-fast";
        job.model_digest = "model";
        job.request.seed = ~0ULL;
        return job;
    }
    static ResultObject result(const std::string& uid) {
        ResultObject object;
        object.kind = ResultKind::segmentation;
        object.sop_class_uid = "1.2.840.10008.5.1.4.1.1.66.4";
        object.sop_instance_uid = uid;
        object.series_instance_uid = uid + ".1";
        object.orthanc_instance_id = "i-" + uid;
        object.orthanc_series_id = "s-" + uid;
        return object;
    }
    static Outcome failed_with(ErrorCode code) {
        Outcome outcome;
        outcome.state = JobState::failed;
        outcome.error = Error{code, "because"};
        return outcome;
    }

    const TemporaryFolder temporary_;
    const std::filesystem::path folder_ = temporary_.path();
    QueuePolicy policy_;
    Timestamp now_{std::chrono::milliseconds(1'790'000'000'000)};
};

/// The value of a Result that must not fail.
template <typename T>
T sure(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().describe());
    return std::move(*result);
}
inline void sure(const Result<void>& result) {
    if (!result) throw std::runtime_error(result.error().describe());
}

}  // namespace spineseg

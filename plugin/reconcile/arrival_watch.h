// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Instances that came and whose series was not judged since. Orthanc says once that a series is stable, and says it
/// never again where its index could not be written at that moment; what is overdue is looked up here instead. Any
/// thread may call arrived(); the rest is the work thread's.

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/thread_annotations.h"
#include "plugin/archive/archive.h"

namespace spineseg {

class ArrivalWatch {
  public:
    using Instant = std::chrono::steady_clock::time_point;
    ArrivalWatch(Archive& archive, std::chrono::milliseconds patience)
        : archive_(archive), patience_(patience) {}

    void arrived(const std::string& orthanc_instance_id, Instant now);
    /// These instances of a series were judged as they were at that time.
    void judged(const std::vector<std::string>& orthanc_instance_ids, Instant read);
    /// The series of some instances that came longer ago than the patience lasts; they are overdue again after that
    /// time. At most kAtOnce REST calls.
    Result<std::vector<std::string>> overdue(Instant now);
    /// More came than are kept: only a look through the archive finds their series. True once for each time.
    bool overflowed();

    static constexpr std::size_t kMostKept = 100'000;

  private:
    static constexpr std::size_t kAtOnce = 20;
    std::vector<std::string> some_overdue(Instant now) const;

    Archive& archive_;
    const std::chrono::milliseconds patience_;
    mutable Mutex mutex_;
    std::map<std::string, Instant> waiting_ GUARDED_BY(mutex_);
    bool overflowed_ GUARDED_BY(mutex_) = false;
};

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Counters and histograms of the jobs that ended since the plugin started: how many, how long they took, what the worker
/// says of them. What a worker says is foreign: only known names of stages and structures and numbers within their bounds
/// are counted. Any thread.

#include <prometheus/metric_family.h>
#include <prometheus/registry.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/thread_annotations.h"
#include "db/job_endings.h"

namespace spineseg {

class JobFigures {
  public:
    JobFigures();
    ~JobFigures();

    void count(const MeasuredEnding& ended);
    std::vector<prometheus::MetricFamily> collect() const { return registry_.Collect(); }

  private:
    struct Families;
    std::string model_label(const std::string& model_id);
    void count_times(const MeasuredEnding& ended);
    void count_summary(const std::string& summary_json);

    prometheus::Registry registry_;
    const std::unique_ptr<Families> families_;
    Mutex mutex_;
    std::set<std::string> models_ GUARDED_BY(mutex_);
};

}  // namespace spineseg

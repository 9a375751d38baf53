// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The plugin's metrics: what ended since the start, and how things stand. Any thread.

#include <cstdint>
#include <string_view>
#include <utility>

#include "core/thread_annotations.h"
#include "plugin/metrics/exposition.h"
#include "plugin/metrics/job_figures.h"
#include "plugin/metrics/state_figures.h"

namespace spineseg {

class Metrics {
  public:
    explicit Metrics(StateSources sources);

    /// For a database that was opened, before any job ends in it: what has ended before is not counted.
    Result<void> begin(JobStore& store) EXCLUDES(mutex_);
    /// Counts what has ended meanwhile. To be called now and then, so that nothing is forgotten before. Waits for the
    /// database at most as long as a route does.
    Result<void> catch_up() EXCLUDES(mutex_);

    /// The answer to a scrape; without a database too.
    Exposition text(std::string_view accept);
    /// For Orthanc's own page.
    std::vector<std::pair<std::string, double>> gauges() const { return plain_gauges(read_state(sources_)); }

  private:
    const StateSources sources_;
    const Timestamp started_;
    JobFigures figures_;
    Mutex mutex_;
    std::int64_t counted_ GUARDED_BY(mutex_) = 0;  ///< JobEnding::number of the last that was counted
};

}  // namespace spineseg

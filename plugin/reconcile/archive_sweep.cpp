// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/reconcile/archive_sweep.h"

#include <utility>

namespace spineseg {

void ArchiveSweep::begin() {
    again_ = running_;
    if (!running_) position_ = 0;
    running_ = true;
}

Result<std::vector<std::string>> ArchiveSweep::next(JobStore& store, Timestamp since) {
    const auto page = archive_.series_page(position_, kPage);
    if (!page) return failure(page.error());
    std::vector<ChangedSeries> changed;
    for (const auto& series : *page)
        if (series.stable && series.last_update && *series.last_update >= since)
            changed.push_back({series.orthanc_id, *series.last_update});
    auto outdated = store.verdicts().outdated(changed);
    if (!outdated) return outdated;
    position_ += static_cast<std::int64_t>(page->size());
    if (page->size() < static_cast<std::size_t>(kPage)) {
        position_ = 0;
        running_ = std::exchange(again_, false);
    }
    return outdated;
}

}  // namespace spineseg

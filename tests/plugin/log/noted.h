// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The entries of a job's journal that the plugin writes, without those that the database adds to every job.

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "db/job_store.h"

namespace spineseg {

inline std::vector<JournalEntry> noted(JobStore& store, const std::string& job_id) {
    const std::set<std::string> of_every_job{"arrived", "arrived again", "requested",    "requested again",
                                             "started", "stored",        "attempt ended"};
    const auto journal = store.journal().of(job_id).value();
    std::vector<JournalEntry> entries;
    for (const auto& entry : journal)
        if (!of_every_job.contains(entry.action)) entries.push_back(entry);
    return entries;
}

}  // namespace spineseg

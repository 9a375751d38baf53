// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/log/journal.h"

namespace spineseg {

void write_journal(JobStore& store, Log& log, const JournalEntry& entry) {
    const std::string line =
        "job " + entry.job_id + ": " + entry.action + " " + entry.subject + ": " + entry.detail;
    if (entry.action.starts_with("not "))
        log.error(line);
    else
        log.info(line);
    if (auto written = store.journal().append(entry); !written)
        log.error("the journal: " + written.error().describe());
}

}  // namespace spineseg

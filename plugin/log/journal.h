// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What was done with results, in the job's journal and in the log. Work thread.

#include <string>

#include "db/job_store.h"
#include "plugin/log/log.h"

namespace spineseg {

/// Actions that begin with "not " are errors in the log. A journal that cannot be written is logged and
/// changes nothing else.
void write_journal(JobStore& store, Log& log, const JournalEntry& entry);

}  // namespace spineseg

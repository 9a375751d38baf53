// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The list of jobs. For the stores only, within their transaction; throws SqliteFailure.

#include <vector>

#include "core/job.h"
#include "db/job_values.h"
#include "db/sqlite.h"

namespace spineseg::sqlite {

/// Newest first. However many jobs the database holds, no more rows are read whole than are listed: what is filtered
/// by stands in indexes.
std::vector<Job> list_jobs(Database& database, const JobFilter& filter);

}  // namespace spineseg::sqlite

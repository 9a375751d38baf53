// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The results of a series as the archive holds them, for a database that does not know of them: it was lost or is an
/// old one. Any thread, except a change callback of Orthanc (it makes REST calls).

#include <vector>

#include "core/job.h"
#include "core/result.h"
#include "core/result_types.h"
#include "eligibility/series_tags.h"
#include "plugin/archive.h"
#include "plugin/log.h"

namespace spineseg {

/// Those that spineseg made from this very series, if there is one for everything that a job is asked for: then the job
/// ended. What an attempt stored that nobody finished does not count. Empty when something lacks, and the job has to run again.
Result<std::vector<ResultObject>> found_results(Archive& archive, const SeriesTags& source,
                                                const OutputPlan& asked, Log& log);

}  // namespace spineseg

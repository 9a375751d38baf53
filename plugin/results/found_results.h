// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The results of a series as the archive holds them, for a database that does not know of them: it was lost or is an
/// old one. Any thread, except a change callback of Orthanc (it makes REST calls).

#include <set>
#include <string>
#include <vector>

#include "core/job.h"
#include "core/result.h"
#include "core/result_types.h"
#include "eligibility/series_tags.h"
#include "plugin/archive/archive.h"
#include "plugin/log/log.h"

namespace spineseg {

/// Those that spineseg made from this very series, if there is one for everything that a job is asked for: then the job
/// ended. What an attempt stored that nobody finished does not count, and what no job was done with here (Archive::mark_result())
/// counts only where there is nothing else. Empty when something lacks, and the job has to run again.
Result<std::vector<ResultObject>> found_results(Archive& archive, const SeriesTags& source,
                                                const OutputPlan& asked, Log& log);

/// Those of that series with which jobs were done here, whatever databases knew of them, but for the `known` instances.
Result<std::vector<ResultObject>> marked_results(Archive& archive, const std::string& orthanc_study_id,
                                                 const std::string& source_series_uid,
                                                 const std::set<std::string>& known = {});

}  // namespace spineseg

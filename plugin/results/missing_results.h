// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Which of a job's results the archive does not hold. One REST call for each result: work thread.

#include <string>
#include <vector>

#include "core/job.h"
#include "core/result.h"
#include "plugin/archive/archive.h"

namespace spineseg {

/// Orthanc's ids of the instances that are not there. archive_unavailable where Orthanc does not answer.
Result<std::vector<std::string>> missing_results(Archive& archive, const Job& job);

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Jobs as a hospital's queue holds them: ids of Orthanc's form, three results, a summary as long as that of
/// lumbar-fast. The same number gives the same job.

#include <filesystem>
#include <string>

#include "core/job.h"
#include "core/result.h"
#include "db/job_values.h"

namespace spineseg {

/// Digest of the model of tests/plugin/orthanc/raw_worker.py, which all of these jobs ask for.
const std::string& sample_model_digest();
NewJob sample_job(int number);
/// Done, with segmentation, parametric map and report.
Outcome sample_outcome(int number);

/// Puts `count` jobs that have ended, with the verdicts of their series, through a JobStore on that file. They are
/// spread evenly over the last 300 days; of a hundred, two were rejected, two failed and one was canceled. The
/// file may hold other jobs before.
Result<void> add_ended_jobs(const std::filesystem::path& file, int count);

}  // namespace spineseg

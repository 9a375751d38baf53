// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Ids and query values of a request, checked. Pure; any thread.

#include <map>
#include <string>
#include <string_view>

#include "core/result.h"
#include "db/job_store.h"

namespace spineseg {

bool is_job_id(std::string_view id);
bool is_orthanc_id(std::string_view id);
/// ?expand, ?expand=true: Orthanc's own reading of a flag.
bool flag_of(const std::map<std::string, std::string>& query, const std::string& name);
/// state, series and limit of GET /spineseg/jobs. invalid_argument names the key; other keys are ignored.
Result<JobFilter> job_filter_of(const std::map<std::string, std::string>& query);

/// limit of GET /spineseg/journal; 100 where none is given.
Result<int> journal_limit_of(const std::map<std::string, std::string>& query);

}  // namespace spineseg

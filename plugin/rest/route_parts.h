// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What several routes need. Any thread.

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/result.h"
#include "db/job_store.h"
#include "plugin/http/http_messages.h"

namespace spineseg {

/// not_found for what is no job's id, too.
Result<Job> find_requested(JobStore& store, const std::string& id);
/// {"ID", "Path"}.
nlohmann::json reference_json(const std::string& root, const Job& job);
HttpResponse no_orthanc_id();

}  // namespace spineseg

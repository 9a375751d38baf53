// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What GET /spineseg/series/{id} answers. Pure; any thread.

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "db/job_store.h"
#include "eligibility/verdict.h"

namespace spineseg {

struct SeriesState {
    std::string id;  ///< Orthanc's
    std::optional<SeriesVerdict> verdict;
    /// Where there is no verdict: what the rules would say now; not_found where Orthanc has no such series.
    std::optional<Result<Eligibility>> preview;
    std::vector<Job> jobs;             ///< newest first
    std::vector<CopiedResult> copied;  ///< beside the newest job's results
};

/// {"ID", "State", "Reason", "Rule", "SeriesInstanceUID", "Time"}: State of a list of judged series, which does not look
/// into the archive: that of the newest job, or what the rules say.
nlohmann::json listed_verdict_json(const ListedVerdict& listed);

/// State is that of the newest job, as far as the archive still holds the series and the results:
/// - "gone": the series is not in the archive; where its jobs' results are is still told;
/// - "waiting": it is there and not judged yet, or came back and is not judged anew yet;
/// - "deleted": the newest job is done, and none of its results is in the archive.
nlohmann::json series_view(const SeriesState& state, const std::string& root);

}  // namespace spineseg

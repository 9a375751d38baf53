// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A job in a list. A tree of each job's summary (12 KB from lumbar-fast) would take most of the time of a list, so the
/// summary stays the text that the worker wrote, wherever that can be shown as it is. Pure; any thread.

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/job.h"

namespace spineseg {

struct ListedJob {
    nlohmann::json view;  ///< as of job_json(), without Summary if the next is not empty
    /// A JSON object in one line, part of the job's; printable as it stands. Empty: there is none, or not such a one.
    std::string_view summary;
};

/// For JsonListText. Points into `job`.
ListedJob listed_job(const Job& job, const std::string& root);

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How the queue as a whole looks over REST, and what changed in it. Pure; any thread.

#include <nlohmann/json_fwd.hpp>

#include "db/job_store.h"

namespace spineseg {

nlohmann::json counts_json(const QueueCounts& counts);
/// `since`: what the figures count from; `last`: the number of the latest change.
nlohmann::json queue_json(QueueMode mode, const QueueCounts& counts, const QueueFigures& figures,
                          Timestamp since, Timestamp now, std::int64_t last);
nlohmann::json changes_json(const ChangedJobs& changed, bool waited);

}  // namespace spineseg

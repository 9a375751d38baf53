// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Which model new jobs ask for. The plugin has no model: it learns of one when a worker says Hello, and
/// remembers the newest in the database. A job that is queued before any worker was ever seen carries an
/// empty model; the first worker adopts it. So are, by LeaseGranting, jobs of a model that no worker serves. A worker with another model takes over what is queued; what has
/// ended stays as it is and is not run again. No state of its own; any thread.

#include <string>

#include "core/result.h"
#include "db/job_store.h"

namespace spineseg {

struct KnownModel {
    std::string id;
    std::string digest;
    friend bool operator==(const KnownModel&, const KnownModel&) = default;
};

/// Both empty before the first worker.
Result<KnownModel> known_model(JobStore& store);
Result<void> set_known_model(JobStore& store, const KnownModel& model);
/// A worker said Hello: its model becomes the known one, and what is queued for others becomes its work.
Result<void> adopt_model(JobStore& store, const KnownModel& model);

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The part of /spineseg/health that needs the database. Any thread.

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "db/reopening_store.h"
#include "plugin/workers/worker_registry.h"

namespace spineseg {

/// How much room the disk of that folder has; null where it does not say.
nlohmann::json disk_json(const std::filesystem::path& folder);

/// Database, Queue, Model, QueuedFor (for which models jobs wait, and whether a worker serves each) and Status. False
/// when the database cannot be read or written.
bool show_queue(const ReopeningStore& store, const WorkerRegistry& registry, nlohmann::json& view);

}  // namespace spineseg

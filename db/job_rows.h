// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Rows ⇄ values. For the store only; throws SqliteFailure like the other files of db/.

#include <optional>
#include <string>
#include <vector>

#include "core/job.h"
#include "db/job_store.h"
#include "db/sqlite.h"

namespace spineseg::sqlite {

std::int64_t to_ms(Timestamp time);
Timestamp from_ms(std::int64_t ms);

/// The job with its results; nullopt when there is none of that id.
std::optional<Job> read_job(Database& database, const std::string& id);
/// Newest first.
std::vector<Job> read_jobs(Database& database, const JobFilter& filter);
/// The id of the job of that key.
std::optional<std::string> find_job(Database& database, const NewJob& job);
/// A queued job; returns its id.
std::string insert_job(Database& database, const NewJob& job, Timestamp now);
/// Adds a result, or completes the one of the same SOP Instance UID.
void upsert_result(Database& database, const std::string& job_id, const ResultObject& object);

/// Jobs that are done and of whose results the archive holds none.
int count_jobs_without_results(Database& database);

void upsert_verdict(Database& database, const SeriesVerdict& verdict);
std::optional<SeriesVerdict> read_verdict(Database& database, const std::string& orthanc_series_id);

}  // namespace spineseg::sqlite

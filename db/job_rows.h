// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Rows of the tables job and result ⇄ values. For the stores only; throws SqliteFailure like the other files of
/// db/.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/job.h"
#include "db/columns.h"
#include "db/job_values.h"
#include "db/sqlite.h"

namespace spineseg::sqlite {

struct NumberedJob {
    std::int64_t number = 0;  ///< its place in the order of arrival
    Job job;
};

/// "SELECT … FROM job ": to be followed by a WHERE that read_jobs() may be given.
const std::string& select_job();
/// The jobs of a statement that begins with select_job(), with their results: two queries however many jobs.
/// No job is read once the texts of those before it have `most_bytes`.
std::vector<NumberedJob> read_jobs(Database& database, Statement rows,
                                   std::size_t most_bytes = std::numeric_limits<std::size_t>::max());

/// nullopt when there is none of that id.
std::optional<Job> read_job(Database& database, const std::string& id);
/// The job of that key.
std::optional<Job> find_job(Database& database, const NewJob& job);
/// A queued job.
Job insert_job(Database& database, const NewJob& job, Timestamp now);
/// Writes what may change after the insertion. The results have their own calls.
void update_job(Database& database, const Job& job);
/// The time from which the job waits, and whether its not_before was asked for.
void set_queued(Database& database, const std::string& id, Timestamp now, bool scheduled);
/// Whether its not_before was asked for.
bool is_scheduled(Database& database, const Job& job);
/// Manufacturer and model by the jobs' ids.
std::map<std::string, Scanner> scanners_of(Database& database, const std::vector<Job>& jobs);
/// Adds a result, or completes the one of the same SOP Instance UID.
void upsert_result(Database& database, const std::string& job_id, const ResultObject& object);

/// Jobs that are done and of whose results the archive holds none.
int count_jobs_without_results(Database& database);

/// "[1,2,3]" for json_each().
std::string json_list(const std::vector<std::int64_t>& numbers);

}  // namespace spineseg::sqlite

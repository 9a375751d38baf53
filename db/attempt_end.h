// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What becomes of a job when an attempt ends: decided on the value, and written. For the stores only; throws
/// SqliteFailure like the other files of db/.

#include <chrono>
#include <cstdint>
#include <optional>

#include "core/job.h"
#include "db/job_values.h"
#include "db/sqlite.h"

namespace spineseg::sqlite {

void end_job(Job& job, JobState state, const std::optional<Error>& error, Timestamp now);
/// The attempt is not counted, and the job may be leased at once.
void give_back(Job& job);
/// Back to the queue after a failed attempt, or failed when it was the last.
void end_attempt(const QueuePolicy& policy, Job& job, const Error& why, Timestamp now);
/// A fault of database or archive broke the attempt off: back to the queue, and the attempt is not counted.
void interrupt_attempt(Database& database, Job& job, const Error& why, Timestamp now);
/// How often that happened to the job.
std::int64_t interruptions(Database& database, const Job& job);
/// Writes the job whose attempt has ended. What the attempt brought into the archive becomes a leftover, unless
/// complete() has made it a result.
void write_ended(Database& database, const Job& job);
/// No back-off is longer than this: a job that waits longer does so because the clock was set back.
std::chrono::milliseconds longest_backoff(const QueuePolicy& policy);

}  // namespace spineseg::sqlite

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Jobs that somebody asked for: how many the policy allows, and their record in the journal. For the stores only,
/// within their transaction; throws SqliteFailure.

#include <string>

#include "core/job.h"
#include "core/result.h"
#include "db/job_values.h"

namespace spineseg::sqlite {

/// too_many_requests when that user has as many jobs that have not ended, or that series was asked for as often within
/// a day, as the policy allows. Jobs that came by arrival do not count.
Result<void> check_request_quota(Database& database, const QueuePolicy& policy, const NewJob& asked,
                                 Timestamp now);

/// Who asked for the queued job, and an entry in its journal. Nobody asked: it came by arrival.
void note_request(Database& database, const std::string& job_id, const NewJob& asked,
                  const std::string& action, Timestamp now);
void record_request(Database& database, const std::string& job_id, const NewJob& asked, bool again,
                    Timestamp now);

}  // namespace spineseg::sqlite

// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/job_rows.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace spineseg::sqlite {
namespace {

/// In the order in which job_of() reads them.
const std::string kSelectJob =
    "SELECT number, id, orthanc_series_id, orthanc_study_id, series_uid, fingerprint, model_id, "
    "model_digest, "
    "samples, steps, seed, state, priority, attempts, max_attempts, epoch, worker, stage, fraction, "
    "error_code, error_detail, summary_json, created, started, finished, lease_expires, not_before FROM job ";

constexpr int kMostJobs = 100'000;

/// Random UUID, version 4 (RFC 9562 §5.4).
std::string new_job_id() {
    std::array<std::uint8_t, 16> bytes;
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
        throw SqliteFailure("the system gives no random numbers for a job's id");
    }
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string id;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) id += '-';
        id += kDigits[bytes[i] >> 4];
        id += kDigits[bytes[i] & 15];
    }
    return id;
}

template <typename T>
T known(const std::optional<T>& value, const std::string& name) {
    if (!value) throw SqliteFailure("the database holds the unknown name \"" + name + "\"");
    return *value;
}

std::optional<Timestamp> maybe_time(const std::optional<std::int64_t>& ms) {
    if (!ms) return std::nullopt;
    return from_ms(*ms);
}

std::optional<int> maybe_int(const std::optional<std::int64_t>& value) {
    if (!value) return std::nullopt;
    return static_cast<int>(*value);
}

std::vector<ResultObject> read_results(Database& database, std::int64_t job_number) {
    Statement row = database.query(
        "SELECT kind, sop_class_uid, sop_instance_uid, series_uid, orthanc_instance_id, orthanc_series_id, "
        "missing FROM result WHERE job_number = ? ORDER BY number",
        job_number);
    std::vector<ResultObject> results;
    while (row.step()) {
        const std::string kind = row.text();
        ResultObject& object = results.emplace_back();
        object.kind = known(result_kind_from_string(kind), kind);
        object.sop_class_uid = row.text();
        object.sop_instance_uid = row.text();
        object.series_instance_uid = row.text();
        object.orthanc_instance_id = row.text();
        object.orthanc_series_id = row.text();
        object.missing = maybe_time(row.maybe_integer());
    }
    return results;
}

Job job_of(Statement& row, std::int64_t& number) {
    Job job;
    number = row.integer();
    job.id = row.text();
    job.orthanc_series_id = row.text();
    job.orthanc_study_id = row.text();
    job.series_instance_uid = row.text();
    job.fingerprint = row.text();
    job.model_id = row.text();
    job.model_digest = row.text();
    job.request.samples = maybe_int(row.maybe_integer());
    job.request.steps = maybe_int(row.maybe_integer());
    job.request.seed = std::bit_cast<std::uint64_t>(row.integer());
    const std::string state = row.text();
    job.state = known(job_state_from_string(state), state);
    job.priority = static_cast<int>(row.integer());
    job.attempts = static_cast<int>(row.integer());
    job.max_attempts = static_cast<int>(row.integer());
    job.epoch = row.integer();
    job.worker = row.text();
    const std::string stage = row.text();
    job.progress = {known(stage_from_string(stage), stage), row.real()};
    const auto error_code = row.maybe_text();
    const auto error_detail = row.maybe_text();
    if (error_code)
        job.error = Error{known(error_code_from_string(*error_code), *error_code), error_detail.value_or("")};
    job.summary_json = row.text();
    job.created = from_ms(row.integer());
    job.started = maybe_time(row.maybe_integer());
    job.finished = maybe_time(row.maybe_integer());
    job.lease_expires = maybe_time(row.maybe_integer());
    job.not_before = maybe_time(row.maybe_integer());
    return job;
}

}  // namespace

std::int64_t to_ms(Timestamp time) {
    return time.time_since_epoch().count();
}
Timestamp from_ms(std::int64_t ms) {
    return Timestamp(std::chrono::milliseconds(ms));
}

std::optional<Job> read_job(Database& database, const std::string& id) {
    static const std::string sql = kSelectJob + "WHERE id = ?";
    Statement row = database.query(sql.c_str(), id);
    if (!row.step()) return std::nullopt;
    std::int64_t number = 0;
    Job job = job_of(row, number);
    job.results = read_results(database, number);
    return job;
}

std::vector<Job> read_jobs(Database& database, const JobFilter& filter) {
    std::optional<std::string> state;
    if (filter.state) state = std::string(to_string(*filter.state));
    std::optional<int> results_gone;
    if (filter.results_gone) results_gone = *filter.results_gone ? 1 : 0;
    static const std::string sql =
        kSelectJob +
        "WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR orthanc_series_id = ?2) AND (?4 IS NULL OR ?4 ="
        " (EXISTS (SELECT 1 FROM result WHERE job_number = job.number) AND NOT EXISTS"
        "  (SELECT 1 FROM result WHERE job_number = job.number AND missing IS NULL)))"
        " ORDER BY number DESC LIMIT ?3";
    Statement row = database.query(sql.c_str(), state, filter.orthanc_series_id,
                                   std::clamp(filter.limit, 0, kMostJobs), results_gone);
    std::vector<Job> jobs;
    while (row.step()) {
        std::int64_t number = 0;
        Job& job = jobs.emplace_back(job_of(row, number));
        job.results = read_results(database, number);
    }
    return jobs;
}

std::optional<std::string> find_job(Database& database, const NewJob& job) {
    Statement row = database.query(
        "SELECT id FROM job WHERE fingerprint = ? AND orthanc_series_id = ? AND model_digest = ?"
        " AND ifnull(samples, -1) = ifnull(?, -1) AND ifnull(steps, -1) = ifnull(?, -1) AND seed = ?",
        job.fingerprint, job.orthanc_series_id, job.model_digest, job.request.samples, job.request.steps,
        std::bit_cast<std::int64_t>(job.request.seed));
    if (!row.step()) return std::nullopt;
    return row.text();
}

std::string insert_job(Database& database, const NewJob& job, Timestamp now) {
    const std::string id = new_job_id();
    database.execute(
        "INSERT INTO job (id, orthanc_series_id, orthanc_study_id, series_uid, fingerprint, model_id, "
        "model_digest,"
        " samples, steps, seed, priority, max_attempts, created, queued,"
        " state, attempts, epoch, worker, stage, fraction, summary_json)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued', 0, 0, '', 'waiting', 0.0, '')",
        id, job.orthanc_series_id, job.orthanc_study_id, job.series_instance_uid, job.fingerprint,
        job.model_id, job.model_digest, job.request.samples, job.request.steps,
        std::bit_cast<std::int64_t>(job.request.seed), job.priority, job.max_attempts, to_ms(now),
        to_ms(now));
    return id;
}

void upsert_result(Database& database, const std::string& job_id, const ResultObject& object) {
    // Orthanc's ids are learnt once; a later message that does not know them must not wipe them out.
    database.execute(
        "INSERT INTO result (job_number, kind, sop_class_uid, sop_instance_uid, series_uid, "
        "orthanc_instance_id,"
        " orthanc_series_id) VALUES ((SELECT number FROM job WHERE id = ?), ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (job_number, sop_instance_uid) DO UPDATE SET kind = excluded.kind,"
        " sop_class_uid = excluded.sop_class_uid, series_uid = excluded.series_uid,"
        " orthanc_instance_id = coalesce(nullif(excluded.orthanc_instance_id, ''), orthanc_instance_id),"
        " orthanc_series_id = coalesce(nullif(excluded.orthanc_series_id, ''), orthanc_series_id)",
        job_id, to_string(object.kind), object.sop_class_uid, object.sop_instance_uid,
        object.series_instance_uid, object.orthanc_instance_id, object.orthanc_series_id);
}

int count_jobs_without_results(Database& database) {
    Statement row = database.query(
        "SELECT count(*) FROM job WHERE state = 'done' AND number IN (SELECT job_number FROM result WHERE "
        "missing IS NOT NULL) AND NOT EXISTS (SELECT 1 FROM result WHERE job_number = job.number AND missing "
        "IS NULL)");
    return row.step() ? static_cast<int>(row.integer()) : 0;
}

void upsert_verdict(Database& database, const SeriesVerdict& verdict) {
    database.execute(
        "INSERT INTO verdict (orthanc_series_id, series_uid, fingerprint, eligible, reason, decided)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (orthanc_series_id) DO UPDATE SET series_uid = "
        "excluded.series_uid,"
        " fingerprint = excluded.fingerprint, eligible = excluded.eligible, reason = excluded.reason,"
        " decided = excluded.decided",
        verdict.orthanc_series_id, verdict.series_instance_uid, verdict.fingerprint, verdict.eligible ? 1 : 0,
        verdict.reason, to_ms(verdict.decided));
}

std::optional<SeriesVerdict> read_verdict(Database& database, const std::string& orthanc_series_id) {
    Statement row = database.query(
        "SELECT series_uid, fingerprint, eligible, reason, decided FROM verdict WHERE orthanc_series_id = ?",
        orthanc_series_id);
    if (!row.step()) return std::nullopt;
    SeriesVerdict verdict;
    verdict.orthanc_series_id = orthanc_series_id;
    verdict.series_instance_uid = row.text();
    verdict.fingerprint = row.text();
    verdict.eligible = row.integer() != 0;
    verdict.reason = row.text();
    verdict.decided = from_ms(row.integer());
    return verdict;
}

}  // namespace spineseg::sqlite

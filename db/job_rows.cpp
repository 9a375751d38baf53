// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/job_rows.h"

#include <array>
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>
#include <map>
#include <nlohmann/json.hpp>

namespace spineseg::sqlite {
namespace {

/// What never changes after the insertion, but for the model and the fingerprint, see JobStore.
constexpr std::array kJobIdentity{
    column_of<Job, &Job::id>("id"),
    column_of<Job, &Job::orthanc_series_id>("orthanc_series_id"),
    column_of<Job, &Job::orthanc_study_id>("orthanc_study_id"),
    column_of<Job, &Job::series_instance_uid>("series_uid"),
    column_of<Job, &Job::fingerprint>("fingerprint"),
    column_of<Job, &Job::model_id>("model_id"),
    column_of<Job, &Job::model_digest>("model_digest"),
    column_of<Job, &Job::request, &SegmentRequest::samples>("samples"),
    column_of<Job, &Job::request, &SegmentRequest::steps>("steps"),
    column_of<Job, &Job::request, &SegmentRequest::seed>("seed"),
    column_of<Job, &Job::created>("created"),
};

constexpr Column<Job> kErrorCode{
    "error_code", [](Statement& row, const char*, Job& job) { read_error(row, job.error); },
    [](Statement& statement, const char* column, const Job& job) {
        job.error ? statement.bind(column, to_string(job.error->code)) : statement.bind(column, std::nullopt);
    }};
constexpr Column<Job> kErrorDetail{
    "error_detail", [](Statement&, const char*, Job&) {},  // read with the code
    [](Statement& statement, const char* column, const Job& job) {
        job.error ? statement.bind(column, job.error->detail) : statement.bind(column, std::nullopt);
    }};

/// JSON, as the plugin has bounded it: bound as it is.
constexpr Column<Job> kSummary{
    "summary_json", [](Statement& row, const char* column, Job& job) { job.summary_json = row.text(column); },
    [](Statement& statement, const char* column, const Job& job) {
        statement.bind(column, job.summary_json);
    }};

/// The quality verdict in a summary, where it is one that we know. What calls it otherwise is NULL.
std::optional<std::string> quality_of(const std::string& summary_json) {
    if (summary_json.find("\"verdict\"") == std::string::npos) return std::nullopt;
    const auto summary = nlohmann::json::parse(summary_json, nullptr, false);
    const auto place = nlohmann::json::json_pointer("/quality/verdict");
    if (!summary.is_object() || !summary.contains(place)) return std::nullopt;
    const auto* verdict = summary.at(place).get_ptr<const std::string*>();
    const bool known =
        verdict != nullptr && (*verdict == "pass" || *verdict == "review" || *verdict == "reject");
    return known ? std::optional(*verdict) : std::nullopt;
}

/// For lists, which are filtered by it; never read back.
constexpr Column<Job> kQuality{"quality", [](Statement&, const char*, Job&) {},
                               [](Statement& statement, const char* column, const Job& job) {
                                   statement.bind(column, quality_of(job.summary_json));
                               }};

constexpr std::array kJobState{
    column_of<Job, &Job::state>("state"),
    column_of<Job, &Job::priority>("priority"),
    column_of<Job, &Job::attempts>("attempts"),
    column_of<Job, &Job::max_attempts>("max_attempts"),
    column_of<Job, &Job::epoch>("epoch"),
    column_of<Job, &Job::worker>("worker"),
    column_of<Job, &Job::progress, &Progress::stage>("stage"),
    column_of<Job, &Job::progress, &Progress::fraction>("fraction"),
    kErrorCode,
    kErrorDetail,
    kSummary,
    kQuality,
    column_of<Job, &Job::started>("started"),
    column_of<Job, &Job::finished>("finished"),
    column_of<Job, &Job::lease_expires>("lease_expires"),
    column_of<Job, &Job::not_before>("not_before"),
};

constexpr std::array kResultKey{
    column_of<ResultObject, &ResultObject::sop_instance_uid>("sop_instance_uid"),
    column_of<ResultObject, &ResultObject::kind>("kind"),
    column_of<ResultObject, &ResultObject::sop_class_uid>("sop_class_uid"),
    column_of<ResultObject, &ResultObject::series_instance_uid>("series_uid"),
    column_of<ResultObject, &ResultObject::orthanc_instance_id>("orthanc_instance_id"),
    column_of<ResultObject, &ResultObject::orthanc_series_id>("orthanc_series_id"),
};
constexpr Column<ResultObject> kMissing = column_of<ResultObject, &ResultObject::missing>("missing");

/// Random UUID, version 4 (RFC 9562 §5.4).
std::string new_job_id() {
    try {
        return to_string(boost::uuids::random_generator_pure()());
    } catch (const boost::uuids::entropy_error&) {
        throw SqliteFailure("the system gives no random numbers for a job's id");
    }
}

void read_results(Database& database, std::vector<NumberedJob>& jobs) {
    std::map<std::int64_t, Job*> by_number;
    std::vector<std::int64_t> numbers;
    for (auto& [number, job] : jobs) {
        by_number[number] = &job;
        numbers.push_back(number);
    }
    static const std::string sql =
        "SELECT job_number, " + names_of(kResultKey) +
        ", missing FROM result WHERE job_number IN (SELECT value FROM json_each(:jobs)) ORDER BY number";
    Statement row = database.query(sql, Named{"jobs", json_list(numbers)});
    while (row.step()) {
        ResultObject& object = by_number.at(row.integer("job_number"))->results.emplace_back();
        read_row(kResultKey, row, object);
        kMissing.read(row, kMissing.name, object);
    }
}

std::optional<Job> first_of(std::vector<NumberedJob> jobs) {
    if (jobs.empty()) return std::nullopt;
    return std::move(jobs.front().job);
}

}  // namespace

std::string json_list(const std::vector<std::int64_t>& numbers) {
    std::string list;
    for (const auto number : numbers) list += (list.empty() ? "" : ",") + std::to_string(number);
    return "[" + list + "]";
}

const std::string& select_job() {
    static const std::string sql =
        "SELECT number, " + names_of(kJobIdentity) + ", " + names_of(kJobState) + " FROM job ";
    return sql;
}

std::vector<NumberedJob> read_jobs(Database& database, Statement rows, std::size_t most_bytes) {
    std::vector<NumberedJob> jobs;
    std::size_t bytes = 0;
    while (bytes < most_bytes && rows.step()) {
        auto& [number, job] = jobs.emplace_back();
        number = rows.integer("number");
        read_row(kJobIdentity, rows, job);
        read_row(kJobState, rows, job);
        bytes += job.summary_json.size() + (job.error ? job.error->detail.size() : 0);
    }
    if (!jobs.empty()) read_results(database, jobs);
    return jobs;
}

std::optional<Job> read_job(Database& database, const std::string& id) {
    static const std::string sql = select_job() + "WHERE id = :id";
    return first_of(read_jobs(database, database.query(sql, Named{"id", id})));
}

std::optional<Job> find_job(Database& database, const NewJob& job) {
    static const std::string sql = select_job() + R"sql(
        WHERE fingerprint = :fingerprint AND orthanc_series_id = :series AND model_digest = :model
          AND ifnull(samples, -1) = ifnull(:samples, -1) AND ifnull(steps, -1) = ifnull(:steps, -1)
          AND seed = :seed)sql";
    Statement row = database.statement(sql);
    row.bind("fingerprint", job.fingerprint);
    row.bind("series", job.orthanc_series_id);
    row.bind("model", job.model_digest);
    row.bind("samples", job.request.samples);
    row.bind("steps", job.request.steps);
    bind_column(row, "seed", job.request.seed);
    return first_of(read_jobs(database, std::move(row)));
}

Job insert_job(Database& database, const NewJob& from, Timestamp now) {
    Job job;
    job.id = new_job_id();
    job.orthanc_series_id = from.orthanc_series_id;
    job.orthanc_study_id = from.orthanc_study_id;
    job.series_instance_uid = from.series_instance_uid;
    job.fingerprint = from.fingerprint;
    job.model_id = from.model_id;
    job.model_digest = from.model_digest;
    job.request = from.request;
    job.priority = from.priority;
    job.max_attempts = from.max_attempts;
    job.created = now;
    job.not_before = from.not_before;
    static const std::string sql = "INSERT INTO job (queued, scheduled, manufacturer, scanner_model, " +
                                   names_of(kJobIdentity) + ", " + names_of(kJobState) +
                                   ") VALUES (:created, :scheduled, :manufacturer, :scanner_model, " +
                                   parameters_of(kJobIdentity) + ", " + parameters_of(kJobState) + ")";
    Statement row = database.statement(sql);
    bind_column(row, "scheduled", from.not_before.has_value());
    bind_column(row, "manufacturer", from.scanner.manufacturer);
    bind_column(row, "scanner_model", from.scanner.model);
    bind_row(kJobIdentity, row, job);
    bind_row(kJobState, row, job);
    row.step();
    Statement scanner = database.statement(
        "INSERT OR IGNORE INTO scanner_name (manufacturer, model) VALUES (:manufacturer, :model)");
    bind_column(scanner, "manufacturer", from.scanner.manufacturer);
    bind_column(scanner, "model", from.scanner.model);
    scanner.step();
    return job;
}

void update_job(Database& database, const Job& job) {
    static const std::string sql = "UPDATE job SET " + assignments_of(kJobState) + " WHERE id = :id";
    Statement row = database.statement(sql);
    bind_row(kJobState, row, job);
    row.bind("id", job.id);
    row.step();
}

void set_queued(Database& database, const std::string& id, Timestamp now, bool scheduled) {
    database.execute("UPDATE job SET queued = :now, scheduled = :scheduled WHERE id = :id",
                     Named{"now", to_ms(now)}, Named{"scheduled", scheduled ? 1 : 0}, Named{"id", id});
}

bool is_scheduled(Database& database, const Job& job) {
    Statement row = database.query("SELECT scheduled FROM job WHERE id = :id", Named{"id", job.id});
    return row.step() && row.only_integer() != 0;
}

std::map<std::string, Scanner> scanners_of(Database& database, const std::vector<Job>& jobs) {
    std::string ids;
    for (const auto& job : jobs) ids += (ids.empty() ? "\"" : ",\"") + job.id + "\"";
    std::map<std::string, Scanner> scanners;
    Statement row = database.query(
        "SELECT id, manufacturer, scanner_model FROM job WHERE id IN (SELECT value FROM json_each(:ids))",
        Named{"ids", "[" + ids + "]"});
    while (row.step()) scanners[row.text("id")] = {row.text("manufacturer"), row.text("scanner_model")};
    return scanners;
}

void upsert_result(Database& database, const std::string& job_id, const ResultObject& object) {
    // Orthanc's ids are learnt once; a later message that does not know them must not wipe them out.
    static const std::string sql = "INSERT INTO result (job_number, " + names_of(kResultKey) +
                                   ") VALUES ((SELECT number FROM job WHERE id = :job), " +
                                   parameters_of(kResultKey) + R"sql()
        ON CONFLICT (job_number, sop_instance_uid) DO UPDATE SET
            kind = excluded.kind, sop_class_uid = excluded.sop_class_uid, series_uid = excluded.series_uid,
            orthanc_instance_id = coalesce(nullif(excluded.orthanc_instance_id, ''), orthanc_instance_id),
            orthanc_series_id = coalesce(nullif(excluded.orthanc_series_id, ''), orthanc_series_id))sql";
    Statement row = database.statement(sql);
    row.bind("job", job_id);
    bind_row(kResultKey, row, object);
    row.step();
}

int count_jobs_without_results(Database& database) {
    Statement row = database.query(R"sql(
        SELECT count(*) FROM job
        WHERE state = 'done' AND number IN (SELECT job_number FROM result WHERE missing IS NOT NULL)
          AND NOT EXISTS (SELECT 1 FROM result WHERE job_number = job.number AND missing IS NULL))sql");
    return row.step() ? static_cast<int>(row.only_integer()) : 0;
}

}  // namespace spineseg::sqlite

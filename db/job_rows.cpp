// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/job_rows.h"

#include <algorithm>
#include <array>
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>
#include <map>

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

/// Only the conditions that are asked for: with all of them in one text ("… IS NULL OR …") SQLite uses no index and
/// reads every job. The index of missing results keeps the question whether all are gone short.
std::string conditions_of(const JobFilter& filter) {
    constexpr const char* kGone =
        R"sql((EXISTS (SELECT 1 FROM result WHERE job_number = job.number AND missing IS NOT NULL)
        AND NOT EXISTS (SELECT 1 FROM result WHERE job_number = job.number AND missing IS NULL)))sql";
    std::string conditions;
    const auto ask = [&](bool asked, const std::string& condition) {
        if (asked) conditions += (conditions.empty() ? "WHERE " : " AND ") + condition;
    };
    // "+": of the two indices SQLite would take that of the state, under which nearly all jobs stand.
    ask(filter.state.has_value(), filter.orthanc_series_id ? "+state = :state" : "state = :state");
    ask(filter.orthanc_series_id.has_value(), "orthanc_series_id = :series");
    ask(filter.before.has_value(), "number < (SELECT number FROM job WHERE id = :before)");
    ask(filter.results_gone.has_value(),
        (filter.results_gone.value_or(true) ? "" : "NOT ") + std::string(kGone));
    return conditions + " ORDER BY number DESC LIMIT :limit";
}

/// `select`: "SELECT … FROM job ".
Statement listed(Database& database, const std::string& select, const JobFilter& filter) {
    Statement rows = database.statement(select + conditions_of(filter));
    if (filter.state) rows.bind("state", to_string(*filter.state));
    if (filter.orthanc_series_id) rows.bind("series", *filter.orthanc_series_id);
    if (filter.before) rows.bind("before", *filter.before);
    rows.bind("limit", std::int64_t{std::clamp(filter.limit, 0, JobFilter::kMostListed)});
    return rows;
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

std::vector<Job> list_jobs(Database& database, const JobFilter& filter) {
    std::vector<Job> jobs;
    for (auto& [number, job] : read_jobs(database, listed(database, select_job(), filter), filter.most_bytes))
        jobs.push_back(std::move(job));
    return jobs;
}

std::vector<std::string> list_job_ids(Database& database, const JobFilter& filter) {
    std::vector<std::string> ids;
    Statement row = listed(database, "SELECT id FROM job ", filter);
    while (row.step()) ids.push_back(row.only_text());
    return ids;
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
    static const std::string sql = "INSERT INTO job (queued, " + names_of(kJobIdentity) + ", " +
                                   names_of(kJobState) + ") VALUES (:created, " +
                                   parameters_of(kJobIdentity) + ", " + parameters_of(kJobState) + ")";
    Statement row = database.statement(sql);
    bind_row(kJobIdentity, row, job);
    bind_row(kJobState, row, job);
    row.step();
    return job;
}

void update_job(Database& database, const Job& job) {
    static const std::string sql = "UPDATE job SET " + assignments_of(kJobState) + " WHERE id = :id";
    Statement row = database.statement(sql);
    bind_row(kJobState, row, job);
    row.bind("id", job.id);
    row.step();
}

void set_queued(Database& database, const std::string& id, Timestamp now) {
    database.execute("UPDATE job SET queued = :now WHERE id = :id", Named{"now", to_ms(now)},
                     Named{"id", id});
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

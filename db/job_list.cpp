// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/job_list.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <utility>

#include "db/job_rows.h"

namespace spineseg::sqlite {
namespace {

const char* name_of(JobQuality quality) {
    switch (quality) {
        case JobQuality::pass:
            return "pass";
        case JobQuality::review:
            return "review";
        default:
            return "reject";
    }
}

std::string lower_ascii(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(c < 128 ? std::tolower(c) : c); });
    return text;
}

/// For json_each(): names of ours, nothing that needs escaping.
std::string listed_states(const std::vector<JobState>& states) {
    std::string list;
    for (const auto state : states)
        list += (list.empty() ? "\"" : ",\"") + std::string(to_string(state)) + "\"";
    return "[" + list + "]";
}

constexpr const char* kGone =
    "number IN (SELECT job_number FROM result WHERE missing IS NOT NULL) AND NOT EXISTS "
    "(SELECT 1 FROM result WHERE job_number = job.number AND missing IS NULL)";

/// The conditions of the filters that are set; the text depends on which, never on their values.
std::string conditions_of(const JobFilter& filter) {
    std::string all = "1";
    const auto add = [&](bool wanted, const std::string& condition) {
        if (wanted) all += " AND " + condition;
    };
    add(filter.state.size() == 1, "state = :state");
    add(filter.state.size() > 1, "state IN (SELECT value FROM json_each(:state))");
    add(filter.orthanc_series_id.has_value(), "orthanc_series_id = :series");
    add(filter.before.has_value(), "number < (SELECT number FROM job WHERE id = :before)");
    add(filter.results_gone == true, std::string("(state <> 'done' OR (") + kGone + "))");
    add(filter.results_gone == false, std::string("NOT (state = 'done' AND ") + kGone + ")");
    add(filter.quality.has_value(), "quality = :quality");
    add(filter.since.has_value(), "created >= :since");
    add(filter.until.has_value(), "created < :until");
    add(!filter.text.empty(),
        R"sql((manufacturer, scanner_model) IN (SELECT manufacturer, model FROM scanner_name
            WHERE instr(lower(manufacturer || ' ' || model), :text) > 0))sql");
    return all;
}

/// Whether an index that is in the order of the numbers finds the jobs. Otherwise the index job_list, which holds all
/// that is asked, is read through.
bool finds_in_order(const JobFilter& filter) {
    return filter.orthanc_series_id ||
           (filter.state.size() <= 1 && filter.results_gone != true && !filter.quality && !filter.since &&
            !filter.until && filter.text.empty());
}

std::string statement_of(const JobFilter& filter) {
    const auto conditions = conditions_of(filter);
    if (finds_in_order(filter))
        return select_job() + "WHERE " + conditions + " ORDER BY number DESC LIMIT :limit";
    return select_job() + "WHERE number IN (SELECT number FROM job INDEXED BY job_list WHERE " + conditions +
           " ORDER BY +number DESC LIMIT :limit) ORDER BY number DESC";
}

}  // namespace

std::vector<Job> list_jobs(Database& database, const JobFilter& filter) {
    Statement rows = database.statement(statement_of(filter));
    if (filter.state.size() == 1) rows.bind("state", to_string(filter.state.front()));
    if (filter.state.size() > 1) rows.bind("state", listed_states(filter.state));
    if (filter.orthanc_series_id) rows.bind("series", *filter.orthanc_series_id);
    if (filter.before) rows.bind("before", *filter.before);
    if (filter.quality) rows.bind("quality", name_of(*filter.quality));
    if (filter.since) rows.bind("since", to_ms(*filter.since));
    if (filter.until) rows.bind("until", to_ms(*filter.until));
    if (!filter.text.empty()) rows.bind("text", lower_ascii(filter.text));
    rows.bind("limit", std::clamp(filter.limit, 0, JobFilter::kMostListed));
    std::vector<Job> jobs;
    for (auto& [number, job] : read_jobs(database, std::move(rows), filter.most_bytes))
        jobs.push_back(std::move(job));
    return jobs;
}

}  // namespace spineseg::sqlite

// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/rest/job_view.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

namespace spineseg {
namespace {

using nlohmann::json;

/// A stage's share of a job's time, in percent, as seen on a CPU: diffusion dominates. Only the bar depends
/// on it.
struct StageShare {
    Stage stage;
    int percent;
};
constexpr std::array kShares{StageShare{Stage::fetching, 4},      StageShare{Stage::reading, 2},
                             StageShare{Stage::preprocessing, 3}, StageShare{Stage::presegmentation, 8},
                             StageShare{Stage::diffusion, 75},    StageShare{Stage::postprocessing, 4},
                             StageShare{Stage::writing, 2},       StageShare{Stage::storing, 2}};

bool begun(const Job& job) {
    return job.progress.stage != Stage::waiting;
}

double fraction_of(const Job& job, Stage stage) {
    if (job.state == JobState::done) return 1;
    if (!begun(job) || stage > job.progress.stage) return 0;
    if (stage < job.progress.stage) return 1;
    return std::min(1.0, std::max(0.0, job.progress.fraction));
}

json optional_time(const std::optional<Timestamp>& time) {
    return time ? json(iso8601(*time)) : json(nullptr);
}
/// What was asked for; where the model's default was taken, what the worker reports to have used; null
/// before.
json asked_or_used(const std::optional<int>& asked, const json& summary, const char* key) {
    if (asked) return *asked;
    const auto used = summary.is_object() ? summary.find(key) : summary.end();
    return used != summary.end() && used->is_number_integer() ? json(*used) : json(nullptr);
}

json stages_json(const Job& job) {
    json stages = json::array();
    for (const auto& share : kShares)
        stages.push_back({{"Name", to_string(share.stage)},
                          {"Fraction", std::round(fraction_of(job, share.stage) * 1000) / 1000}});
    return stages;
}

std::vector<std::string> words_of_list(const std::string& list) {
    std::istringstream words(list);
    return {std::istream_iterator<std::string>(words), {}};
}

json model_json(const Job& job) {
    if (job.model_digest.empty()) return nullptr;  // no worker has been seen yet
    return {{"ID", job.model_id}, {"Digest", job.model_digest}};
}

}  // namespace

std::string iso8601(Timestamp time) {
    const auto milliseconds = time.time_since_epoch().count();
    const auto seconds = static_cast<std::time_t>(milliseconds / 1000);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[64];
    const auto length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    std::snprintf(text + length, sizeof text - length, ".%03dZ", static_cast<int>(milliseconds % 1000));
    return text;
}

std::string_view public_state(JobState state) {
    return state == JobState::leased ? "running" : to_string(state);
}

int missing_count(const Job& job) {
    return static_cast<int>(std::count_if(job.results.begin(), job.results.end(),
                                          [](const auto& result) { return result.missing.has_value(); }));
}

std::string_view public_state(const Job& job) {
    const bool deleted = job.state == JobState::done && !job.results.empty() &&
                         missing_count(job) == static_cast<int>(job.results.size());
    return deleted ? "deleted" : public_state(job.state);
}

json copied_json(const std::vector<CopiedResult>& copied) {
    json list = json::array();
    for (const auto& one : copied)
        list.push_back({{"Series", one.orthanc_series_id},
                        {"SeriesInstanceUID", one.series_instance_uid},
                        {"Description", one.description},
                        {"Why", one.why}});
    return list;
}

std::optional<JobState> state_from_public(std::string_view name) {
    return name == "running" ? JobState::leased : job_state_from_string(name);
}

int overall_percent(const Job& job) {
    if (job.state == JobState::done) return 100;
    double percent = 0;
    for (const auto& share : kShares) percent += share.percent * fraction_of(job, share.stage);
    return std::min(99, static_cast<int>(percent));
}

json error_json(const Error& error) {
    return {{"Code", to_string(error.code)}, {"Detail", error.detail}};
}

json results_json(const Job& job) {
    json results = json::array();
    for (const auto& result : job.results) {
        results.push_back({{"Kind", to_string(result.kind)},
                           {"Instance", result.orthanc_instance_id},
                           {"Series", result.orthanc_series_id},
                           {"SOPClassUID", result.sop_class_uid},
                           {"SOPInstanceUID", result.sop_instance_uid},
                           {"SeriesInstanceUID", result.series_instance_uid},
                           {"InArchive", !result.missing},
                           {"MissingSince", optional_time(result.missing)}});
    }
    return results;
}

json scanner_json(const Scanner& scanner) {
    return {{"Manufacturer", scanner.manufacturer}, {"ModelName", scanner.model}};
}

json journal_entry_json(const JournalEntry& entry) {
    return {{"Number", entry.number},      {"Written", iso8601(entry.written)},
            {"Job", entry.job_id},         {"User", entry.by.user},
            {"Address", entry.by.address}, {"Action", entry.action},
            {"Subject", entry.subject},    {"Detail", entry.detail}};
}

json journal_json(const std::vector<JournalEntry>& journal) {
    json entries = json::array();
    for (const auto& entry : journal) entries.push_back(journal_entry_json(entry));
    return entries;
}

json attempts_json(const std::vector<JobAttempt>& attempts) {
    json list = json::array();
    for (const auto& attempt : attempts) {
        const auto summary = json::parse(attempt.summary_json, nullptr, false);
        list.push_back({{"Epoch", attempt.epoch},
                        {"Attempt", attempt.attempt},
                        {"Worker", attempt.worker},
                        {"Model", {{"ID", attempt.model_id}, {"Digest", attempt.model_digest}}},
                        {"Stage", attempt.stage},
                        {"Started", optional_time(attempt.started)},
                        {"Ended", iso8601(attempt.ended)},
                        {"State", attempt.state},
                        {"Error", attempt.error ? error_json(*attempt.error) : json(nullptr)},
                        {"Summary", summary.is_object() ? summary : json(nullptr)},
                        {"Results", words_of_list(attempt.results)}});
    }
    return list;
}

json job_json(const Job& job, const std::string& root) {
    json summary = json::parse(job.summary_json, nullptr, false);
    if (!summary.is_object()) summary = nullptr;
    json view{{"ID", job.id},
              {"Path", root + "jobs/" + job.id},
              {"State", public_state(job)},
              {"Series", job.orthanc_series_id},
              {"Study", job.orthanc_study_id},
              {"SeriesInstanceUID", job.series_instance_uid},
              {"Priority", job.priority},
              {"Attempts", job.attempts},
              {"MaxAttempts", job.max_attempts},
              {"Progress", overall_percent(job)},
              {"Stage", to_string(job.progress.stage)},
              {"Stages", stages_json(job)},
              {"Model", model_json(job)},
              {"Seed", job.request.seed},
              {"Samples", asked_or_used(job.request.samples, summary, "samples")},
              {"Steps", asked_or_used(job.request.steps, summary, "steps")},
              {"Worker", job.worker},
              {"Created", iso8601(job.created)},
              {"Started", optional_time(job.started)},
              {"Finished", optional_time(job.finished)},
              {"LeaseExpires", optional_time(job.lease_expires)},
              {"NotBefore", optional_time(job.not_before)},
              {"Error", job.error ? error_json(*job.error) : json(nullptr)},
              {"Results", results_json(job)},
              {"MissingResults", missing_count(job)}};
    view["Summary"] = std::move(summary);
    return view;
}

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/results/outcome_labels.h"

#include <nlohmann/json.hpp>
#include <set>
#include <vector>

namespace spineseg {
namespace {

/// One call for each MR series of the study; a study of more is labelled by the first ones.
constexpr int kMostSeries = 100;

std::vector<std::string> labels_of(const Job& job) {
    if (job.state == JobState::rejected) return {"spineseg-rejected"};
    if (job.state != JobState::done) return {};
    return {verdict_of(job) == "review" ? "spineseg-review" : "spineseg-done"};
}

}  // namespace

std::string verdict_of(const Job& job) {
    const auto summary = nlohmann::json::parse(job.summary_json, nullptr, false);
    const auto verdict = nlohmann::json::json_pointer("/quality/verdict");
    if (!summary.is_object() || !summary.contains(verdict) || !summary[verdict].is_string()) return "unknown";
    return summary[verdict].get<std::string>();
}

void OutcomeLabels::show(const Job& job) {
    auto shown = label_series(job);
    if (shown) shown = label_study(job.orthanc_study_id);
    if (!shown && shown.error().code != ErrorCode::not_found)
        log_.warning("the labels of job " + job.id + " are not set: " + shown.error().describe());
}

Result<void> OutcomeLabels::label_series(const Job& job) {
    return archive_.set_labels(FoundResource::Level::series, job.orthanc_series_id, labels_of(job));
}

Result<void> OutcomeLabels::label_study(const std::string& id) {
    const auto listed = archive_.series_of_study(id);
    if (!listed) return failure(listed.error());
    std::set<std::string> all;
    int asked = 0;
    for (const auto& series : *listed) {
        if (series.modality != "MR" || ++asked > kMostSeries) continue;
        const auto labels = archive_.labels(FoundResource::Level::series, series.orthanc_id);
        if (!labels) return failure(labels.error());
        all.insert(labels->begin(), labels->end());
    }
    return archive_.set_labels(FoundResource::Level::study, id, {all.begin(), all.end()});
}

}  // namespace spineseg

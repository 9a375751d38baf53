// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/results/copied_results.h"

#include <algorithm>
#include <utility>

namespace spineseg {
namespace {

/// How dicom/write/common_modules.cpp numbers a result's series.
constexpr int kFirstSeriesNumber = 90'000;
constexpr int kLastSourceNumber = 999;

/// The Series Number of the source, as the result's own says it.
std::optional<int> source_number(const ListedSeries& result) {
    if (!result.number || *result.number < kFirstSeriesNumber ||
        *result.number >= kFirstSeriesNumber + 10 * (kLastSourceNumber + 1))
        return std::nullopt;
    return (*result.number - kFirstSeriesNumber) / 10;
}

bool has_number(const ListedSeries& series, int number) {
    return std::clamp(series.number.value_or(0), 0, kLastSourceNumber) == number;
}

enum class Origin { this_source, another_source, unknown };

/// Whose result it is, by the series that it refers to.
Origin origin_by_reference(const std::vector<ListedSeries>& study, const Job& job,
                           const std::vector<std::string>& references) {
    const auto refers_to = [&](const std::string& uid) {
        return std::find(references.begin(), references.end(), uid) != references.end();
    };
    if (refers_to(job.series_instance_uid)) return Origin::this_source;
    for (const auto& series : study)
        if (!is_own_result(series) && refers_to(series.series_instance_uid)) return Origin::another_source;
    return Origin::unknown;
}

/// Its references lead out of the study: then by the source's number, which our series numbers carry.
Origin origin_by_number(const std::vector<ListedSeries>& study, const Job& job, const ListedSeries& result) {
    const auto number = source_number(result);
    Origin origin = Origin::unknown;
    for (const auto& series : study) {
        if (!number || is_own_result(series) || !has_number(series, *number)) continue;
        if (series.orthanc_id == job.orthanc_series_id) return Origin::this_source;
        origin = Origin::another_source;
    }
    return origin;
}

}  // namespace

bool is_own_result(const ListedSeries& series) {
    if (series.modality == "MR") return false;
    std::string maker = series.manufacturer;
    std::transform(maker.begin(), maker.end(), maker.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return maker.starts_with("spineseg") || (series.description.find("AI Lumbar ") != std::string::npos &&
                                             series.description.find("RESEARCH") != std::string::npos);
}

Result<std::vector<CopiedResults::Found>> CopiedResults::find(JobStore& store, const Job& job) {
    const auto study = archive_.series_of_study(job.orthanc_study_id);
    if (!study) return failure(study.error());
    std::vector<Found> found;
    for (const auto& series : *study) {
        if (!is_own_result(series) || series.instances.empty()) continue;
        const auto jobs = store.results().jobs_of({series.orthanc_id});
        if (!jobs) return failure(jobs.error());
        if (!jobs->empty()) continue;
        const auto references = archive_.referenced_series(series.instances.front());
        if (!references && references.error().code == ErrorCode::not_found) continue;  // deleted meanwhile
        if (!references) return failure(references.error());
        const auto referred = origin_by_reference(*study, job, *references);
        const auto numbered = origin_by_number(*study, job, series);
        if (referred == Origin::another_source) continue;
        if (referred == Origin::unknown && numbered == Origin::another_source) continue;
        const bool dangling = referred == Origin::unknown;
        Found one{{series.orthanc_id, series.series_instance_uid, series.description, {}},
                  series.instances,
                  dangling ? numbered == Origin::this_source : series.modified};
        one.result.why = dangling          ? "refers to a series that is not in this study"
                         : series.modified ? "a copy that Orthanc made by /modify or /anonymize"
                                           : "made from this series, and no job of this database lists it";
        found.push_back(std::move(one));
    }
    return found;
}

Result<void> CopiedResults::remove(JobStore& store, const Job& job, const Found& found) {
    for (const auto& instance : found.instances) {
        const auto removed = archive_.delete_instance(instance);
        if (!removed && removed.error().code != ErrorCode::not_found) return failure(removed.error());
    }
    log_.info("job " + job.id + ": deleted " + found.result.series_instance_uid +
              ": a copied result: " + found.result.why);
    return store.journal().append(
        {job.id, "deleted", found.result.series_instance_uid, "copied result: " + found.result.why, {}});
}

Result<void> CopiedResults::settle(JobStore& store, const Job& job, bool may_delete) {
    const auto found = find(store, job);
    if (!found) return failure(found.error());
    const auto before = store.results().copied(job.id);
    if (!before) return failure(before.error());
    std::vector<CopiedResult> kept;
    for (const auto& one : *found) {
        if (may_delete && one.is_copy && policy_ == SupersededPolicy::remove) {
            if (auto removed = remove(store, job, one); !removed) return removed;
            continue;
        }
        kept.push_back(one.result);
        if (std::find(before->begin(), before->end(), one.result) != before->end()) continue;
        log_.info("job " + job.id + ": series " + one.result.orthanc_series_id +
                  " is a result of spineseg beside its own: " + one.result.why);
        if (auto noted =
                store.journal().append({job.id,
                                        "copy kept",
                                        one.result.series_instance_uid,
                                        "series " + one.result.orthanc_series_id + ": " + one.result.why,
                                        {}});
            !noted)
            return noted;
    }
    return store.results().set_copied(job.id, kept);
}

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/results/found_results.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include "plugin/results/copied_results.h"
#include "plugin/results/storing_notes.h"

namespace spineseg {
namespace {

/// What a stored object is, by its SOP class (PS3.4 B.5) and the word in its series' description.
std::optional<ResultKind> kind_of(const ResultTags& tags) {
    const std::string_view sop_class = tags.sop_class_uid;
    const auto says = [&](const char* word) {
        return tags.series_description.find(word) != std::string::npos;
    };
    if (sop_class == "1.2.840.10008.5.1.4.1.1.66.4" || sop_class == "1.2.840.10008.5.1.4.1.1.66.7")
        return says(" PARTS ") ? ResultKind::vertebra_parts : ResultKind::segmentation;
    if (sop_class == "1.2.840.10008.5.1.4.1.1.30")
        return says(" DISAGREEMENT ") ? ResultKind::disagreement_map : ResultKind::parametric_map;
    if (sop_class.starts_with("1.2.840.10008.5.1.4.1.1.88.")) return ResultKind::measurement_report;
    if (sop_class == "1.2.840.10008.5.1.4.1.1.7")
        return says(" CONTOURS ") ? ResultKind::contours : ResultKind::heat_map;
    return std::nullopt;
}

bool is_whole(const std::vector<ResultObject>& found, const OutputPlan& asked) {
    return std::all_of(asked.begin(), asked.end(), [&](OutputObject output) {
        return std::any_of(found.begin(), found.end(),
                           [&](const ResultObject& object) { return holds({output}, object); });
    });
}

/// A result, and the series that it names.
struct StudyResult {
    ResultObject object;
    std::vector<std::string> references;
};

using IsWanted = std::function<Result<bool>(const std::string& orthanc_instance_id)>;

/// The results of spineseg in a study, but for copies that Orthanc made, of those instances that are wanted.
Result<std::vector<StudyResult>> results_in_study(Archive& archive, const std::string& orthanc_study_id,
                                                  const IsWanted& is_wanted) {
    const auto study = archive.series_of_study(orthanc_study_id);
    if (!study) return failure(study.error());
    std::vector<StudyResult> found;
    for (const auto& series : *study) {
        if (series.modified || !is_own_result(series)) continue;
        for (const auto& instance : series.instances) {
            const auto wanted = is_wanted(instance);
            if (!wanted) return failure(wanted.error());
            if (!*wanted) continue;
            const auto tags = archive.result_tags(instance);
            if (!tags && tags.error().code == ErrorCode::not_found) continue;  // deleted meanwhile
            if (!tags) return failure(tags.error());
            if (const auto kind = kind_of(*tags))
                found.push_back({{*kind, tags->sop_class_uid, tags->sop_instance_uid,
                                  tags->series_instance_uid, instance, series.orthanc_id},
                                 tags->references});
        }
    }
    return found;
}

}  // namespace

Result<std::vector<ResultObject>> marked_results(Archive& archive, const std::string& orthanc_study_id,
                                                 const std::string& source_series_uid,
                                                 const std::set<std::string>& known) {
    const auto marked =
        results_in_study(archive, orthanc_study_id, [&](const std::string& instance) -> Result<bool> {
            if (known.contains(instance)) return false;
            const auto source = archive.marked_source(instance);
            if (!source) return failure(source.error());
            return *source == source_series_uid;
        });
    if (!marked) return failure(marked.error());
    std::vector<ResultObject> objects;
    for (const auto& one : *marked) objects.push_back(one.object);
    return objects;
}

Result<std::vector<ResultObject>> found_results(Archive& archive, const SeriesTags& source,
                                                const OutputPlan& asked, Log& log) {
    const auto unfinished = StoringNotes(archive, log).uids();
    if (!unfinished) return failure(unfinished.error());
    const auto all =
        results_in_study(archive, source.orthanc_study_id, [](const std::string&) { return true; });
    if (!all) return failure(all.error());
    std::vector<ResultObject> found, marked;
    for (const auto& [object, references] : *all) {
        const bool ours =
            std::find(references.begin(), references.end(), source.series_instance_uid) != references.end();
        if (!ours || unfinished->contains(object.sop_instance_uid)) continue;
        const auto mark = archive.marked_source(object.orthanc_instance_id);
        if (!mark) return failure(mark.error());
        (*mark == source.series_instance_uid ? marked : found).push_back(object);
    }
    if (!marked.empty()) found = std::move(marked);
    if (!is_whole(found, asked)) found.clear();
    return found;
}

}  // namespace spineseg

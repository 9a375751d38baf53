// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/found_results.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "plugin/copied_results.h"
#include "plugin/storing_notes.h"

namespace spineseg {
namespace {

/// What a stored object is, by its SOP class (PS3.4 B.5) and the word in its series' description.
std::optional<ResultKind> kind_of(const ResultTags& tags) {
    const std::string_view sop_class = tags.sop_class_uid;
    const auto says = [&](const char* word) {
        return tags.series_description.find(word) != std::string::npos;
    };
    if (sop_class == "1.2.840.10008.5.1.4.1.1.66.4" || sop_class == "1.2.840.10008.5.1.4.1.1.66.7")
        return ResultKind::segmentation;
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

}  // namespace

Result<std::vector<ResultObject>> found_results(Archive& archive, const SeriesTags& source,
                                                const OutputPlan& asked, Log& log) {
    const auto unfinished = StoringNotes(archive, log).uids();
    if (!unfinished) return failure(unfinished.error());
    const auto study = archive.series_of_study(source.orthanc_study_id);
    if (!study) return failure(study.error());
    std::vector<ResultObject> found;
    for (const auto& series : *study) {
        if (series.modified || !is_own_result(series)) continue;
        for (const auto& instance : series.instances) {
            const auto tags = archive.result_tags(instance);
            if (!tags && tags.error().code == ErrorCode::not_found) continue;  // deleted meanwhile
            if (!tags) return failure(tags.error());
            const auto& references = tags->references;
            const bool ours = std::find(references.begin(), references.end(), source.series_instance_uid) !=
                              references.end();
            const auto kind = kind_of(*tags);
            if (ours && kind && !unfinished->contains(tags->sop_instance_uid))
                found.push_back({*kind, tags->sop_class_uid, tags->sop_instance_uid,
                                 tags->series_instance_uid, instance, series.orthanc_id});
        }
    }
    if (!is_whole(found, asked)) found.clear();
    return found;
}

}  // namespace spineseg

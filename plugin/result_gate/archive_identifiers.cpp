// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/result_gate/archive_identifiers.h"

#include <algorithm>
#include <set>

#include "core/result_difference.h"

namespace spineseg {
namespace {

tl::unexpected<Error> belongs_elsewhere(const std::string& what) {
    return failure(ErrorCode::protocol_violation,
                   "rule identifiers: the archive holds something else under the " + what + " of the result");
}

/// Deleted between two calls: the next attempt finds it out.
tl::unexpected<Error> gone_meanwhile(const Error& error) {
    if (error.code != ErrorCode::not_found) return failure(error);
    return failure(ErrorCode::archive_unavailable, "an instance left the archive while it was looked at");
}

}  // namespace

std::string difference_between(std::span<const std::uint8_t> result, std::span<const std::uint8_t> archived) {
    if (std::equal(result.begin(), result.end(), archived.begin(), archived.end())) return {};
    const auto where = result_difference(result, archived);
    if (!where) return "cannot be compared (" + where.error().describe() + ")";
    return *where ? "differs in " + **where : std::string();
}

Error other_object(const std::string& instance_id, const std::string& difference) {
    return {ErrorCode::result_differs,
            "the archive holds another object under the UID of this result, instance " + instance_id +
                ", which " + difference +
                "; it stays. To replace it, delete it in the archive and submit the job again"};
}

Result<ArchiveIdentifiers::Place> ArchiveIdentifiers::place_of(const std::string& instance_id) {
    const auto series = archive_.series_of_instance(instance_id);
    if (!series) return gone_meanwhile(series.error());
    const auto study = archive_.study_of_series(*series);
    if (!study) return gone_meanwhile(study.error());
    return Place{*series, *study};
}

Result<std::optional<StoredInstance>> ArchiveIdentifiers::equal_instance(const Job& job,
                                                                         const wire::StoreResult& message) {
    const auto found = archive_.find_identifier(message.object.sop_instance_uid);
    if (!found) return failure(found.error());
    if (found->empty()) return std::nullopt;
    std::optional<Error> differs;
    for (const auto& resource : *found) {
        if (resource.level != FoundResource::Level::instance) return belongs_elsewhere("SOP Instance UID");
        const auto place = place_of(resource.orthanc_id);
        if (!place) return failure(place.error());
        // A copy of the study in another patient's record may have the same UIDs.
        if (place->study_id != job.orthanc_study_id || place->series_id == job.orthanc_series_id) continue;
        const auto archived = archive_.read_instance(resource.orthanc_id);
        if (!archived) return gone_meanwhile(archived.error());
        const auto difference = difference_between(message.dicom, *archived);
        if (difference.empty())
            return StoredInstance{resource.orthanc_id, place->series_id, place->study_id, true};
        differs = other_object(resource.orthanc_id, difference);
    }
    if (differs) return failure(*differs);
    return belongs_elsewhere("SOP Instance UID");
}

Result<void> ArchiveIdentifiers::check_series(JobStore& store, const Job& job, const ResultOrder& order,
                                              const ResultObject& object) {
    const auto found = archive_.find_identifier(object.series_instance_uid);
    if (!found) return failure(found.error());
    if (found->empty() || order.holds_series(object.series_instance_uid)) return {};
    const auto jobs = store.jobs({.state = {}, .orthanc_series_id = job.orthanc_series_id});
    if (!jobs) return failure(jobs.error());
    std::set<std::string> own;
    for (const auto& one : *jobs)
        for (const auto& result : one.results)
            if (result.kind == object.kind && result.sop_class_uid == object.sop_class_uid)
                own.insert(result.orthanc_series_id);
    for (const auto& resource : *found)
        if (resource.level != FoundResource::Level::series || !own.contains(resource.orthanc_id))
            return belongs_elsewhere("Series Instance UID");
    return {};
}

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/storing_notes.h"

#include <algorithm>
#include <optional>
#include <sstream>

namespace spineseg {

/// One line a note: job, SOP Instance UID, study. What is no such line is left out: nothing is deleted for it.
Result<std::vector<StoringNote>> StoringNotes::read() {
    const auto text = archive_.remembered(ArchiveNote::storing);
    if (!text) return failure(text.error());
    std::vector<StoringNote> notes;
    std::istringstream lines(*text);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        StoringNote note;
        if (words >> note.job_id >> note.sop_instance_uid >> note.orthanc_study_id) notes.push_back(note);
    }
    return notes;
}

Result<void> StoringNotes::write(const std::vector<StoringNote>& notes) {
    std::string text;
    for (const auto& note : notes)
        text += note.job_id + " " + note.sop_instance_uid + " " + note.orthanc_study_id + "\n";
    return archive_.remember(ArchiveNote::storing, text);
}

Result<void> StoringNotes::add(const StoringNote& note) {
    auto notes = read();
    if (!notes) return failure(notes.error());
    for (const auto& one : *notes)
        if (one.job_id == note.job_id && one.sop_instance_uid == note.sop_instance_uid) return {};
    notes->push_back(note);
    return write(*notes);
}

Result<void> StoringNotes::drop(const std::string& job_id, const std::string& sop_instance_uid) {
    auto notes = read();
    if (!notes) return failure(notes.error());
    const auto dropped = std::erase_if(*notes, [&](const StoringNote& one) {
        return one.job_id == job_id && one.sop_instance_uid == sop_instance_uid;
    });
    return dropped == 0 ? Result<void>() : write(*notes);
}

Result<void> StoringNotes::settle(JobStore& store, const std::string& study) {
    const auto notes = read();
    if (!notes) return failure(notes.error());
    if (notes->empty()) return {};
    std::vector<StoringNote> kept;
    std::optional<Error> first;
    for (const auto& note : *notes) {
        const bool asked = study.empty() || note.orthanc_study_id == study;
        const auto needed = asked ? is_needed(store, note) : Result<bool>(true);
        if (needed && !*needed) continue;
        if (!needed && !first) first = needed.error();
        kept.push_back(note);
    }
    if (kept.size() != notes->size())
        if (auto written = write(kept); !written) return written;
    return first ? Result<void>(failure(*first)) : Result<void>();
}

/// False: what is noted is a result, or is no longer in the archive.
Result<bool> StoringNotes::is_needed(JobStore& store, const StoringNote& note) {
    const auto known = store.leftovers().knowledge_of(note.job_id, note.sop_instance_uid);
    if (!known) return failure(known.error());
    if (*known == StoredKnowledge::unfinished) return true;
    if (*known == StoredKnowledge::result) return false;
    if (auto out = take_out(store, note); !out) return failure(out.error());
    return false;
}

Result<void> StoringNotes::take_out(JobStore& store, const StoringNote& note) {
    const auto instances = archive_.instances_of(note.sop_instance_uid);
    if (!instances) return failure(instances.error());
    for (const auto& instance : *instances) {
        const auto in_study = is_in_study(instance, note.orthanc_study_id);
        if (!in_study) return failure(in_study.error());
        const auto is_a_result = store.leftovers().is_a_result(instance);
        if (!is_a_result) return failure(is_a_result.error());
        if (!*in_study || *is_a_result) continue;
        const auto removed = archive_.delete_instance(instance);
        if (!removed && removed.error().code == ErrorCode::not_found) continue;
        if (!removed) return removed;
        log_.warning("deleted " + note.sop_instance_uid + ", instance " + instance + ": job " + note.job_id +
                     " stored it and was not finished, and the present database does not know of it");
    }
    return {};
}

Result<bool> StoringNotes::is_in_study(const std::string& instance, const std::string& study) {
    const auto series = archive_.series_of_instance(instance);
    const auto found = series ? archive_.study_of_series(*series) : series;
    if (!found && found.error().code == ErrorCode::not_found) return false;  // deleted meanwhile
    if (!found) return failure(found.error());
    return *found == study;
}

Result<std::set<std::string>> StoringNotes::uids() {
    const auto notes = read();
    if (!notes) return failure(notes.error());
    std::set<std::string> uids;
    for (const auto& note : *notes) uids.insert(note.sop_instance_uid);
    return uids;
}

}  // namespace spineseg

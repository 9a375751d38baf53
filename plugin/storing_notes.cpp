// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/storing_notes.h"

#include <algorithm>
#include <optional>
#include <sstream>

namespace spineseg {
namespace {

constexpr const char* kStores = "stores";
constexpr const char* kReplaces = "replaces";

/// The jobs that are about to store something.
std::set<std::string> storing_jobs(const std::vector<StoringNote>& notes) {
    std::set<std::string> jobs;
    for (const auto& note : notes)
        if (note.kind == StoringNote::Kind::stores) jobs.insert(note.job_id);
    return jobs;
}

}  // namespace

/// One line a note: kind, job, SOP Instance UID, study. What is no such line is left out: nothing is deleted for it.
Result<std::vector<StoringNote>> StoringNotes::read() {
    const auto text = archive_.remembered(ArchiveNote::storing);
    if (!text) return failure(text.error());
    std::vector<StoringNote> notes;
    std::istringstream lines(*text);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string kind;
        StoringNote note;
        if (!(words >> kind >> note.job_id >> note.sop_instance_uid >> note.orthanc_study_id)) continue;
        if (kind != kStores && kind != kReplaces) continue;
        note.kind = kind == kStores ? StoringNote::Kind::stores : StoringNote::Kind::replaces;
        notes.push_back(note);
    }
    return notes;
}

Result<void> StoringNotes::write(const std::vector<StoringNote>& notes) {
    std::string text;
    for (const auto& note : notes)
        text += std::string(note.kind == StoringNote::Kind::stores ? kStores : kReplaces) + " " +
                note.job_id + " " + note.sop_instance_uid + " " + note.orthanc_study_id + "\n";
    return archive_.remember(ArchiveNote::storing, text);
}

Result<void> StoringNotes::add(const std::vector<StoringNote>& added) {
    if (added.empty()) return {};
    auto notes = read();
    if (!notes) return failure(notes.error());
    for (const auto& note : added)
        if (std::find(notes->begin(), notes->end(), note) == notes->end()) notes->push_back(note);
    return write(*notes);
}

Result<void> StoringNotes::drop(const std::string& job_id, const std::string& sop_instance_uid) {
    auto notes = read();
    if (!notes) return failure(notes.error());
    const auto dropped = std::erase_if(*notes, [&](const StoringNote& one) {
        return one.kind == StoringNote::Kind::stores && one.job_id == job_id &&
               one.sop_instance_uid == sop_instance_uid;
    });
    return dropped == 0 ? Result<void>() : write(*notes);
}

Result<void> StoringNotes::settle(JobStore& store, const std::string& study) {
    return settle_those(
        store, [&](const StoringNote& note) { return study.empty() || note.orthanc_study_id == study; });
}

Result<void> StoringNotes::settle_stored(JobStore& store) {
    return settle_those(store,
                        [](const StoringNote& note) { return note.kind == StoringNote::Kind::stores; });
}

Result<void> StoringNotes::settle_those(JobStore& store, const Wanted& wanted) {
    const auto notes = read();
    if (!notes) return failure(notes.error());
    if (notes->empty()) return {};
    const auto storing = storing_jobs(*notes);
    std::vector<StoringNote> kept;
    std::optional<Error> first;
    for (const auto& note : *notes) {
        const auto needed = wanted(note) ? is_needed(store, note, storing) : Result<bool>(true);
        if (needed && !*needed) continue;
        if (!needed && !first) first = needed.error();
        kept.push_back(note);
    }
    if (kept.size() != notes->size())
        if (auto written = write(kept); !written) return written;
    return first ? Result<void>(failure(*first)) : Result<void>();
}

/// False: what is noted is a result, or is no longer in the archive.
Result<bool> StoringNotes::is_needed(JobStore& store, const StoringNote& note,
                                     const std::set<std::string>& storing) {
    if (note.kind == StoringNote::Kind::replaces) return replacement_is_needed(store, note, storing);
    const auto known = store.leftovers().knowledge_of(note.job_id, note.sop_instance_uid);
    if (!known) return failure(known.error());
    if (*known == StoredKnowledge::unfinished) return true;
    if (*known == StoredKnowledge::result) return false;
    if (auto out = take_out(store, note); !out) return failure(out.error());
    return false;
}

/// True while the job may yet be done, or may yet not be.
Result<bool> StoringNotes::replacement_is_needed(JobStore& store, const StoringNote& note,
                                                 const std::set<std::string>& storing) {
    const auto job = store.job(note.job_id);
    if (!job && job.error().code != ErrorCode::not_found) return failure(job.error());
    if (job && job->state == JobState::leased) return true;
    const bool done = job ? job->state == JobState::done : !storing.contains(note.job_id);
    if (!done) return false;
    const auto known = store.leftovers().knowledge_of(note.job_id, note.sop_instance_uid);
    if (!known) return failure(known.error());
    if (*known != StoredKnowledge::none) return false;
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
        if (!*in_study || (*is_a_result && note.kind == StoringNote::Kind::stores)) continue;
        const auto removed = archive_.delete_instance(instance);
        if (!removed && removed.error().code == ErrorCode::not_found) continue;
        if (!removed) return removed;
        log_.warning("deleted " + note.sop_instance_uid + ", instance " + instance + ": job " + note.job_id +
                     (note.kind == StoringNote::Kind::stores
                          ? " stored it and was not finished, and the present database does not know of it"
                          : " replaced it"));
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
    const auto storing = storing_jobs(*notes);
    std::set<std::string> uids;
    for (const auto& note : *notes)
        if (note.kind == StoringNote::Kind::stores || !storing.contains(note.job_id))
            uids.insert(note.sop_instance_uid);
    return uids;
}

}  // namespace spineseg

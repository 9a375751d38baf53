// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/results/storing_notes.h"

#include <algorithm>
#include <array>
#include <optional>
#include <sstream>
#include <string_view>
#include <utility>

namespace spineseg {
namespace {

using Kind = StoringNote::Kind;

constexpr std::array<std::pair<Kind, std::string_view>, 3> kWords{
    {{Kind::stores, "stores"}, {Kind::replaces, "replaces"}, {Kind::deletes, "deletes"}}};

std::optional<Kind> kind_of(const std::string& word) {
    for (const auto& [kind, name] : kWords)
        if (name == word) return kind;
    return std::nullopt;
}

std::string word_of(Kind kind) {
    for (const auto& [one, name] : kWords)
        if (one == kind) return std::string(name);
    return {};
}

/// The jobs that are about to store something.
std::set<std::string> storing_jobs(const std::vector<StoringNote>& notes) {
    std::set<std::string> jobs;
    for (const auto& note : notes)
        if (note.kind == Kind::stores) jobs.insert(note.job_id);
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
        const auto known = kind_of(kind);
        if (!known) continue;
        note.kind = *known;
        notes.push_back(note);
    }
    return notes;
}

Result<void> StoringNotes::write(const std::vector<StoringNote>& notes) {
    std::string text;
    for (const auto& note : notes)
        text += word_of(note.kind) + " " + note.job_id + " " + note.sop_instance_uid + " " +
                note.orthanc_study_id + "\n";
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

Result<void> StoringNotes::announce_end(const std::string& study, const std::vector<ResultObject>& results,
                                        const std::vector<StoringNote>& replaced) {
    const auto before = read();
    if (!before) return failure(before.error());
    auto notes = *before;
    std::erase_if(notes, [&](const StoringNote& note) {
        return note.kind != Kind::stores && note.orthanc_study_id == study &&
               std::any_of(results.begin(), results.end(), [&](const ResultObject& result) {
                   return result.sop_instance_uid == note.sop_instance_uid;
               });
    });
    for (const auto& note : replaced)
        if (std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(note);
    return notes == *before ? Result<void>() : write(notes);
}

Result<void> StoringNotes::drop(const std::string& job_id, const std::string& sop_instance_uid) {
    auto notes = read();
    if (!notes) return failure(notes.error());
    const auto dropped = std::erase_if(*notes, [&](const StoringNote& one) {
        return one.kind == Kind::stores && one.job_id == job_id && one.sop_instance_uid == sop_instance_uid;
    });
    return dropped == 0 ? Result<void>() : write(*notes);
}

Result<void> StoringNotes::settle(JobStore& store, const std::string& study) {
    return settle_those(store, study, true);
}

Result<void> StoringNotes::settle_stored(JobStore& store) {
    return settle_those(store, "", false);
}

Result<void> StoringNotes::take_settled(std::vector<StoringNote>& notes, Kind kind, const std::string& study,
                                        const IsSettled& is_settled) {
    std::optional<Error> first;
    std::vector<StoringNote> kept;
    for (auto& note : notes) {
        const bool wanted = note.kind == kind && (study.empty() || note.orthanc_study_id == study);
        const auto settled = wanted ? is_settled(note) : Result<bool>(false);
        if (!settled && !first) first = settled.error();
        if (!settled || !*settled) kept.push_back(note);
    }
    notes = std::move(kept);
    return first ? Result<void>(failure(*first)) : Result<void>();
}

Result<void> StoringNotes::settle_those(JobStore& store, const std::string& study, bool delete_replaced) {
    const auto notes = read();
    if (!notes) return failure(notes.error());
    if (notes->empty()) return {};
    auto kept = *notes;
    const auto stored =
        take_settled(kept, Kind::stores, study, [&](StoringNote& note) { return is_stored(store, note); });
    const Storing storing{storing_jobs(*notes), storing_jobs(kept)};
    // Not without these: what a job replaces must not outlive the notes of what it stored.
    if (auto replaced =
            take_settled(kept, Kind::replaces, study,
                         [&](StoringNote& note) { return replaces_nothing(store, note, storing); });
        !replaced)
        return replaced;
    if (kept != *notes)
        if (auto written = write(kept); !written) return written;
    if (!delete_replaced || !stored) return stored;
    const auto count = kept.size();
    const auto deleted = take_settled(kept, Kind::deletes, study, [&](StoringNote& note) -> Result<bool> {
        if (auto out = take_out(store, note); !out) return failure(out.error());
        return true;
    });
    if (kept.size() != count)
        if (auto written = write(kept); !written) return written;
    return deleted;
}

/// What is noted is a result, or is no longer in the archive.
Result<bool> StoringNotes::is_stored(JobStore& store, const StoringNote& note) {
    const auto known = store.leftovers().knowledge_of(note.job_id, note.sop_instance_uid);
    if (!known) return failure(known.error());
    if (*known == StoredKnowledge::unfinished) return false;
    const bool is_a_result = *known == StoredKnowledge::result;
    if (auto done = is_a_result ? mark(store, note) : take_out(store, note); !done)
        return failure(done.error());
    return true;
}

/// Objects of a rejected series (the setting KeepRejected) are not marked: no later job replaces them.
Result<void> StoringNotes::mark(JobStore& store, const StoringNote& note) {
    const auto job = store.job(note.job_id);
    if (!job) return failure(job.error());
    if (job->state == JobState::rejected || job->state == JobState::failed) return {};
    for (const auto& result : job->results) {
        if (result.sop_instance_uid != note.sop_instance_uid) continue;
        const auto marked = archive_.mark_result(result.orthanc_instance_id, job->series_instance_uid);
        if (!marked && marked.error().code != ErrorCode::not_found) return marked;  // not deleted meanwhile
    }
    return {};
}

/// False while the job may yet be done, or may yet not be. Once it is done, the note is an order to delete.
Result<bool> StoringNotes::replaces_nothing(JobStore& store, StoringNote& note, const Storing& storing) {
    const auto job = store.job(note.job_id);
    if (!job && job.error().code != ErrorCode::not_found) return failure(job.error());
    if (job && job->state == JobState::leased) return false;
    const bool done = job ? job->state == JobState::done : !storing.before.contains(note.job_id);
    if (!done) return true;
    const auto known = store.leftovers().knowledge_of(note.job_id, note.sop_instance_uid);
    if (!known) return failure(known.error());
    if (*known != StoredKnowledge::none) return true;
    if (!storing.now.contains(note.job_id)) note.kind = Kind::deletes;
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
        if (!*in_study || (*is_a_result && note.kind == Kind::stores)) continue;
        const auto removed = archive_.delete_instance(instance);
        if (!removed && removed.error().code == ErrorCode::not_found) continue;
        if (!removed) return removed;
        log_.warning("deleted " + note.sop_instance_uid + ", instance " + instance + ": job " + note.job_id +
                     (note.kind == Kind::stores
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
        if (note.kind != Kind::replaces || !storing.contains(note.job_id)) uids.insert(note.sop_instance_uid);
    return uids;
}

}  // namespace spineseg

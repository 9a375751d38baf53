// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/plugin/archive/fake_archive.h"

#include <algorithm>
#include <stdexcept>

namespace spineseg {
namespace {

/// The bytes of the instance with that id, which store_instance() makes.
std::string text_of(const std::string& id) {
    const std::string before = "stored-";
    return id.starts_with(before) ? id.substr(before.size()) : std::string();
}

}  // namespace

Result<std::vector<std::string>> FakeArchive::series_ids(std::int64_t since, int limit) {
    const std::lock_guard lock(mutex_);
    if (out_of_order) return failure(*out_of_order);
    std::vector<std::string> ids;
    std::int64_t place = 0;
    for (const auto& [id, tags] : series_)
        if (place++ >= since && static_cast<int>(ids.size()) < limit) ids.push_back(id);
    return ids;
}

Result<std::vector<SeriesGlance>> FakeArchive::series_page(std::int64_t since, int limit) {
    const std::lock_guard lock(mutex_);
    ++pages_read;
    if (out_of_order) return failure(*out_of_order);
    std::vector<SeriesGlance> page;
    std::int64_t place = 0;
    for (const auto& [id, tags] : series_)
        if (place++ >= since && static_cast<int>(page.size()) < limit)
            page.push_back({id, tags.stable, tags.last_update});
    return page;
}

Result<ResultTags> FakeArchive::result_tags(const std::string& instance) {
    const std::lock_guard lock(mutex_);
    if (out_of_order) return failure(*out_of_order);
    const auto found = tags_of_results.find(instance);
    if (found == tags_of_results.end()) return failure(ErrorCode::not_found, "no such instance");
    return found->second;
}

Result<std::vector<std::string>> FakeArchive::instances_of(const std::string& uid) {
    const std::lock_guard lock(mutex_);
    if (out_of_order) return failure(*out_of_order);
    const auto found = instances_by_uid.find(uid);
    return found == instances_by_uid.end() ? std::vector<std::string>{} : found->second;
}

Result<std::string> FakeArchive::remembered(ArchiveNote note) {
    const std::lock_guard lock(mutex_);
    if (out_of_order) return failure(*out_of_order);
    return note == ArchiveNote::judged ? memory : storing;
}

Result<void> FakeArchive::remember(ArchiveNote note, const std::string& text) {
    const std::lock_guard lock(mutex_);
    if (out_of_order) return failure(*out_of_order);
    if (while_noting) while_noting();
    if (!keeps_notes) return failure(ErrorCode::storage_full, "no room for a note");
    (note == ArchiveNote::judged ? memory : storing) = text;
    return {};
}

Result<SeriesTags> FakeArchive::series(const std::string& id, const ImageWords&) {
    const std::lock_guard lock(mutex_);
    ++series_calls;
    if (out_of_order) return failure(*out_of_order);
    const auto found = series_.find(id);
    if (found == series_.end()) return failure(ErrorCode::not_found, "no such series");
    return found->second;
}

Result<std::string> FakeArchive::fingerprint(const std::string& id) {
    const std::lock_guard lock(mutex_);
    if (out_of_order) return failure(*out_of_order);
    const auto found = series_.find(id);
    if (found == series_.end()) return failure(ErrorCode::not_found, "no such series");
    return found->second.fingerprint();
}

Result<bool> FakeArchive::holds_series(const std::string& id) {
    const std::lock_guard lock(mutex_);
    if (out_of_order) return failure(*out_of_order);
    return series_.contains(id);
}

Result<std::string> FakeArchive::study_of_series(const std::string& id) {
    const std::lock_guard lock(mutex_);
    if (out_of_order) return failure(*out_of_order);
    for (const auto& [instance, place] : places)
        if (place.first == id) return place.second;
    if (id.starts_with("series-of-") && stored.contains(id.substr(std::string("series-of-").size())))
        return study_of_results;
    const auto found = series_.find(id);
    if (found == series_.end()) return failure(ErrorCode::not_found, "no such series");
    return found->second.orthanc_study_id;
}

/// The Series Number and the mark of a copy are values like the others.
Result<std::vector<ListedSeries>> FakeArchive::series_of_study(const std::string& id) {
    const std::lock_guard lock(mutex_);
    if (out_of_order) return failure(*out_of_order);
    std::vector<ListedSeries> listed;
    for (const auto& [series_id, tags] : series_) {
        if (tags.orthanc_study_id != id) continue;
        ListedSeries& one = listed.emplace_back();
        one.orthanc_id = series_id;
        one.series_instance_uid = tags.series_instance_uid;
        one.modality = tags.value("Modality");
        one.manufacturer = tags.value("Manufacturer");
        one.description = tags.value("SeriesDescription");
        if (const auto number = tags.number("SeriesNumber")) one.number = static_cast<int>(*number);
        one.modified = !tags.value("ModifiedFrom").empty();
        for (const auto& instance : tags.instances) one.instances.push_back(instance.orthanc_id);
    }
    return listed;
}

Result<std::vector<std::string>> FakeArchive::referenced_series(const std::string& instance) {
    const std::lock_guard lock(mutex_);
    if (out_of_order) return failure(*out_of_order);
    return references[instance];
}

Result<std::vector<std::uint8_t>> FakeArchive::read_instance(const std::string& id) {
    const std::lock_guard lock(mutex_);
    if (out_of_order) return failure(*out_of_order);
    if (const auto file = files.find(id); file != files.end()) return file->second;
    for (const auto& [series_id, tags] : series_)
        for (const auto& instance : tags.instances)
            if (instance.orthanc_id == id) return std::vector<std::uint8_t>(id.begin(), id.end());
    if (const auto text = text_of(id); stored.contains(text)) {
        const auto other = held_instead.find(text);
        return other != held_instead.end() ? other->second
                                           : std::vector<std::uint8_t>(text.begin(), text.end());
    }
    return failure(ErrorCode::not_found, "no such instance");
}

Result<std::vector<std::uint8_t>> FakeArchive::read_little_endian(const std::string& id) {
    return read_instance(id);
}

Result<std::vector<FoundResource>> FakeArchive::find_identifier(const std::string& uid) {
    const std::lock_guard lock(mutex_);
    if (out_of_order) return failure(*out_of_order);
    const auto found = identifiers.find(uid);
    return found == identifiers.end() ? std::vector<FoundResource>() : found->second;
}

Result<StoredInstance> FakeArchive::store_instance(std::span<const std::uint8_t> dicom) {
    if (while_storing) while_storing();
    const std::lock_guard lock(mutex_);
    if (out_of_order) return failure(*out_of_order);
    const std::string text(dicom.begin(), dicom.end());
    const bool fresh = stored.insert(text).second && !held_instead.contains(text);
    return StoredInstance{"stored-" + text, "series-of-" + text, study_of_results, !fresh};
}

Result<void> FakeArchive::verify_instance(const std::string&) {
    const std::lock_guard lock(mutex_);
    if (out_of_order) return failure(*out_of_order);
    if (keeps_half) return failure(ErrorCode::storage_full, "the file is too short");
    return {};
}

Result<void> FakeArchive::delete_instance(const std::string& id) {
    const std::lock_guard lock(mutex_);
    if (out_of_order) return failure(*out_of_order);
    if (refuses_to_delete) return failure(ErrorCode::storage_full, "it cannot delete");
    deleted.push_back(id);
    marks.erase(id);
    stored.erase(text_of(id));
    std::erase_if(series_, [&](const auto& series) {
        return !series.second.instances.empty() && series.second.instances.front().orthanc_id == id;
    });
    return {};
}

Result<void> FakeArchive::mark_result(const std::string& id, const std::string& source) {
    const std::lock_guard lock(mutex_);
    if (out_of_order) return failure(*out_of_order);
    if (!keeps_notes) return failure(ErrorCode::storage_full, "no room for a mark");
    marks[id] = source;
    return {};
}

Result<std::string> FakeArchive::marked_source(const std::string& id) {
    const std::lock_guard lock(mutex_);
    if (out_of_order) return failure(*out_of_order);
    const auto mark = marks.find(id);
    return mark == marks.end() ? std::string() : mark->second;
}

Result<std::vector<std::string>> FakeArchive::labels(FoundResource::Level, const std::string& id) {
    const std::lock_guard lock(mutex_);
    if (out_of_order) return failure(*out_of_order);
    return labels_of[id];
}

Result<void> FakeArchive::set_labels(FoundResource::Level, const std::string& id,
                                     const std::vector<std::string>& labels) {
    const std::lock_guard lock(mutex_);
    if (out_of_order) return failure(*out_of_order);
    labels_of[id] = labels;
    return {};
}

Result<std::string> FakeArchive::forward(const Destination& destination,
                                         const std::vector<std::string>& instances) {
    const std::lock_guard lock(mutex_);
    if (out_of_order) return failure(*out_of_order);
    if (unknown_destinations.contains(destination.name))
        return failure(ErrorCode::not_found, destination.name + " does not exist");
    forwarded.emplace_back(destination, instances);
    return "orthanc-job-" + std::to_string(forwarded.size());
}

Result<std::string> FakeArchive::series_of_instance(const std::string& id) {
    const std::lock_guard lock(mutex_);
    ++instance_lookups;
    if (out_of_order) return failure(*out_of_order);
    if (const auto place = places.find(id); place != places.end()) return place->second.first;
    if (id.starts_with("stored-") && stored.contains(id.substr(std::string("stored-").size())))
        return "series-of-" + id.substr(std::string("stored-").size());
    for (const auto& [series_id, tags] : series_)
        for (const auto& instance : tags.instances)
            if (instance.orthanc_id == id) return series_id;
    if (const auto text = text_of(id); stored.contains(text)) return "series-of-" + text;
    return failure(ErrorCode::not_found, "no such instance");
}

Result<ArchiveChanges> FakeArchive::changes(std::int64_t after, int limit) {
    const std::lock_guard lock(mutex_);
    if (out_of_order) return failure(*out_of_order);
    ArchiveChanges page;
    page.last = after;
    for (const auto& change : log_) {
        if (change.sequence <= after) continue;
        if (static_cast<int>(page.changes.size()) == limit) return page.done = false, page;
        page.changes.push_back(change);
        page.last = change.sequence;
    }
    return page;
}

Result<std::int64_t> FakeArchive::last_change() {
    const std::lock_guard lock(mutex_);
    if (out_of_order) return failure(*out_of_order);
    return static_cast<std::int64_t>(log_.size());
}

void FakeArchive::put(const SeriesTags& tags) {
    const std::lock_guard lock(mutex_);
    series_[tags.orthanc_series_id] = tags;
}

void FakeArchive::remove(const std::string& id) {
    const std::lock_guard lock(mutex_);
    series_.erase(id);
}

void FakeArchive::log_change(const std::string& kind, const std::string& id) {
    const std::lock_guard lock(mutex_);
    log_.push_back({static_cast<std::int64_t>(log_.size()) + 1, kind, id});
}

std::string ListLog::text() const {
    const std::lock_guard lock(mutex_);
    return text_;
}

void ListLog::write(Level, const std::string& line) {
    const std::lock_guard lock(mutex_);
    text_ += line + "\n";
}

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// An archive in memory that keeps what it is given, and fails where a test says so. Any thread.

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "plugin/archive/archive.h"
#include "plugin/log/log.h"
#include "tests/eligibility/sample_tags.h"
#include "tests/support/temporary_folder.h"

namespace spineseg {

class FakeArchive final : public Archive {
  public:
    Result<std::vector<std::string>> series_ids(std::int64_t since, int limit) override;
    Result<std::vector<SeriesGlance>> series_page(std::int64_t since, int limit) override;
    Result<ResultTags> result_tags(const std::string& instance) override;
    Result<std::vector<std::string>> instances_of(const std::string& uid) override;
    Result<std::string> remembered(ArchiveNote note) override;
    Result<void> remember(ArchiveNote note, const std::string& text) override;
    Result<SeriesTags> series(const std::string& id, const ImageWords& words) override;
    Result<std::string> fingerprint(const std::string& id) override;
    Result<bool> holds_series(const std::string& id) override;
    Result<std::string> study_of_series(const std::string& id) override;
    Result<std::vector<ListedSeries>> series_of_study(const std::string& id) override;
    Result<std::vector<std::string>> referenced_series(const std::string& instance) override;
    Result<std::vector<std::uint8_t>> read_instance(const std::string& id) override;
    Result<std::vector<std::uint8_t>> read_little_endian(const std::string& id) override;
    Result<std::vector<FoundResource>> find_identifier(const std::string& uid) override;
    Result<StoredInstance> store_instance(std::span<const std::uint8_t> dicom) override;
    Result<void> verify_instance(const std::string& id) override;
    Result<void> delete_instance(const std::string& id) override;
    Result<void> mark_result(const std::string& id, const std::string& source) override;
    Result<std::string> marked_source(const std::string& id) override;
    Result<std::vector<std::string>> labels(FoundResource::Level level, const std::string& id) override;
    Result<void> set_labels(FoundResource::Level level, const std::string& id,
                            const std::vector<std::string>& labels) override;
    Result<std::string> forward(const Destination& destination,
                                const std::vector<std::string>& instances) override;
    Result<std::string> series_of_instance(const std::string& id) override;
    Result<ArchiveChanges> changes(std::int64_t after, int limit) override;
    Result<std::int64_t> last_change() override;

    void put(const SeriesTags& tags);
    void remove(const std::string& id);
    /// One row of the change log.
    void log_change(const std::string& kind, const std::string& id);

    std::optional<Error> out_of_order;  ///< every call fails with this
    /// The same while another thread calls.
    void set_out_of_order(std::optional<Error> error) {
        const std::lock_guard lock(mutex_);
        out_of_order = std::move(error);
    }
    std::string study_of_results = orthanc_id('e');
    std::set<std::string> stored;  ///< bytes as text
    /// Makes store_instance() answer AlreadyStored with this instance, and read_instance() give these bytes.
    std::map<std::string, std::vector<std::uint8_t>> held_instead;  ///< by the bytes that are stored, as text
    std::vector<std::string> deleted;
    std::map<std::string, std::vector<FoundResource>> identifiers;  ///< by UID
    std::map<std::string, std::vector<std::uint8_t>> files;         ///< of instances, by id
    std::map<std::string, std::pair<std::string, std::string>>
        places;  ///< series and study of instances, by id
    std::vector<std::pair<Destination, std::vector<std::string>>> forwarded;
    std::set<std::string> unknown_destinations;
    std::map<std::string, std::vector<std::string>> references;  ///< of an instance, to series by their UID
    std::map<std::string, ResultTags> tags_of_results;           ///< by instance
    std::map<std::string, std::string> marks;                    ///< of results, by instance
    std::map<std::string, std::vector<std::string>> labels_of;   ///< of series and studies
    std::function<void()> while_storing;  ///< runs in store_instance(), before the object is in the archive
    std::map<std::string, std::vector<std::string>> instances_by_uid;
    std::string memory;                  ///< what remember() was given of what is judged
    std::string storing;                 ///< and of what is being stored
    bool keeps_notes = true;             ///< false: remember() fails
    std::function<void()> while_noting;  ///< runs in remember(), before anything is kept
    bool refuses_to_delete = false;
    bool keeps_half = false;         ///< what it stores is acknowledged, and is not held whole
    std::atomic<int> pages_read{0};  ///< calls of series_page()
    std::atomic<int> series_calls{0};
    int instance_lookups = 0;  ///< calls of series_of_instance()

  private:
    std::mutex mutex_;
    std::map<std::string, SeriesTags> series_;
    std::vector<ArchiveChange> log_;
};

/// Keeps lines; any thread.
class ListLog final : public Log {
  public:
    ListLog() = default;
    explicit ListLog(Clock clock) : Log(std::move(clock)) {}
    std::string text() const;

  private:
    void write(Level level, const std::string& line) override;
    mutable std::mutex mutex_;
    std::string text_;
};

}  // namespace spineseg

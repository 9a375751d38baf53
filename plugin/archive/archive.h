// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The plugin's view of Orthanc, so that everything but the edge can be tested without one. Calls block for
/// as long as Orthanc takes; implementations may be called from several threads, but never from a change
/// callback. Errors: not_found for an unknown id, archive_unavailable for anything else that went wrong.

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/result_types.h"
#include "eligibility/series_tags.h"

namespace spineseg {

/// One row of Orthanc's durable change log (GET /changes).
struct ArchiveChange {
    std::int64_t sequence = 0;
    std::string kind;  ///< "NewInstance", "NewSeries", "StableSeries", …
    std::string orthanc_id;
};

struct ArchiveChanges {
    std::vector<ArchiveChange> changes;
    std::int64_t last = 0;  ///< continue after this
    bool done = true;
};

struct StoredInstance {
    std::string instance_id;
    std::string series_id;
    std::string study_id;
    bool already_stored = false;
};

/// What the archive's index holds under a UID.
struct FoundResource {
    enum class Level { patient, study, series, instance };
    Level level = Level::instance;
    std::string orthanc_id;
};

/// A series as its study lists it.
struct ListedSeries {
    std::string orthanc_id;
    std::string series_instance_uid;
    std::string modality;
    std::string manufacturer;
    std::string description;
    std::optional<int> number;  ///< Series Number
    bool modified = false;      ///< Orthanc made it from another series, by /modify or /anonymize
    std::vector<std::string> instances;
};

/// A series as a page of the whole archive lists it.
struct SeriesGlance {
    std::string orthanc_id;
    bool stable = true;
    /// When Orthanc last stored an instance of it, in whole seconds; absent where Orthanc does not say.
    std::optional<std::chrono::sys_time<std::chrono::milliseconds>> last_update;
};

/// What a stored result says of itself.
struct ResultTags {
    std::string sop_class_uid;
    std::string sop_instance_uid;
    std::string series_instance_uid;
    std::string series_description;
    std::vector<std::string> references;  ///< the Series Instance UIDs that its sequences name
};

/// The short texts that the archive keeps for us in its own index, so that they outlive our database.
enum class ArchiveNote {
    judged,   ///< plugin/archive/archive_memory.h
    storing,  ///< plugin/results/storing_notes.h
};

class Archive {
  public:
    virtual ~Archive() = default;
    /// A page of the ids of all series, in Orthanc's own order; empty behind the last one.
    virtual Result<std::vector<std::string>> series_ids(std::int64_t since, int limit) = 0;
    /// A page of all series, in Orthanc's own order and in one call; empty behind the last one.
    virtual Result<std::vector<SeriesGlance>> series_page(std::int64_t since, int limit) = 0;
    /// `words`: the site's, by which images are told apart (core/image_words.h).
    virtual Result<SeriesTags> series(const std::string& orthanc_series_id, const ImageWords& words = {}) = 0;
    /// The same fingerprint as series(…)->fingerprint(), without reading any header.
    virtual Result<std::string> fingerprint(const std::string& orthanc_series_id) = 0;
    virtual Result<bool> holds_series(const std::string& orthanc_series_id) = 0;
    virtual Result<std::string> study_of_series(const std::string& orthanc_series_id) = 0;
    virtual Result<std::vector<ListedSeries>> series_of_study(const std::string& orthanc_study_id) = 0;
    /// The Series Instance UIDs that an instance's sequences name: what a result was made from.
    virtual Result<std::vector<std::string>> referenced_series(const std::string& orthanc_instance_id) = 0;
    virtual Result<ResultTags> result_tags(const std::string& orthanc_instance_id) = 0;
    /// The instances of that SOP Instance UID: mostly none or one.
    virtual Result<std::vector<std::string>> instances_of(const std::string& sop_instance_uid) = 0;
    /// The DICOM file as it was received.
    virtual Result<std::vector<std::uint8_t>> read_instance(const std::string& orthanc_instance_id) = 0;
    /// The same with the dataset in Explicit or Implicit VR Little Endian; re-encoded where it is in neither.
    virtual Result<std::vector<std::uint8_t>> read_little_endian(const std::string& orthanc_instance_id) = 0;
    /// Everything that has this UID, of whatever level and patient; empty: nothing.
    virtual Result<std::vector<FoundResource>> find_identifier(const std::string& uid) = 0;
    virtual Result<StoredInstance> store_instance(std::span<const std::uint8_t> dicom) = 0;
    /// storage_full: the archive acknowledged the instance and does not hold all of it (plugin/archive/stored_file.h).
    virtual Result<void> verify_instance(const std::string& orthanc_instance_id) = 0;
    virtual Result<void> delete_instance(const std::string& orthanc_instance_id) = 0;
    /// Writes down beside a stored result that a job was done with it, and of which series it is a result. That stays in
    /// the archive for as long as the instance does, and is not copied with it.
    virtual Result<void> mark_result(const std::string& orthanc_instance_id,
                                     const std::string& source_series_uid) = 0;
    /// What mark_result() wrote; empty where it never did.
    virtual Result<std::string> marked_source(const std::string& orthanc_instance_id) = 0;
    /// Those of our labels that a series or study has: Orthanc's labels, or before 1.12 one text of metadata.
    virtual Result<std::vector<std::string>> labels(FoundResource::Level level,
                                                    const std::string& orthanc_id) = 0;
    /// Makes them these; other labels stay as they are.
    virtual Result<void> set_labels(FoundResource::Level level, const std::string& orthanc_id,
                                    const std::vector<std::string>& labels) = 0;
    /// Has Orthanc send instances on, in a job of its own; answers that job's id. not_found where Orthanc's
    /// configuration does not name the destination.
    virtual Result<std::string> forward(const Destination& destination,
                                        const std::vector<std::string>& orthanc_instance_ids) = 0;
    virtual Result<std::string> series_of_instance(const std::string& orthanc_instance_id) = 0;
    virtual Result<ArchiveChanges> changes(std::int64_t after, int limit) = 0;
    virtual Result<std::int64_t> last_change() = 0;
    /// "" before the first remember().
    virtual Result<std::string> remembered(ArchiveNote note) = 0;
    virtual Result<void> remember(ArchiveNote note, const std::string& text) = 0;
};

}  // namespace spineseg

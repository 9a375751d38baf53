// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Archive over the SDK's C API (an edge file). Stateless: any thread may call once OrthancStarted has been
/// seen, but no change callback. In 1.10.1 all services of all plugins share one mutex, so every call is kept
/// small.

#include <orthanc/OrthancCPlugin.h>

#include <string>
#include <utility>

#include "plugin/archive/archive.h"
#include "plugin/archive/stored_file.h"

namespace spineseg {

class OrthancArchive final : public Archive {
  public:
    explicit OrthancArchive(OrthancPluginContext* context) : context_(context) {}

    Result<std::vector<std::string>> series_ids(std::int64_t since, int limit) override;
    Result<std::vector<SeriesGlance>> series_page(std::int64_t since, int limit) override;
    Result<SeriesTags> series(const std::string& orthanc_series_id, const ImageWords& words) override;
    Result<std::string> fingerprint(const std::string& orthanc_series_id) override;
    Result<bool> holds_series(const std::string& orthanc_series_id) override;
    Result<std::string> study_of_series(const std::string& orthanc_series_id) override;
    Result<std::vector<ListedSeries>> series_of_study(const std::string& orthanc_study_id) override;
    Result<std::vector<std::string>> referenced_series(const std::string& orthanc_instance_id) override;
    Result<ResultTags> result_tags(const std::string& orthanc_instance_id) override;
    Result<std::vector<std::string>> instances_of(const std::string& sop_instance_uid) override;
    Result<std::vector<std::uint8_t>> read_instance(const std::string& orthanc_instance_id) override;
    Result<std::vector<std::uint8_t>> read_little_endian(const std::string& orthanc_instance_id) override;
    Result<std::vector<FoundResource>> find_identifier(const std::string& uid) override;
    Result<StoredInstance> store_instance(std::span<const std::uint8_t> dicom) override;
    Result<void> verify_instance(const std::string& orthanc_instance_id) override;
    Result<void> delete_instance(const std::string& orthanc_instance_id) override;
    Result<void> mark_result(const std::string& orthanc_instance_id,
                             const std::string& source_series_uid) override;
    Result<std::string> marked_source(const std::string& orthanc_instance_id) override;
    Result<std::vector<std::string>> labels(FoundResource::Level level,
                                            const std::string& orthanc_id) override;
    Result<void> set_labels(FoundResource::Level level, const std::string& orthanc_id,
                            const std::vector<std::string>& labels) override;
    Result<std::string> forward(const Destination& destination,
                                const std::vector<std::string>& orthanc_instance_ids) override;
    Result<std::string> series_of_instance(const std::string& orthanc_instance_id) override;
    Result<ArchiveChanges> changes(std::int64_t after, int limit) override;
    Result<std::int64_t> last_change() override;
    Result<std::string> remembered(ArchiveNote note) override;
    Result<void> remember(ArchiveNote note, const std::string& text) override;

    std::string version() const;
    /// Before the first call of verify_instance().
    void set_storage(StorageFolder storage) { storage_ = std::move(storage); }

  private:
    static Error error_of(OrthancPluginErrorCode code, const std::string& uri);
    Result<std::string> get(const std::string& uri) const;
    /// PUT with an empty body and DELETE are what labels need; a metadata text is the body of its PUT.
    Result<void> change(OrthancPluginHttpMethod method, const std::string& uri,
                        const std::string& body) const;
    bool has_labels() const;
    Result<void> take_contents(const std::string& modality, std::vector<InstanceSummary>& instances) const;
    OrthancPluginContext* context_;
    StorageFolder storage_;
};

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Whether the archive may take a result under its UIDs: looked up before anything is stored, because an archive
/// with OverwriteInstances replaces what it has, and one without keeps it and says so afterwards. Blocks on
/// Orthanc and on the database: work thread.

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/wire/messages.h"
#include "db/job_store.h"
#include "plugin/archive/archive.h"
#include "plugin/result_gate/ordered_output.h"

namespace spineseg {

/// How what the archive holds differs from a result, the times of the analysis apart: "differs in (7FE0,0010)";
/// empty: nowhere.
std::string difference_between(std::span<const std::uint8_t> result, std::span<const std::uint8_t> archived);
/// result_differs, with the remedy.
Error other_object(const std::string& instance_id, const std::string& difference);

class ArchiveIdentifiers {
  public:
    explicit ArchiveIdentifiers(Archive& archive) : archive_(archive) {}

    /// The instance that is equal to the result, the times of the analysis apart; nullopt: nothing has its SOP
    /// Instance UID. result_differs: the job's study holds another object under it. protocol_violation: it
    /// belongs to something else.
    Result<std::optional<StoredInstance>> equal_instance(const Job& job, const wire::StoreResult& message);
    /// protocol_violation: the Series Instance UID belongs to anything but results of the job's series of the same
    /// kind.
    Result<void> check_series(JobStore& store, const Job& job, const ResultOrder& order,
                              const ResultObject& object);

  private:
    struct Place {
        std::string series_id;
        std::string study_id;
    };
    Result<Place> place_of(const std::string& instance_id);

    Archive& archive_;
};

}  // namespace spineseg

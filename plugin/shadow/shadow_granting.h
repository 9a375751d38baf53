// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Which job a shadow model repeats next, and whether that job's result is still the one that is shown. A run whose job
/// or series is not what it was is dropped. Blocks on Orthanc and on the database: work thread.

#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "db/job_store.h"
#include "plugin/archive/archive.h"
#include "plugin/intake/known_model.h"
#include "plugin/result_gate/ordered_output.h"
#include "plugin/shadow/shadow_models.h"

namespace spineseg {

struct GrantedShadow {
    ShadowRun run;
    Job shown;                            ///< the job whose result is shown
    std::vector<std::string> instances;   ///< ids of Orthanc
    std::vector<SourceInstance> sources;  ///< the same with their UIDs
};

class ShadowGranting {
  public:
    ShadowGranting(Archive& archive, ShadowModels& shadows) : archive_(archive), shadows_(shadows) {}

    /// Leases the next run; nullopt when there is none. When the archive is away, the run waits again.
    Result<std::optional<GrantedShadow>> next(JobStore& store, const std::string& worker,
                                              const KnownModel& model);
    /// stale_lease: the run is not leased any more, or was dropped now.
    Result<void> check(JobStore& store, const GrantedShadow& granted);

  private:
    /// Why the run is to be dropped; nullopt: it is not.
    Result<std::optional<std::string>> objection(JobStore& store, const ShadowRun& run, Job& shown);
    Result<std::optional<GrantedShadow>> granted(JobStore& store, ShadowRun run);
    Result<std::optional<GrantedShadow>> dropped(JobStore& store, const ShadowRun& run,
                                                 const std::string& why);

    Archive& archive_;
    ShadowModels& shadows_;
};

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What of a worker's results may enter the archive. The gate looks at the bytes before Orthanc does, reads them by
/// itself, and compares them with what was ordered, with the source as Orthanc keeps it, and with what the archive
/// holds under the same UIDs. It stores nothing and deletes nothing. The rules are those of docs/threat-model.md.
/// Blocks on Orthanc and on the database: work thread.

#include <optional>
#include <string>

#include "core/wire/messages.h"
#include "db/job_store.h"
#include "plugin/archive/archive.h"
#include "plugin/result_gate/ordered_output.h"

namespace spineseg {

struct Admission {
    /// The archive holds an equal object: it is the result, and nothing is to be stored.
    std::optional<StoredInstance> held;
};

class ResultGate {
  public:
    virtual ~ResultGate() = default;
    /// protocol_violation names the rule that the result breaks: the session must close. result_differs: see
    /// ArchiveIdentifiers. Else the archive's or the database's errors, and those of a source that cannot be read.
    virtual Result<Admission> admit(JobStore& store, const Job& job, ResultOrder& order,
                                    const wire::StoreResult& message) = 0;
    /// After a result was placed.
    virtual void placed(ResultOrder& order, const wire::StoreResult& message) = 0;
    /// Of what was ordered, what has not come; empty: `done` may be said.
    virtual std::string missing(const ResultOrder& order) const = 0;
};

class StrictResultGate final : public ResultGate {
  public:
    explicit StrictResultGate(Archive& archive) : archive_(archive) {}
    Result<Admission> admit(JobStore& store, const Job& job, ResultOrder& order,
                            const wire::StoreResult& message) override;
    void placed(ResultOrder& order, const wire::StoreResult& message) override;
    std::string missing(const ResultOrder& order) const override { return missing_outputs(order); }

  private:
    Result<const SourceHeader*> source_of(ResultOrder& order, const std::string& sop_instance_uid);

    Archive& archive_;
};

}  // namespace spineseg

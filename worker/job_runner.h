// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the lease client hands to the compute thread and gets back. The abstraction exists so that the lease
/// loop can be tested without a model.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/job.h"
#include "core/output.h"
#include "core/result.h"
#include "dicom/result_writer.h"

namespace spineseg {

/// One DICOM file as it came over the socket; `name` is Orthanc's id of it.
struct FetchedInstance {
    std::string name;
    std::vector<std::uint8_t> bytes;
};

struct JobInput {
    SegmentRequest request;
    std::vector<FetchedInstance> instances;
    OutputPlan outputs = default_outputs();
};

struct JobProduct {
    std::vector<dicom::ResultFile> files;
    std::string summary_json;  ///< as Outcome's
};

class JobRunner {
  public:
    virtual ~JobRunner() = default;
    /// Called on the compute thread. `progress` returns false when the work is no longer wanted; the runner
    /// then stops soon and returns canceled. May throw: the lease client turns an exception into an Outcome.
    virtual Result<JobProduct> run(const JobInput& input,
                                   const std::function<bool(const Progress&)>& progress) = 0;
};

}  // namespace spineseg

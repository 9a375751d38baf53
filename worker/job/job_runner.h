// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the lease client hands to the compute thread and gets back. An interface, so that the lease
/// loop is tested without a model.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/image_words.h"
#include "core/job.h"
#include "core/result.h"
#include "core/result_types.h"
#include "dicom/write/result_file.h"

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
    ImageWords image_words;       ///< the site's
    bool keep_rejected = false;   ///< objects of a rejected series are wanted too
    dicom::AnalysisTime started;  ///< what the objects say of when they were made
};

struct JobProduct {
    std::vector<dicom::ResultFile> files;
    std::string summary_json;  ///< as Outcome's
    /// How the job ends where that is not "done": the verdict on objects that are kept all the same.
    std::optional<Error> verdict = {};
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

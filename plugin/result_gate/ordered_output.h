// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a worker was asked for, and what each kind of object looks like. Pure; any thread.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/job.h"
#include "core/result_types.h"
#include "plugin/result_gate/source_header.h"

namespace spineseg {

/// Objects that have the same attributes.
enum class OutputFamily { segmentation, label_map, map, report, picture };

/// One row for each OutputObject (dicom/write writes them).
struct OutputShape {
    OutputObject output = OutputObject::segmentation;
    ResultKind kind = ResultKind::segmentation;
    OutputFamily family = OutputFamily::segmentation;
    const char* sop_class = "";
    const char* modality = "";
    const char* word = "";  ///< in the Series Description
    int digit = 0;          ///< the last of the Series Number
};
/// nullptr: no object of ours.
const OutputShape* output_shape(ResultKind kind, const std::string& sop_class_uid);
const OutputShape& output_shape(OutputObject output);

struct SourceInstance {
    std::string orthanc_id;
    std::string sop_instance_uid;
};

struct AdmittedResult {
    OutputObject output = OutputObject::segmentation;
    std::string sop_instance_uid;
    std::string series_instance_uid;
};

/// The order of one lease, and what has come of it.
struct ResultOrder {
    OutputPlan outputs = default_outputs();
    bool keep_rejected = false;
    std::vector<SourceInstance> sources;  ///< all instances of the source series
    std::vector<AdmittedResult> admitted = {};
    std::uint64_t bytes = 0;  ///< of what was admitted
    /// Of the instances that results named first, by their SOP Instance UID.
    std::map<std::string, SourceHeader> headers = {};

    const SourceInstance* source(const std::string& sop_instance_uid) const;  ///< nullptr: none of the series
    bool holds_instance(const std::string& sop_instance_uid) const;           ///< admitted
    bool holds_series(const std::string& series_instance_uid) const;          ///< of an admitted result
    std::size_t count(OutputObject output) const;
};

/// "PMAP, SR": what was ordered and did not come; empty: everything is there.
std::string missing_outputs(const ResultOrder& order);

}  // namespace spineseg

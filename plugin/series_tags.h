// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the plugin knows of a series: Orthanc's ids, the SOP Instance UIDs, and the header values that the
/// rules look at. Parsed from Orthanc's JSON (already UTF-8), never from pixels. Patient elements are dropped
/// here, so that no rule, log line or answer can show them. Values; any thread.

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/geometry.h"
#include "core/result.h"

namespace spineseg {

/// Row and column cosines of ImageOrientationPatient (PS3.3 C.7.6.2.1.1).
struct Orientation {
    Vec3 row{};
    Vec3 column{};
};

struct InstanceSummary {
    std::string orthanc_id;
    std::string sop_instance_uid;
    std::optional<Orientation> orientation;
    std::optional<Vec3> position;
};

struct SeriesTags {
    std::string orthanc_series_id;
    std::string orthanc_study_id;
    std::string series_instance_uid;
    bool stable = true;  ///< Orthanc expects nothing more for now
    std::vector<InstanceSummary> instances;
    /// Keyword → value, several values separated by a backslash. Series and study level, and of one instance;
    /// those of the shared and first per-frame functional groups of an Enhanced object stand here under their
    /// own keyword.
    std::map<std::string, std::string> values;

    const std::string& value(const std::string& keyword) const;  ///< empty when absent
    /// The first number in the value; nullopt when absent or not a number.
    std::optional<double> number(const std::string& keyword, std::size_t index = 0) const;
    /// NumberOfFrames of a multi-frame object, else the number of instances.
    int image_count() const;
    std::string fingerprint() const;
};

std::optional<Orientation> parse_orientation(const std::string& ds);
std::optional<Vec3> parse_position(const std::string& ds);

/// The answers of Orthanc that a series' tags are made of, as text. `study_json` and `instance_tags_json` may
/// be empty.
struct SeriesAnswers {
    std::string series_json;         ///< GET /series/{id}
    std::string instances_json;      ///< GET /series/{id}/instances
    std::string study_json;          ///< GET /series/{id}/study
    std::string instance_tags_json;  ///< GET /instances/{id}/simplified-tags
};

inline constexpr std::size_t kMaxTagBytes = 1024;
inline constexpr std::size_t kMaxInstances = 20000;

/// archive_unavailable when an answer is not what Orthanc's documentation says.
Result<SeriesTags> parse_series_tags(const SeriesAnswers& answers);

}  // namespace spineseg

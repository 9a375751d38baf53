// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What is known of a series before anybody looks at pixels: SOP Instance UIDs, planes, and the header values
/// that the rules look at. Filled from Orthanc's answers (plugin/) or from files (worker/cli/). Patient
/// elements cannot enter: take() drops them, so that no rule, log line or answer can show them; of the
/// patient's age only the whole years are kept, beside size and weight. Values; any thread.

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/geometry.h"
#include "core/patient_facts.h"
#include "eligibility/series_survey.h"

namespace spineseg {

/// Row and column cosines of ImageOrientationPatient (PS3.3 C.7.6.2.1.1).
struct Orientation {
    Vec3 row{};
    Vec3 column{};
};

struct InstanceSummary {
    std::string orthanc_id;  ///< empty for a file
    std::string sop_instance_uid;
    std::optional<Orientation> orientation;
    std::optional<Vec3> position;
    /// What tells one content under this UID from another: the MD5 of the file as Orthanc keeps it; "" for a
    /// file on disk.
    std::string content = {};
};

struct SeriesTags {
    std::string orthanc_series_id;
    std::string orthanc_study_id;
    std::string series_instance_uid;
    bool stable = true;  ///< Orthanc expects nothing more for now
    /// When Orthanc last stored an instance of it, in whole seconds.
    std::optional<std::chrono::sys_time<std::chrono::milliseconds>> last_update;
    std::vector<InstanceSummary> instances;
    /// Keyword → value in UTF-8, several values separated by a backslash. Series and study level, and of one
    /// instance; those of the shared and first per-frame functional groups of an Enhanced object are here
    /// under their own keyword.
    std::map<std::string, std::string> values;
    PatientFacts patient;                ///< never shown
    std::optional<SeriesSurvey> survey;  ///< of all instances; absent where only one was looked at

    /// Keeps the first value of a keyword; drops what names a patient or another person, and what is longer
    /// than kMaxTagBytes.
    void take(std::string_view keyword, std::string_view value);
    const std::string& value(const std::string& keyword) const;  ///< empty when absent
    /// The index-th number in the value; nullopt when absent or not a number.
    std::optional<double> number(const std::string& keyword, std::size_t index = 0) const;
    /// NumberOfFrames of a multi-frame object, else the number of instances.
    int image_count() const;
    /// SHA-256 over the sorted SOP Instance UIDs, each with its content: other bytes under the same UIDs give
    /// another one.
    std::string fingerprint() const;
    /// Of the SOP Instance UIDs alone, see core/digest.h: what default seeds come from, and what the plugin
    /// kept up to 0.1.
    std::string uid_fingerprint() const;
};

inline constexpr std::size_t kMaxTagBytes = 1024;

std::optional<Orientation> parse_orientation(const std::string& ds);
std::optional<Vec3> parse_position(const std::string& ds);

/// The folded words of those tags, an empty word between two tags, so that no pattern reaches across.
std::vector<std::string> words_of(const SeriesTags& tags, const std::vector<std::string>& keywords);

}  // namespace spineseg

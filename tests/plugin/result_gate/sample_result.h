// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A source instance and results of it that break no rule, element by element, so that a test can spoil one of
/// them. The values are made up.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/job.h"
#include "core/part10_cursor.h"
#include "core/result_types.h"

namespace spineseg::sample_result {

inline constexpr const char* kSourceStudy = "1.2.3";
inline constexpr const char* kSourceSeries = "1.2.3.4";
inline constexpr const char* kSourceInstance = "1.2.3.4.1";
inline constexpr const char* kOtherInstance = "1.2.3.4.2";
inline constexpr const char* kResultInstance = "2.25.77";
inline constexpr const char* kResultSeries = "2.25.78";

/// A dataset or an item.
class Elements {
  public:
    /// Pads to an even length, UIDs with NUL. Replaces what has the tag.
    Elements& put(DicomTag tag, const std::string& vr, const std::string& value);
    Elements& put_us(DicomTag tag, std::uint32_t value);
    Elements& put_items(DicomTag tag, const std::vector<Elements>& items, bool defined_length = true);
    /// Bytes that are written in the tag's place.
    Elements& put_raw(DicomTag tag, const std::string& bytes);
    void remove(DicomTag tag) { elements_.erase(tag); }
    bool has(DicomTag tag) const { return elements_.contains(tag); }
    std::string bytes() const;

  private:
    std::map<DicomTag, std::string> elements_;
};

struct File {
    std::string preamble = std::string(128, '\0');
    std::string magic = "DICM";
    Elements meta;
    Elements dataset;
    std::string tail;  ///< behind the last element

    std::vector<std::uint8_t> bytes() const;
};

/// MR of 4 rows and 6 columns.
File source(const std::string& sop_instance_uid = kSourceInstance);
/// Of that source: model "m" with the digest "d", seed 7, 5 samples, 3 steps.
File result(OutputObject output);
/// What an honest message says of the file.
ResultObject claim(OutputObject output);

}  // namespace spineseg::sample_result

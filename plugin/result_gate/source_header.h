// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a result must agree with in one instance of its source, from the file that Orthanc keeps. Pure; any
/// thread.

#include <map>
#include <string>

#include "core/result.h"
#include "plugin/result_gate/elements.h"

namespace spineseg {

struct SourceValue {
    std::array<char, 2> vr{};  ///< zeros where the source is in Implicit VR
    std::string canonical;     ///< see canonical_value()
};

struct SourceHeader {
    std::string sop_instance_uid;
    std::string study_instance_uid;
    std::string series_instance_uid;
    std::string frame_of_reference_uid;
    std::string series_description;
    std::string lossy;  ///< Lossy Image Compression
    int series_number = 0;
    std::uint64_t rows = 0;
    std::uint64_t columns = 0;
    std::uint64_t frames = 1;
    std::map<DicomTag, SourceValue> copied;  ///< of core/copied_attributes.h, as far as the source has them
};

/// In Explicit or Implicit VR Little Endian, whatever the pixels are encoded in. unsupported_transfer_syntax:
/// any other; else as ElementReader.
Result<SourceHeader> read_source_header(Bytes file);

}  // namespace spineseg

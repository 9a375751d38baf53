// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Bytes → one parsed MR instance that has passed the checks of docs/dicom.md §5.2.1: a Part 10 file, an MR
/// image storage class, a transfer syntax that can be decoded here, greyscale of 8 to 16 bits. For this
/// library's sources only.

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <memory>
#include <string>

#include "core/result.h"
#include "dicom/read/instance_bytes.h"
#include "dicom/read/pixel_decoder.h"
#include "dicom/read/sample_rules.h"

namespace spineseg::dicom {

struct Instance {
    std::string name;
    std::unique_ptr<DcmFileFormat> file;
    std::string sop_class_uid;
    std::string sop_instance_uid;
    std::string study_instance_uid;
    std::string series_instance_uid;
    bool multi_frame = false;
    PixelFormat pixels;
    SampleRules rules;
};

/// Parses any Part 10 file, pixel data included, after its structure was checked (structure_check.h). Errors:
/// not_dicom, truncated_file, unsupported_transfer_syntax.
Result<std::unique_ptr<DcmFileFormat>> parse_file(const InstanceBytes& bytes);

/// Errors: not_dicom, truncated_file, unsupported_sop_class, unsupported_transfer_syntax,
/// unsupported_pixel_format, missing_attribute, geometry_out_of_range.
Result<Instance> read_instance(const InstanceBytes& bytes);

}  // namespace spineseg::dicom

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
#include "dicom/read/structure_check.h"

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

/// How many elements and items may still be parsed; DCMTK takes some 240 bytes for each, an empty one too.
struct ElementBudget {
    std::size_t left = StructureLimits{}.max_elements;
};

/// Parses any Part 10 file, pixel data included, after its structure was checked (structure_check.h) and its
/// elements were taken from the budget. Errors: not_dicom (also where the budget does not suffice),
/// truncated_file, unsupported_transfer_syntax.
Result<std::unique_ptr<DcmFileFormat>> parse_file(const InstanceBytes& bytes, ElementBudget& budget);
/// With a budget of its own.
Result<std::unique_ptr<DcmFileFormat>> parse_file(const InstanceBytes& bytes);

/// Errors: not_dicom, truncated_file, unsupported_sop_class, unsupported_transfer_syntax,
/// unsupported_pixel_format, missing_attribute, geometry_out_of_range.
Result<Instance> read_instance(const InstanceBytes& bytes, ElementBudget& budget);

/// geometry_out_of_range where it has more rows or columns. Compressed pixels of any size are a few bytes, so the
/// header's numbers are looked at before they are decoded.
Result<void> check_matrix(const Instance& instance, int most);

}  // namespace spineseg::dicom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Which storage SOP classes (PS3.4 B.5) are read as images of an MR series, and which other classes may be among them.
/// Pure.

#include <string_view>

namespace spineseg {

/// One of the three MR image storage classes.
bool is_mr_image_class(std::string_view sop_class_uid);
/// One of those with functional groups: Enhanced or Legacy Converted Enhanced MR.
bool is_enhanced_mr_class(std::string_view sop_class_uid);
/// Objects that scanners and workstations store under a series' UID beside its images: Secondary Capture,
/// presentation states, registrations, segmentations, spectra, documents, raw data, whatever is private.
bool is_companion_class(std::string_view sop_class_uid);

}  // namespace spineseg

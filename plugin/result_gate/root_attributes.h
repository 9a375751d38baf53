// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The attributes that our writers put into a dataset itself, beside those that they copy from the source. What
/// dicom/write writes anew gets a row in root_attributes.cpp; a test passes every object of the writers through
/// the gate. Pure; any thread.

#include "plugin/result_gate/elements.h"
#include "plugin/result_gate/ordered_output.h"

namespace spineseg {

/// Whether objects of that family have this attribute with this VR.
bool is_written_by_us(const RawElement& element, OutputFamily family);

}  // namespace spineseg

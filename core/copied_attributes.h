// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The attributes that a result takes over from its source, byte for byte: those of the standard's modules about
/// the patient, the study and a clinical trial. dicom/write/source_modules.cpp copies them, the plugin's gate
/// compares them; a test holds the two together. Pure; any thread.

#include <array>
#include <span>

#include "core/part10_cursor.h"

namespace spineseg {

struct CopiedAttribute {
    DicomTag tag = 0;
    std::array<char, 2> vr{};  ///< the standard's
    bool always = false;       ///< present in every result, empty where the source lacks it (type 2)
    /// Not in the dictionary of DCMTK 3.6.7, which writes it as UN where the source had no VR.
    bool recent = false;
};

/// In ascending order of their tags.
std::span<const CopiedAttribute> copied_attributes();
/// nullptr: not copied.
const CopiedAttribute* copied_attribute(DicomTag tag);

}  // namespace spineseg

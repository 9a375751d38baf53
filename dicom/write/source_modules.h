// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The attributes of a result that come from the source: those of the standard's modules about the patient, the
/// study and a clinical trial, as the module tables of PS3.3 list them. They are copied byte for byte. For this
/// library's sources only (includes DCMTK).

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <vector>

#include "dicom/read/series.h"

namespace spineseg::dicom {

/// The attributes of a module's table, without those inside its sequences, which are copied with the sequence.
struct SourceModule {
    const char* name;
    const char* section;                ///< of PS3.3
    std::vector<DcmTagKey> type_2;      ///< present in every result, empty where the source lacks them
    std::vector<DcmTagKey> if_present;  ///< copied where the source has them
};
const std::vector<SourceModule>& source_modules();

/// All of them. They enter the UIDs of results (common_modules.h).
void copy_patient_and_study(DcmItem& to, const Series& source);

}  // namespace spineseg::dicom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/result.h"

/// DCMTK's process-wide state, set up once for this library: decoders registered, its logger silent (a hostile
/// file must not fill the log), strings kept as they were read. Any thread; cheap after the first call.

namespace spineseg::dicom {

void prepare_dcmtk();

/// invalid_configuration where DCMTK could not read its element dictionary while the program was loaded: without it neither a
/// series can be read nor a result be written. Names the files, and the variable DCMDICTPATH, which replaces them.
Result<void> require_dictionary();

}  // namespace spineseg::dicom

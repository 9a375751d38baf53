// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// DCMTK's process-wide state, set up once for this library: decoders registered, its logger silent (a hostile
/// file must not fill the log), strings kept as they were read. Any thread; cheap after the first call.

namespace spineseg::dicom {

void prepare_dcmtk();

}  // namespace spineseg::dicom

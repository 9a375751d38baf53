// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The machine's clock and time zone, for what is written into results. Any thread.

#include "dicom/write/analysis_time.h"

namespace spineseg {

/// Now, with the zone of the environment (TZ, else /etc/localtime).
dicom::AnalysisTime local_time_now();

}  // namespace spineseg

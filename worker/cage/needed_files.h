// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a program of ours opens beside what it is asked to read: libraries, their settings, fonts, time zones,
/// and what the kernel says about the processor.

#include <vector>

#include "worker/cage/cage_plan.h"
#include "worker/cage/file_rules.h"

namespace spineseg {

/// Looks at the libraries that are loaded now. Nothing in it may be written but /dev/null and, for a GPU, the
/// driver's devices.
std::vector<FileRule> needed_files(CageProfile profile);

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The largest single allocation through operator new since the last reset, so that a test can hold hostile
/// sizes against it.

#include <cstddef>

namespace spineseg {

void reset_largest_allocation();
std::size_t largest_allocation();

}  // namespace spineseg

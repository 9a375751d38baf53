// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the worker gives up before it looks at foreign pixels. Linux, x86-64 and arm64; elsewhere it says
/// that it could not. Call before any other thread exists: threads inherit it.

#include "core/result.h"

namespace spineseg {

/// For this process and for good: no socket but Unix ones, no other program, no new privileges. Attempts fail
/// with EACCES. invalid_configuration where the kernel or the processor has no seccomp filter.
Result<void> forbid_network_and_programs();

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A list of allowed system calls becomes a filter of the kernel, by libseccomp.

#include <span>

#include "core/result.h"
#include "worker/cage/allowed_calls.h"

namespace spineseg {

/// For good, for every thread of this process and for what they start: what `calls` does not allow is answered with
/// ENOSYS; a call of another architecture (32 bits, x32) ends the process. Sets no_new_privs.
/// invalid_configuration where the kernel has no filter or cannot reach all threads; then nothing has changed.
Result<void> filter_calls(std::span<const AllowedCall> calls);

/// Whether the kernel has such filters for all threads.
bool has_call_filters();

}  // namespace spineseg

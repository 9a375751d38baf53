// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Limits that the kernel keeps for one process, and its protection from others of the same user.

#include <cstdint>

#include "core/result.h"

namespace spineseg {

/// No core dump, not readable by other processes of the same user (PR_SET_DUMPABLE), at most 512 descriptors and
/// 4096 processes and threads of this user, no locked memory beyond what is allowed now, no message queues;
/// `memory_bytes` of private memory (RLIMIT_DATA), 0: no limit. Lower limits stay. For good.
/// invalid_configuration with the limit that could not be set.
Result<void> limit_process(std::uint64_t memory_bytes);

}  // namespace spineseg

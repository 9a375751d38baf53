// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A worker's report of how a job ended, before it is believed. Pure; any thread.

#include <cstddef>
#include <string>

#include "core/job.h"
#include "core/result.h"

namespace spineseg {

/// A detail is cut to this many bytes.
constexpr std::size_t kMaxDetailBytes = 2048;

/// Cut to a size that the database and REST can carry, and without the results that the worker claims.
Outcome bounded_outcome(Outcome outcome);
/// invalid_argument when the report contradicts itself, or the number of results that were `stored`.
Result<void> check_outcome(const Outcome& outcome, std::size_t stored);

}  // namespace spineseg

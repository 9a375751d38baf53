// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The exit codes of all programs.

#include <string>

#include "core/error.h"

namespace spineseg {

inline constexpr int kExitOk = 0;
inline constexpr int kExitInternal = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitInput = 3;
inline constexpr int kExitModel = 4;
inline constexpr int kExitOutput = 5;
inline constexpr int kExitResources = 6;

int exit_code_of(ErrorCode code);
/// The table, for --help.
std::string exit_code_help();

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The worker's log, on the standard output: one line an event, with time and level. Whatever a line quotes, it is
/// written as one printable line of bounded length, and each place of the code has a budget of lines a minute
/// (core/log_budget.h). Any thread.

#include <string>
#include <string_view>

namespace spineseg {

enum class LogLevel { info, warning, error, critical };

/// `file` and `at` are left to the compiler: the place that calls. A critical line is always written.
void write_log(LogLevel level, std::string_view text, const char* file = __builtin_FILE(),
               int at = __builtin_LINE());
/// "trace", "debug", "info", "warning", "error" or "off"; anything else is "off".
void set_log_level(const std::string& level);
/// Writes what is buffered, for a process that ends without destructors.
void close_log();

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The worker's log, on the standard output: one line an event, with time and level. Any thread.

#include <string>

namespace spineseg {

enum class LogLevel { info, warning, error, critical };

void write_log(LogLevel level, const std::string& text);
/// "trace", "debug", "info", "warning", "error" or "off"; anything else is "off".
void set_log_level(const std::string& level);
/// Writes what is buffered, for a process that ends without destructors.
void close_log();

}  // namespace spineseg

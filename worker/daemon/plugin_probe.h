// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Asks who listens on the plugin's socket, without becoming a worker there (core/wire/PROTOCOL.md, "A probe"):
/// no job is touched and no model is named. Blocks for `patience` at most; any thread.

#include <chrono>
#include <filesystem>
#include <string>

#include "core/result.h"

namespace spineseg {

struct ProbedPlugin {
    std::string version;
    int protocol = 0;
};

/// file_not_found where there is no socket; invalid_configuration where this user may not connect, where the
/// plugin speaks another protocol, and where nothing or another program listens. Each says what to do.
Result<ProbedPlugin> probe_plugin(const std::filesystem::path& socket,
                                  std::chrono::milliseconds patience = std::chrono::seconds(5));

}  // namespace spineseg

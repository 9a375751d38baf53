// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A command as a user's shell runs it, and how it ended.

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>

namespace spineseg::testing {

struct Ended {
    int code = -1;       ///< −1: it could not be started, or a signal ended it
    std::string output;  ///< both streams
};

/// `command` is one that the shell may redirect: a program with arguments, or a group in braces.
inline Ended ended(const std::string& command) {
    Ended result;
    FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
    if (pipe == nullptr) return result;
    std::array<char, 4096> buffer{};
    for (std::size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
        result.output.append(buffer.data(), n);
    const int status = ::pclose(pipe);
    result.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return result;
}

}  // namespace spineseg::testing

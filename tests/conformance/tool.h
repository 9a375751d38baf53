// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Runs the programs that judge our files.

#include <sys/wait.h>

#include <cstdio>
#include <string>

namespace spineseg::dicom::testing {

struct Ran {
    int status = -1;
    std::string output;  ///< of both streams
};

inline Ran run(const std::string& command) {
    Ran ran;
    FILE* pipe = popen((command + " 2>&1").c_str(), "r");
    if (pipe == nullptr) return ran;
    char buffer[4096];
    for (std::size_t count; (count = fread(buffer, 1, sizeof buffer, pipe)) > 0;)
        ran.output.append(buffer, count);
    const int status = pclose(pipe);
    ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return ran;
}

inline bool has_tool(const std::string& tool) {
    return run("command -v " + tool).status == 0;
}

}  // namespace spineseg::dicom::testing

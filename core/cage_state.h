// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a worker says of the cage around it (worker/cage/README.md). Values; any thread.

#include <string>

namespace spineseg {

struct CageState {
    bool whole = false;  ///< files, system calls and limits are confined as worker/cage/README.md says
    std::string detail;  ///< what holds, or what is missing and why, for people
    friend bool operator==(const CageState&, const CageState&) = default;
};

}  // namespace spineseg

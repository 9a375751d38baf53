// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The system calls of the cage, as libseccomp's rules. Everything that is not here is answered with ENOSYS, as by a
/// kernel that does not know the call.

#include <cstdint>
#include <span>
#include <vector>

#include "worker/cage/cage_plan.h"

namespace spineseg {

/// `value` & `mask` == `expected` of the argument with that number (0 to 5).
struct CallCondition {
    unsigned argument = 0;
    std::uint64_t mask = ~std::uint64_t{0};
    std::uint64_t expected = 0;
};

/// All conditions must hold. Several rules of one call: one of them must hold.
struct AllowedCall {
    const char* name = nullptr;
    std::vector<CallCondition> conditions;
};

struct CallNeeds {
    CageProfile profile = CageProfile::cpu;
    bool writes = false;        ///< files may be opened for writing, made, renamed and removed
    std::uint64_t process = 0;  ///< its id: it may send signals to its own threads
};

std::vector<AllowedCall> allowed_calls(const CallNeeds& needs);

}  // namespace spineseg

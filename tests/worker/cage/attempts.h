// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a process that has been taken over would try, as raw system calls: they may run in a signal handler, in any
/// thread. Each is harmless where it works.

#include <span>

namespace spineseg::testing {

struct Attempt {
    const char* name;
    int (*run)();  ///< 0 where it worked, else errno
};

std::span<const Attempt> attempts();

}  // namespace spineseg::testing

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a confined process keeps. Values.

#include <cstdint>
#include <filesystem>
#include <vector>

namespace spineseg {

/// What the networks compute on. The driver of a GPU needs devices, their ioctl calls and more of the kernel.
enum class CageProfile { cpu, cuda };

struct CagePlan {
    CageProfile profile = CageProfile::cpu;
    /// Files and folders that may be read, beside what every program needs: libraries, fonts, time zones. Folders
    /// with all that is in them. Paths that are not there are passed over.
    std::vector<std::filesystem::path> readable;
    /// Files and folders that may be read and written, too. They must exist. Empty: no file can be opened for
    /// writing at all.
    std::vector<std::filesystem::path> writable;
    /// Private memory of the process; 0: no limit. Beyond it allocations fail, which ends as out_of_memory.
    std::uint64_t memory_bytes = 0;
};

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Landlock (linux/landlock.h, Linux 5.13 and later), by its three system calls: glibc has no functions for them.

#include <filesystem>
#include <span>
#include <vector>

#include "core/result.h"

namespace spineseg {

enum class FileAccess {
    read,     ///< files and folders
    execute,  ///< and be started as a program
    write,    ///< read, write, make and remove files and folders
    device,   ///< read, write and ioctl
};

struct FileRule {
    std::filesystem::path path;  ///< a folder: with all beneath
    FileAccess access = FileAccess::read;
    bool may_be_missing = true;
};

/// The version of the kernel's Landlock; 0: it has none, or it is switched off.
int landlock_version();

/// For the calling thread and all that it starts from now on: only what the rules name can be opened. Where the
/// version has a rule for them also: no TCP port, no abstract Unix socket and no signal to processes outside.
/// Sets no_new_privs. invalid_configuration with the path or the call that failed.
Result<void> restrict_files(std::span<const FileRule> rules);

/// Whether the root folder cannot be listed, as after restrict_files() with rules that do not name it.
bool root_folder_is_closed();

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The process of a command line program: it starts itself again, fit for networks
/// (worker/inference/networks/compute_process.h), and for some commands confined (worker/cage/cage.h). One thread.

#include <filesystem>
#include <string>
#include <vector>

#include "core/result.h"

namespace spineseg {

/// What a command opens. Empty names are passed over.
struct CommandFiles {
    std::vector<std::filesystem::path> reads;
    std::filesystem::path output_folder;  ///< made, with its parents, before anything is read
    std::filesystem::path output_file;    ///< likewise, without its parents
    std::string device = "cpu";
    bool allow_weaker_cage = false;
};

/// Before the arguments are parsed; they outlive the program.
void begin_program(char** argv);

/// In the first process: starts the program again. In the second one: does nothing.
void restart_program();

/// The same with the cage of those files: nothing but them can be opened. In the second process the cage is closed;
/// a weaker one is said on the error stream. file_unwritable where the output cannot be made;
/// invalid_configuration where the cage is not whole and a weaker one is not allowed.
Result<void> restart_program_confined(const CommandFiles& files);

/// The last thing: output that was made for the cage and is still empty is gone when it returns.
void end_program();

}  // namespace spineseg

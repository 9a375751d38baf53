// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace spineseg {

/// The program spineseg-train: reads the command line, trains from a packed file, and returns the exit code:
/// 0, 1 for a failure, 2 for wrong usage. One call a process.
int run_train_program(int argc, char** argv);

}  // namespace spineseg

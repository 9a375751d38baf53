// SPDX-License-Identifier: GPL-3.0-or-later
/// spineseg-train: `spineseg-lab train` for a machine that has a packed file, LibTorch and header-only
/// libraries alone.

#include "lab/training/train_command_line.h"

int main(int argc, char** argv) {
    return spineseg::run_train_program(argc, argv);
}

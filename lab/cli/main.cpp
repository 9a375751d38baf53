// SPDX-License-Identifier: GPL-3.0-or-later
/// spineseg-lab: training, evaluation and conversion of models.

#include "lab/cli/lab_commands.h"

int main(int argc, char** argv) {
    using namespace spineseg;
    CLI::App app("Trains, evaluates, calibrates and converts the models of spineseg. Research use only.",
                 "spineseg-lab");
    add_train_command(app);
    add_curves_command(app);
    add_split_command(app);
    add_levels_command(app);
    add_pack_command(app);
    add_crossvalidate_command(app);
    add_evaluate_command(app);
    add_bodies_command(app);
    add_intervals_command(app);
    add_calibrate_command(app);
    add_sweep_command(app);
    add_degrade_command(app);
    add_convert_command(app);
    add_self_test_command(app);
    return run_program(app, argc, argv);
}

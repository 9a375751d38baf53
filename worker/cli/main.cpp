// SPDX-License-Identifier: GPL-3.0-or-later
/// spineseg: the command line.

#include "worker/cli/command.h"

int main(int argc, char** argv) {
    using namespace spineseg;
    CLI::App app(
        "Lumbar spine MRI: vertebrae, discs and spinal canal, with an uncertainty map. Research use only.",
        "spineseg");
    add_segment_command(app);
    add_explain_command(app);
    add_show_command(app);
    add_dicomize_command(app);
    add_phantom_command(app);
    add_doctor_command(app);
    return run_program(app, argc, argv);
}

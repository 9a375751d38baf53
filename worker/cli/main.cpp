// SPDX-License-Identifier: GPL-3.0-or-later
/// spineseg: the command line.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <new>

#include "worker/cli/command.h"
#include "worker/cli/exit_code.h"
#include "worker/inference/compute_process.h"
#include "worker/version.h"

int main(int argc, char** argv) {
    using namespace spineseg;
    prepare_compute_process(argv);
    CLI::App app(
        "Lumbar spine MRI: vertebrae, discs and spinal canal, with an uncertainty map. Research use only.");
    app.set_version_flag("--version", software_version());
    app.require_subcommand(1);
    app.footer(exit_code_help());
    add_segment_command(app);
    add_evaluate_command(app);
    add_calibrate_command(app);
    add_sweep_command(app);
    add_degrade_command(app);
    add_explain_command(app);
    add_show_command(app);
    add_dicomize_command(app);
    add_phantom_command(app);
    add_train_command(app);
    add_split_command(app);
    add_pack_command(app);
    add_crossvalidate_command(app);
    add_curves_command(app);
    add_convert_command(app);
    try {
        app.parse(argc, argv);
        return kExitOk;
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? kExitOk : kExitUsage;
    } catch (const CommandFailed& failed) {
        std::fprintf(stderr, "spineseg: %s\n", failed.what());
        return exit_code_of(failed.error.code);
    } catch (const std::bad_alloc&) {
        std::fputs("spineseg: out of memory\n", stderr);
        return kExitResources;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "spineseg: internal: %s\n", error.what());
        return kExitInternal;
    }
}

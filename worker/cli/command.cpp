// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/cli/command.h"

#include <cstdio>
#include <exception>
#include <new>

#include "core/printable_text.h"
#include "worker/job/exit_code.h"
#include "worker/job/version.h"

namespace spineseg {

int run_program(CLI::App& app, int argc, char** argv) {
    app.set_version_flag("--version", software_version());
    app.require_subcommand(1);
    app.footer(exit_code_help());
    const char* program = app.get_name().c_str();
    try {
        app.parse(argc, argv);
        return kExitOk;
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? kExitOk : kExitUsage;
    } catch (const CommandFailed& failed) {
        std::fprintf(stderr, "%s: %s\n", program, printable(failed.what()).c_str());
        return exit_code_of(failed.error.code);
    } catch (const std::bad_alloc&) {
        std::fprintf(stderr, "%s: out of memory\n", program);
        return kExitResources;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s: internal: %s\n", program, printable(error.what()).c_str());
        return kExitInternal;
    }
}

}  // namespace spineseg

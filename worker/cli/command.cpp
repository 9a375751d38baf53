// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/cli/command.h"

#include <cstdio>
#include <exception>
#include <memory>
#include <new>

#include "core/printable_text.h"
#include "worker/cage/cage.h"
#include "worker/job/exit_code.h"
#include "worker/job/version.h"

namespace spineseg {
namespace {

int parsed_and_run(CLI::App& app, int argc, char** argv) {
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

}  // namespace

void on_run_confined(CLI::App& command, std::function<CommandFiles()> files,
                     std::function<Result<void>()> work) {
    auto allow_weaker = std::make_shared<bool>(false);  // lives as long as CLI11's callback
    command
        .add_flag(kAllowWeakerCage, *allow_weaker,
                  "Go on where the kernel cannot confine this process wholly")
        ->envname(kAllowWeakerCageVariable);
    command.callback([files = std::move(files), work = std::move(work), allow_weaker] {
        CommandFiles opened = files();
        opened.allow_weaker_cage = *allow_weaker;
        if (auto confined = restart_program_confined(opened); !confined)
            throw CommandFailed(confined.error());
        if (auto done = work(); !done) throw CommandFailed(done.error());
    });
}

int run_program(CLI::App& app, int argc, char** argv) {
    begin_program(argv);
    const int code = parsed_and_run(app, argc, argv);
    end_program();
    return code;
}

}  // namespace spineseg

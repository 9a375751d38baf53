// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What all commands of `spineseg` and `spineseg-lab` share: add_xxx_command() describes the options and
/// names the work; the work returns a Result; run_program() prints its error and turns it into the exit code.

#include <CLI/CLI.hpp>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/result.h"
#include "worker/cli/program_process.h"

namespace spineseg {

/// Carries a command's error out of CLI11's callback. Only on_run() throws it, only
/// run_program() catches it.
struct CommandFailed : std::runtime_error {
    explicit CommandFailed(Error e) : std::runtime_error(e.describe()), error(std::move(e)) {}
    Error error;
};

inline void on_run(CLI::App& command, std::function<Result<void>()> work) {
    command.callback([work = std::move(work)] {
        restart_program();
        if (auto done = work(); !done) throw CommandFailed(done.error());
    });
}

/// For a command that reads foreign files: the same within a cage (worker/cage/README.md) in which nothing but
/// `files` can be opened. Adds the option that accepts a weaker one.
void on_run_confined(CLI::App& command, std::function<CommandFiles()> files,
                     std::function<Result<void>()> work);

/// The options of every command that runs the model.
struct ModelArguments {
    std::string folder;
    std::string device = "cpu";
    std::string precision = "auto";
    std::string convolutions = "auto";
    int threads = 0;
    int batch = 0;
    bool trust_torchscript = false;
};
void add_model_options(CLI::App& command, ModelArguments& arguments);

/// The commands of `spineseg`. Those of `spineseg-lab` are in lab/cli/lab_commands.h.
void add_segment_command(CLI::App& app);
void add_explain_command(CLI::App& app);
void add_show_command(CLI::App& app);
void add_dicomize_command(CLI::App& app);
void add_phantom_command(CLI::App& app);
void add_doctor_command(CLI::App& app);

/// Parses the arguments, runs the command that they name and prints its error, as every command line program
/// of ours does. Returns the exit code. `app` names the program and has its commands.
int run_program(CLI::App& app, int argc, char** argv);

}  // namespace spineseg

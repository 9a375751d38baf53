// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The shape that all commands of `spineseg` share: add_xxx_command() describes the options and names the
/// work; the work returns a Result; main() prints its error and turns it into the exit code.

#include <CLI/CLI.hpp>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/result.h"

namespace spineseg {

/// Carries a command's error out of CLI11's callback. Nobody but on_run() throws it, nobody but main()
/// catches it.
struct CommandFailed : std::runtime_error {
    explicit CommandFailed(Error e) : std::runtime_error(e.describe()), error(std::move(e)) {}
    Error error;
};

inline void on_run(CLI::App& command, std::function<Result<void>()> work) {
    command.callback([work = std::move(work)] {
        if (auto done = work(); !done) throw CommandFailed(done.error());
    });
}

/// The options of every command that runs the model.
struct ModelArguments {
    std::string folder;
    std::string device = "cpu";
    std::string precision = "auto";
    int threads = 0;
};
void add_model_options(CLI::App& command, ModelArguments& arguments);

void add_segment_command(CLI::App& app);
void add_evaluate_command(CLI::App& app);
void add_calibrate_command(CLI::App& app);
void add_sweep_command(CLI::App& app);
void add_degrade_command(CLI::App& app);
void add_explain_command(CLI::App& app);
void add_show_command(CLI::App& app);
void add_dicomize_command(CLI::App& app);
void add_phantom_command(CLI::App& app);
void add_train_command(CLI::App& app);
void add_pack_command(CLI::App& app);
void add_split_command(CLI::App& app);
void add_crossvalidate_command(CLI::App& app);
void add_curves_command(CLI::App& app);
void add_convert_command(CLI::App& app);

}  // namespace spineseg

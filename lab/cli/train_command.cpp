// SPDX-License-Identifier: GPL-3.0-or-later
/// `spineseg-lab train presegmentation|diffusion|anchor`: a bundle's manifest is the plan, its weights the result.
/// Training itself is in lab/training; this file reads the images and draws the curves.

#include <cstdio>
#include <memory>

#include "lab/cli/anchor_cases.h"
#include "lab/cli/data_options.h"
#include "lab/cli/lab_commands.h"
#include "lab/cli/training_curves.h"
#include "lab/training/train_options.h"

namespace spineseg {
namespace {

struct TrainArguments {
    TrainOptions options;
    TrainingDataRequest data;
};

Result<void> check(const TrainArguments& arguments) {
    const auto& data = arguments.data;
    if (arguments.options.packed.empty() == data.data.empty())
        return failure(ErrorCode::invalid_argument, "give --data FOLDER or --packed FILE, one of them");
    if (arguments.options.packed.empty()) return {};
    if (data.phantoms > 0 || !data.filter.manufacturer.empty() || data.filter.field_strength)
        return failure(
            ErrorCode::invalid_argument,
            "--phantoms, --vendor and --field-strength are given to `spineseg-lab pack`; the packed "
            "file has what they chose");
    return {};
}

/// A picture that cannot be drawn is no reason to end a run of days.
void draw_curves(const std::filesystem::path& run) {
    if (const auto drawn = write_curves(run); !drawn)
        std::fprintf(stderr, "curves: %s\n", drawn.error().describe().c_str());
}

Result<void> run_train(const TrainArguments& arguments, TrainedNetwork network) {
    if (auto checked = check(arguments); !checked) return checked;
    const auto source = [&](const InputPlan& input) {
        if (!arguments.options.packed.empty()) return read_packed(arguments.options.packed);
        TrainingDataRequest request = narrowed(arguments.data, arguments.options.rules);
        // --ids narrows what a fold trains on; what it validates on must be read as well.
        if (!arguments.options.splits.empty()) request.filter.ids.clear();
        return load_with_progress(
            request, input, network == TrainedNetwork::anchor ? load_anchor_cases : load_training_cases);
    };
    TrainOptions options = arguments.options;
    options.rules.incomplete_fold = !arguments.data.filter.manufacturer.empty() ||
                                    arguments.data.filter.field_strength || !options.rules.ids.empty() ||
                                    !options.rules.exclude.empty();
    return run_training(std::move(options), network, source, draw_curves);
}

void add_network(CLI::App& train, const char* name, const char* what, TrainedNetwork network) {
    auto arguments = std::make_shared<TrainArguments>();  // lives as long as CLI11's callback
    CLI::App& command = *train.add_subcommand(name, what);
    add_folder_options(command, arguments->data);
    add_train_options(command, arguments->options, network);
    add_reading_options(command, arguments->data);
    command.footer(train_examples("spineseg-lab train", "--data SPIDER"));
    on_run(command, [arguments, network] { return run_train(*arguments, network); });
}

}  // namespace

void add_train_command(CLI::App& app) {
    CLI::App& train = *app.add_subcommand("train", "Train a bundle's networks on label maps");
    train.require_subcommand(1);
    train.footer("First `presegmentation`, then `diffusion`.\n" +
                 train_examples("spineseg-lab train", "--data SPIDER"));
    add_network(train, "presegmentation", "The U-Net that starts the diffusion",
                TrainedNetwork::presegmentation);
    add_network(train, "diffusion", "SpineSegDiff's denoiser and image encoder", TrainedNetwork::diffusion);
    add_network(train, "anchor", "The network that recognises L5 and S1", TrainedNetwork::anchor);
}

void add_curves_command(CLI::App& app) {
    auto run = std::make_shared<std::string>();
    CLI::App& command = *app.add_subcommand("curves", "Draw a run's log.csv as curves.png");
    command.add_option("run", *run, "The --run folder of `spineseg-lab train`")->required();
    on_run(command, [run] { return write_curves(*run); });
}

}  // namespace spineseg

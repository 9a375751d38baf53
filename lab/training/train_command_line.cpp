// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/train_command_line.h"

#include <cstdio>
#include <exception>

#include "lab/training/train_options.h"
#include "worker/inference/networks/compute_process.h"

namespace spineseg {
namespace {

constexpr int kExitFailed = 1, kExitUsage = 2;

int train(const TrainOptions& options, TrainedNetwork network) {
    const auto packed = [&](const InputPlan&) { return read_packed(options.packed); };
    const auto done = run_training(options, network, packed, [](const std::filesystem::path&) {});
    if (done) return 0;
    std::fprintf(stderr, "spineseg-train: %s\n", done.error().describe().c_str());
    return done.error().code == ErrorCode::invalid_argument ? kExitUsage : kExitFailed;
}

}  // namespace

int run_train_program(int argc, char** argv) {
    prepare_compute_process(argv);
    CLI::App app("Train a bundle's networks from a packed file (`spineseg-lab pack`). Research use only.");
    app.require_subcommand(1);
    app.footer(train_examples("spineseg-train", "--packed cases.safetensors") +
               "\nDraw a run's curves with `spineseg-lab curves RUN` where cairo is.");
    TrainOptions presegmentation, diffusion;
    int exit_code = 0;
    const auto add = [&](const char* name, const char* what, TrainOptions& options, TrainedNetwork network) {
        CLI::App& command = *app.add_subcommand(name, what);
        add_train_options(command, options, network);
        command.get_option("--packed")->required();
        command.callback([&options, &exit_code, network] { exit_code = train(options, network); });
    };
    add("presegmentation", "The U-Net that starts the diffusion", presegmentation,
        TrainedNetwork::presegmentation);
    add("diffusion", "SpineSegDiff's denoiser and image encoder", diffusion, TrainedNetwork::diffusion);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : kExitUsage;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "spineseg-train: internal: %s\n", error.what());
        return kExitFailed;
    }
    return exit_code;
}

}  // namespace spineseg

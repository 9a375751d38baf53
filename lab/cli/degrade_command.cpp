// SPDX-License-Identifier: GPL-3.0-or-later
/// `spineseg-lab degrade`: a volume as a bad examination would show it.

#include <cstdio>
#include <filesystem>
#include <memory>

#include "lab/cli/lab_commands.h"
#include "lab/evaluation/degradation.h"
#include "worker/cli/output_folder.h"
#include "worker/model_grid/sagittal_stack.h"
#include "worker/volume_files/volume_file.h"

namespace spineseg {
namespace fs = std::filesystem;

namespace {

struct DegradeArguments {
    std::string input;
    std::string truth;
    std::string kind;
    double strength = 0.5;
    std::uint64_t seed = 1;
    std::string output;
};

Result<LabelMap> truth_of(const DegradeArguments& arguments, const Geometry& geometry) {
    if (arguments.truth.empty()) return LabelMap{geometry, std::vector<std::uint8_t>(geometry.voxel_count())};
    const auto truth = read_label_map(arguments.truth);
    if (!truth) return failure(truth.error());
    return as_sagittal_stack(*truth);
}

Result<void> run_degrade(const DegradeArguments& arguments) {
    const auto kind = degradation_kind_from_string(arguments.kind);
    if (!kind) return failure(ErrorCode::invalid_argument, "unknown kind " + arguments.kind);
    if (*kind == DegradationKind::region && arguments.truth.empty())
        return failure(ErrorCode::invalid_argument,
                       "--kind region needs --truth: it says where the spine is");
    const auto volume = read_volume(arguments.input);
    if (!volume) return failure(volume.error());
    const auto image = as_sagittal_stack(*volume);
    if (!image) return failure(image.error().code, arguments.input + ": " + image.error().detail);
    const auto truth = truth_of(arguments, image->geometry);
    if (!truth) return failure(truth.error());
    const auto made = degrade(*image, *truth, {*kind, arguments.strength, arguments.seed});
    if (!made) return failure(made.error());
    const fs::path folder(arguments.output);
    if (auto ready = make_output_folder(folder); !ready) return ready;
    if (auto written = write_mha(made->image, folder / "image.mha"); !written) return written;
    if (arguments.truth.empty()) return {};
    return write_mha(made->truth, folder / "labels.mha");
}

}  // namespace

void add_degrade_command(CLI::App& app) {
    auto arguments = std::make_shared<DegradeArguments>();  // lives as long as CLI11's callback
    CLI::App& command = *app.add_subcommand("degrade", "Add the faults of a bad examination to a volume");
    command.footer(
        "Writes image.mha, and labels.mha where a truth is given, as sagittal stacks. `spineseg-lab evaluate "
        "--degrade` does the\n"
        "same to every case in memory. Kinds: motion (jumps during the measurement), ghost (periodic "
        "motion), "
        "noise (Rician),\n"
        "blur, clip (a smaller field of view), region (the field of view slides off the spine), lean (turned),\n"
        "small, metal (a signal void), lost (black slices), upside_down, front_to_back.");
    command.add_option("INPUT", arguments->input, "A .mha or .nii.gz file")->required();
    command.add_option("--truth", arguments->truth, "Label map on the same grid, to be moved and cut alike");
    command.add_option("--kind", arguments->kind, "What is wrong with it")
        ->required()
        ->check(CLI::IsMember(degradation_kinds()));
    command.add_option("--strength", arguments->strength, "0 to 1")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
    command.add_option("--seed", arguments->seed, "Seed of what is drawn")->capture_default_str();
    command.add_option("--out", arguments->output, "Folder for the results")->required();
    on_run(command, [arguments] { return run_degrade(*arguments); });
}

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
/// `spineseg-lab convert spinesegdiff|nnunet|torchscript`: networks that were trained elsewhere become a
/// bundle's.

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "lab/cli/lab_commands.h"
#include "worker/cli/loaded_model.h"
#include "worker/cli/output_folder.h"
#include "worker/inference/bundle/bundle_conversion.h"
#include "worker/inference/checkpoint/spinesegdiff_checkpoint.h"
#include "worker/inference/nnunet/configuration.h"

namespace spineseg {
namespace fs = std::filesystem;

namespace {

/// Where the result goes, and the plan that it completes.
struct BundleArguments {
    std::string folder;
    std::string from;
    bool without_diffusion = false;
};

void add_bundle_options(CLI::App& command, BundleArguments& arguments) {
    command.add_option("--bundle", arguments.folder, "Model folder; made where it is missing")->required();
    command.add_option(
        "--from", arguments.from,
        "Model folder to start from: its manifest, and its other networks (default: --bundle's own)");
}

void add_presegmentation_options(CLI::App& command, BundleArguments& arguments) {
    add_bundle_options(command, arguments);
    command.add_flag("--without-diffusion", arguments.without_diffusion,
                     "The presegmentation is the result: the bundle gets no denoiser");
}

/// The conversion reads what it is given and writes nothing but the bundle.
CommandFiles files_of(const BundleArguments& bundle, const std::vector<std::string>& foreign) {
    CommandFiles files;
    files.reads.assign(foreign.begin(), foreign.end());
    files.output_folder = bundle.folder;
    files.reads.emplace_back(bundle.from);
    return files;
}

Result<ModelManifest> read_plan(const BundleArguments& arguments) {
    auto manifest = ModelManifest::read(arguments.from.empty() ? arguments.folder : arguments.from);
    if (!manifest) {
        const char* remedy = arguments.from.empty() ? "; name a model folder to start from with --from" : "";
        return failure(manifest.error().code, manifest.error().detail + remedy);
    }
    if (arguments.without_diffusion) {
        manifest->diffusion.members.clear();
        manifest->diffusion.samples = 0;
    }
    return manifest;
}

Result<void> finish(const BundleArguments& arguments, const Result<ModelManifest>& converted) {
    if (!converted) return failure(converted.error());
    const auto& from = arguments.from.empty() ? arguments.folder : arguments.from;
    const auto missing = complete_bundle(arguments.folder, from, *converted);
    if (!missing) return failure(missing.error());
    if (const auto written = write_manifest(arguments.folder, *converted); !written) return written;
    for (const auto& file : *missing)
        std::fprintf(stderr, "%s: still to come: the manifest names it, and it is not there\n",
                     (fs::path(arguments.folder) / file).c_str());
    std::printf("%s: %s %s, model %s\n", arguments.folder.c_str(), converted->id.c_str(),
                converted->version.c_str(), converted->digest().c_str());
    return {};
}

struct SpineSegDiffArguments {
    BundleArguments bundle;
    std::string checkpoint;
    std::size_t member = 0;
};

Result<void> convert_spinesegdiff(const SpineSegDiffArguments& arguments) {
    const auto plan = read_plan(arguments.bundle);
    if (!plan) return failure(plan.error());
    auto checkpoint = TorchCheckpoint::read(arguments.checkpoint);
    if (!checkpoint) return failure(checkpoint.error());
    const auto named = [&](const Error& error) {
        return failure(error.code, arguments.checkpoint + ": " + error.detail);
    };
    const auto weights = spinesegdiff_tensors(*checkpoint);
    if (!weights) return named(weights.error());
    if (auto made = make_output_folder(arguments.bundle.folder); !made) return made;
    const auto converted = put_spinesegdiff(arguments.bundle.folder, *plan, *weights, arguments.member);
    if (!converted && converted.error().code == ErrorCode::model_invalid) return named(converted.error());
    return finish(arguments.bundle, converted);
}

struct NnUNetArguments {
    BundleArguments bundle;
    std::string folder;
    std::vector<std::string> folds;
    std::string checkpoint = "final";
    NnUNetConversion conversion;
    bool without_mirroring = false;
};

/// nnU-Net resamples what the model grid has resampled already; equal spacings make the second a no-op.
void remark_on_spacing(const ModelManifest& plan, const nnunet::ModelFolder& model) {
    const auto configuration =
        nnunet::read_configuration(model.plans, model.dataset, model.folds.front().configuration);
    if (!configuration) return;
    const auto [rows, columns] = configuration->spacing_mm;
    const double grid_mm = plan.input.spacing_mm;
    if (std::abs(rows - grid_mm) < 1e-3 && std::abs(columns - grid_mm) < 1e-3) return;
    std::fprintf(stderr,
                 "input.spacing_mm is %g, nnU-Net's plans say %g × %g mm: slices will be resampled twice\n",
                 grid_mm, rows, columns);
}

Result<void> convert_nnunet(NnUNetArguments& arguments) {
    const auto plan = read_plan(arguments.bundle);
    if (!plan) return failure(plan.error());
    const auto model = nnunet::read_model_folder(arguments.folder, arguments.folds,
                                                 "checkpoint_" + arguments.checkpoint + ".pth");
    if (!model) return failure(model.error());
    if (auto made = make_output_folder(arguments.bundle.folder); !made) return made;
    arguments.conversion.mirroring = !arguments.without_mirroring;
    const auto converted = put_nnunet(arguments.bundle.folder, *plan, *model, arguments.conversion);
    if (converted) remark_on_spacing(*plan, *model);
    return finish(arguments.bundle, converted);
}

struct TorchScriptArguments {
    BundleArguments bundle;
    std::vector<std::string> modules;
    std::string output;
    bool trusted = false;
    OutputChannels channels;
};

TorchScriptOutput output_of(const TorchScriptArguments& arguments) {
    return arguments.output == to_string(TorchScriptOutput::logits) ? TorchScriptOutput::logits
                                                                    : TorchScriptOutput::probabilities;
}

Result<void> convert_torchscript(const TorchScriptArguments& arguments) {
    const auto plan = read_plan(arguments.bundle);
    if (!plan) return failure(plan.error());
    if (auto made = make_output_folder(arguments.bundle.folder); !made) return made;
    warn_of_torchscript();
    return finish(arguments.bundle, put_torchscript(arguments.bundle.folder, *plan,
                                                    {arguments.modules.begin(), arguments.modules.end()},
                                                    output_of(arguments), arguments.channels));
}

void add_spinesegdiff(CLI::App& convert) {
    auto arguments = std::make_shared<SpineSegDiffArguments>();
    CLI::App& command =
        *convert.add_subcommand("spinesegdiff", "A checkpoint of the published SpineSegDiff (its .pt file)");
    command.footer(
        "The manifest's diffusion.widths must be the checkpoint's (published: 64, 64, 128, 256, 512, 64).\n"
        "A tensor that is missing, surplus or misshapen is refused by name. A leading \"module.\" and a\n"
        "top-level key \"module\" are taken off. No code in the file is run.\n"
        "Example, with a plan of config/profiles:\n"
        "  mkdir models/published && cp config/profiles/published.json models/published/manifest.json\n"
        "  spineseg-lab convert spinesegdiff best_model.pt --bundle models/published");
    command.add_option("CHECKPOINT", arguments->checkpoint, "File of torch.save")->required();
    add_bundle_options(command, arguments->bundle);
    command.add_option("--member", arguments->member, "Member of diffusion.members that it becomes")
        ->check(CLI::Range(0, 15))
        ->capture_default_str();
    on_run_confined(
        command, [arguments] { return files_of(arguments->bundle, {arguments->checkpoint}); },
        [arguments] { return convert_spinesegdiff(*arguments); });
}

void add_nnunet(CLI::App& convert) {
    auto arguments = std::make_shared<NnUNetArguments>();
    CLI::App& command =
        *convert.add_subcommand("nnunet", "A trained nnU-Net v2 model folder as presegmenter");
    command.footer(
        "The folder holds plans.json, dataset.json and fold_*/checkpoint_final.pth of a two-dimensional\n"
        "configuration whose planes are sagittal. Every label of dataset.json must be named, if only under\n"
        "--background. What is equal to nnU-Net's own prediction, and what is not:\n"
        "worker/inference/README.md.\n"
        "Example:\n"
        "  spineseg-lab convert nnunet nnUNet_results/Dataset007_Spine/nnUNetTrainer__nnUNetPlans__2d \\\n"
        "    --bundle models/mine --from models/lumbar-fast --canal SC --vertebra L1,L2,L3,L4,L5 --disc IVD "
        "\\\n"
        "    --background background,sacrum --without-diffusion");
    command.add_option("FOLDER", arguments->folder, "nnUNet_results/DatasetXXX_Name/Trainer__Plans__2d")
        ->required();
    add_presegmentation_options(command, arguments->bundle);
    command
        .add_option("--fold", arguments->folds, "Folds: numbers, or \"all\" (default: every numbered one)")
        ->delimiter(',');
    command.add_option("--checkpoint", arguments->checkpoint, "final or best")
        ->check(CLI::IsMember({"final", "best"}))
        ->capture_default_str();
    auto& labels = arguments->conversion.labels;
    command.add_option("--canal", labels.canal, "Its labels in dataset.json")->delimiter(',')->required();
    command.add_option("--vertebra", labels.vertebra, "Its labels")->delimiter(',')->required();
    command.add_option("--disc", labels.disc, "Its labels")->delimiter(',')->required();
    command.add_option("--background", labels.background, "Labels that are none of these three")
        ->delimiter(',')
        ->capture_default_str();
    command.add_flag("--without-mirroring", arguments->without_mirroring,
                     "No mirrored copies: two to four times faster, a little less accurate");
    on_run_confined(
        command, [arguments] { return files_of(arguments->bundle, {arguments->folder}); },
        [arguments] { return convert_nnunet(*arguments); });
}

void add_torchscript(CLI::App& convert) {
    auto arguments = std::make_shared<TorchScriptArguments>();
    CLI::App& command = *convert.add_subcommand("torchscript", "TorchScript modules as presegmenter");
    command.footer(
        "A module takes [N,1,H,W] float32, scaled by the manifest's intensity rule, and gives [N,C,H,W];\n"
        "channels that no structure names are background. It is a program that LibTorch runs, here and in\n"
        "every worker that loads the bundle: take modules only from people whom you trust.\n"
        "Example:\n"
        "  spineseg-lab convert torchscript network.pt --trust-torchscript --bundle models/mine \\\n"
        "    --from models/lumbar-fast --output logits --canal 1 --vertebra 2 --disc 3 --without-diffusion");
    command.add_option("MODULE", arguments->modules, "Files of torch.jit.save; several are an ensemble")
        ->required();
    add_presegmentation_options(command, arguments->bundle);
    command.add_option("--output", arguments->output, "What the modules give")
        ->required()
        ->check(CLI::IsMember({"logits", "probabilities"}));
    auto& channels = arguments->channels;
    command.add_option("--canal", channels.canal, "Its channels")->delimiter(',')->required();
    command.add_option("--vertebra", channels.vertebra, "Its channels")->delimiter(',')->required();
    command.add_option("--disc", channels.disc, "Its channels")->delimiter(',')->required();
    command
        .add_flag(kTrustTorchScript, arguments->trusted,
                  "Run the modules, which are programs of whoever made them")
        ->required();
    on_run_confined(
        command, [arguments] { return files_of(arguments->bundle, arguments->modules); },
        [arguments] { return convert_torchscript(*arguments); });
}

}  // namespace

void add_convert_command(CLI::App& app) {
    CLI::App& convert =
        *app.add_subcommand("convert", "Put a network that was trained elsewhere into a bundle");
    convert.require_subcommand(1);
    convert.footer(
        "The network's files go into the bundle, their names and digests into its manifest. The manifest is\n"
        "the bundle's own, or that of another bundle with --from, whose other networks then come along. Its\n"
        "temperatures and verdict thresholds go back to \"off\": they were fitted to other networks\n"
        "(`spineseg-lab calibrate`). id, version, licence and attribution stay as they are: edit them.");
    add_spinesegdiff(convert);
    add_nnunet(convert);
    add_torchscript(convert);
}

}  // namespace spineseg

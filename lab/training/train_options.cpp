// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/train_options.h"

#include <map>

namespace spineseg {
namespace {

constexpr int kMostTimesteps = 100'000;

void add_run_options(CLI::App& command, TrainOptions& options, TrainedNetwork network) {
    constexpr const char* kGroup = "Run";
    command
        .add_option("--bundle", options.bundle,
                    "Model folder: its manifest.json is the plan, the weights go into it")
        ->required()
        ->group(kGroup);
    command
        .add_option("--run", options.run,
                    "Folder of the run: checkpoint, log.csv, curves.png, weights; resumes what it holds")
        ->required()
        ->group(kGroup);
    if (network == TrainedNetwork::diffusion)
        command
            .add_option("--presegmentation-run", options.presegmentation_runs,
                        "The --run folders of presegmentations: the first starts the network, and each slice "
                        "is given "
                        "to one that has not seen its patient")
            ->delimiter(',')
            ->required()
            ->group(kGroup);
    command
        .add_option("--init", options.initial,
                    "Start from these weights: a .safetensors file, or a bundle's folder; those of a "
                    "narrower network "
                    "are grown")
        ->group(kGroup);
    command
        .add_option("--member", options.member,
                    "Which file of the manifest's members the weights become, from 0")
        ->capture_default_str()
        ->group(kGroup);
    command.add_option("--checkpoint-every", options.plan.checkpoint_every, "Iterations between checkpoints")
        ->check(CLI::Range(1, 10'000'000))
        ->capture_default_str()
        ->group(kGroup);
    command.add_option("--precision", options.precision, "auto, float32 or bfloat16")
        ->check(CLI::IsMember({"auto", "float32", "bfloat16"}))
        ->capture_default_str()
        ->group(kGroup);
    command.add_option("--threads", options.threads, "Processor threads (default: all)")
        ->check(CLI::Range(0, 1024))
        ->group(kGroup);
}

void add_fold_options(CLI::App& command, TrainOptions& options) {
    constexpr const char* kGroup = "Folds and validation";
    command
        .add_option("--splits", options.splits,
                    "splits_final.json (`spineseg-lab split`, nnU-Net's or the original's)")
        ->group(kGroup);
    command.add_option("--fold", options.fold, "Train on this fold's training patients")
        ->check(CLI::Range(0, 999))
        ->group(kGroup);
    command
        .add_option("--folds", options.folds,
                    "all, or e.g. 0,2: one after another, into RUN/fold_K and BUNDLE/fold_K")
        ->group(kGroup);
    command
        .add_option("--validate-every", options.plan.validate_every,
                    "Iterations between measurements of Dice on the fold's other patients (0: never)")
        ->check(CLI::Range(0, 10'000'000))
        ->capture_default_str()
        ->group(kGroup);
    command
        .add_option("--validate-ids", options.rules.validate_ids,
                    "Measure on these patients instead; they are not trained on")
        ->delimiter(',')
        ->group(kGroup);
}

void add_recipe_options(CLI::App& command, TrainOptions& options, TrainedNetwork network) {
    constexpr const char* kGroup = "Recipe";
    auto& plan = options.plan;
    auto* iterations = command.add_option("--iterations", plan.iterations)
                           ->check(CLI::Range(1, 10'000'000))
                           ->capture_default_str()
                           ->group(kGroup);
    command.add_option("--epochs", options.epochs, "Passes over the real slices, instead of --iterations")
        ->check(CLI::Range(1e-3, 1e6))
        ->excludes(iterations)
        ->group(kGroup);
    command.add_option("--batch", plan.batch)
        ->check(CLI::Range(1, 256))
        ->capture_default_str()
        ->group(kGroup);
    auto& crop = options.augmentation.crop;
    command
        .add_option_function<std::vector<int>>(
            "--crop",
            [&crop](const std::vector<int>& sides) {
                crop = {sides.front(), sides.back()};
            },
            "Pixels, a multiple of 16: one side of a square, or ROWS,COLUMNS")
        ->delimiter(',')
        ->expected(1, 2)
        ->check(CLI::Range(16, 2048))
        ->default_str("224")
        ->group(kGroup);
    const auto share = [&](const char* name, double& value, const char* description) {
        command.add_option(name, value, description)
            ->check(CLI::Range(0.0, 1.0))
            ->capture_default_str()
            ->group(kGroup);
    };
    auto& augmentation = options.augmentation;
    share("--augmentation", augmentation.strength,
          "Strength: chances and ranges of all changes times this; less for a last phase");
    share("--synthetic-share", augmentation.synthetic_share, "Share of phantom slices");
    share("--spineless-share", augmentation.spineless, "Share of slices whose spine is covered by tissue");
    share("--archless-share", augmentation.archless, "Share of slices of which only bodies and discs stay");
    share("--lean-share", augmentation.lean_share,
          "Share of crops with a spine that leans by up to 35 degrees");
    share("--void-share", augmentation.void_share, "Share of crops with a signal void, as metal makes it");
    share("--partial-share", augmentation.partial_share,
          "Share of slices of which a part is labelled (nnU-Net's ignore label); the diffusion takes none");
    share("--beside-canal-share", augmentation.beside_canal, "Share of slices made of rows without canal");
    if (network == TrainedNetwork::presegmentation)
        share(
            "--dice-weight", plan.dice_weight,
            "Weight of the Dice beside the cross-entropy; less for a last phase without bias of the volume");
    command.add_option("--learning-rate", plan.learning_rate)
        ->check(CLI::Range(1e-9, 10.0))
        ->capture_default_str()
        ->group(kGroup);
    command.add_option("--seed", plan.seed)->capture_default_str()->group(kGroup);
    command.add_option("--classes", options.classes, "Checked against the networks: 4, background included")
        ->check(CLI::Range(2, 256))
        ->group(kGroup);
    if (network == TrainedNetwork::diffusion)
        command
            .add_option("--timesteps", options.timesteps,
                        "T of the noise schedule, instead of the manifest's, which then says so")
            ->check(CLI::Range(2, kMostTimesteps))
            ->group(kGroup);
}

}  // namespace

void add_case_options(CLI::App& command, CaseRules& rules) {
    constexpr const char* kGroup = "Cases";
    static const std::map<std::string, SpiderContrast> kContrasts{
        {"t1", SpiderContrast::t1}, {"t2", SpiderContrast::t2}, {"space", SpiderContrast::space}};
    command.add_option("--ids", rules.ids, "Patients, or single series such as 18_t1 (default: all)")
        ->delimiter(',')
        ->group(kGroup);
    command.add_option("--exclude,--hold-out", rules.exclude, "Hold-out patients, never trained on")
        ->delimiter(',')
        ->group(kGroup);
    command
        .add_option_function<std::string>(
            "--contrast",
            [&rules](const std::string& name) {
                rules.contrast = name == "all" ? std::nullopt : std::optional(kContrasts.at(name));
            },
            "Series of one contrast, by their names: t1, t2, space or all")
        ->check(CLI::IsMember({"t1", "t2", "space", "all"}))
        ->group(kGroup);
}

void add_train_options(CLI::App& command, TrainOptions& options, TrainedNetwork network) {
    if (network == TrainedNetwork::diffusion) options.plan.learning_rate = 1e-3;
    add_run_options(command, options, network);
    command.add_option("--packed", options.packed, "File of `spineseg-lab pack`")->group("Cases");
    add_case_options(command, options.rules);
    add_fold_options(command, options);
    add_recipe_options(command, options, network);
}

std::string train_examples(const std::string& program, const std::string& data) {
    return "Examples:\n"
           "  " +
           program + " presegmentation --bundle models/mine --run runs/pre " + data +
           " --hold-out 18,55\n"
           "  " +
           program + " diffusion --bundle models/mine --run runs/diff --presegmentation-run runs/pre " +
           data +
           " --hold-out 18,55\n"
           "  " +
           program + " presegmentation --bundle models/cv --run runs/cv-pre " + data +
           " --splits splits_final.json --folds all --validate-every 500\n"
           "Both resume from their --run folder after an interrupt (Ctrl-C saves). Recipe of the shipped "
           "bundles: "
           "models/README.md.";
}

}  // namespace spineseg

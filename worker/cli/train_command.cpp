// SPDX-License-Identifier: GPL-3.0-or-later
/// `spineseg train presegmentation|diffusion` and `spineseg pack`: a bundle's manifest is the plan, its
/// weights the result.

#include <ATen/Parallel.h>
#include <torch/types.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "core/digest.h"
#include "worker/cli/command.h"
#include "worker/cli/output_folder.h"
#include "worker/cli/training_data.h"
#include "worker/training/diffusion_training.h"
#include "worker/training/presegmentation_training.h"

namespace spineseg {
namespace fs = std::filesystem;

namespace {

volatile std::sig_atomic_t g_interrupted = 0;

struct DataArguments {
    TrainingDataRequest request;
    std::string data;
    std::string packed;
};

struct TrainArguments {
    std::string bundle;
    std::string run;
    std::vector<std::string> presegmentation_runs;
    std::string initial;
    std::size_t member = 0;
    std::string precision = "auto";
    int threads = 0;
    DataArguments data;
    AugmentationPlan augmentation;
    TrainingPlan plan;
};

void add_data_options(CLI::App& command, DataArguments& data) {
    command.add_option("--data", data.data, "Folder with images/ and masks/ in SPIDER's layout");
    command.add_option("--ids", data.request.ids, "Patients to train on (default: all)")->delimiter(',');
    command.add_option("--exclude", data.request.exclude, "Hold-out patients, never trained on")
        ->delimiter(',');
    command.add_option("--phantoms", data.request.phantoms, "Procedural patients to add")
        ->check(CLI::Range(0, 1000))
        ->capture_default_str();
    command.add_option("--phantom-seed", data.request.phantom_seed, "Seed of the first one")
        ->capture_default_str();
}

Result<std::vector<TrainingCase>> cases_of(DataArguments& data, const InputPlan& input) {
    if (!data.packed.empty()) return read_packed(data.packed);
    if (data.data.empty()) return failure(ErrorCode::invalid_argument, "give --data FOLDER or --packed FILE");
    data.request.data = data.data;
    const bool terminal = ::isatty(STDERR_FILENO) != 0;
    int count = 0;
    auto cases = load_training_cases(data.request, input, [&](const std::string& id) {
        ++count;
        if (terminal) std::fprintf(stderr, "\r\033[K%d cases, %s", count, id.c_str());
    });
    std::fprintf(stderr, "%s%d cases\n", terminal ? "\r\033[K" : "", count);
    return cases;
}

/// A line every `log_every` iterations, with the time that is left.
bool report_line(const TrainingReport& report, std::int64_t first) {
    const double per_iteration =
        report.seconds / static_cast<double>(std::max<std::int64_t>(1, report.iteration - first));
    const double left = per_iteration * static_cast<double>(report.iterations - report.iteration);
    std::fprintf(stderr, "iteration %lld of %lld  loss %.4f  rate %.1e  %.2f s each  %.0f min left\n",
                 static_cast<long long>(report.iteration), static_cast<long long>(report.iterations),
                 report.loss, report.learning_rate, per_iteration, left / 60);
    return g_interrupted == 0;
}

/// Reports, remembering where this process began.
ReportSink reporter(std::int64_t log_every) {
    auto first = std::make_shared<std::int64_t>(-1);
    return [first, log_every](const TrainingReport& report) {
        if (*first < 0) *first = std::max<std::int64_t>(0, report.iteration - log_every);
        return report_line(report, *first);
    };
}

nlohmann::json provenance(const TrainArguments& arguments, const std::vector<TrainingCase>& cases,
                          const Widths& widths) {
    std::set<std::string> patients;
    int phantoms = 0;
    for (const auto& c : cases) {
        if (c.synthetic)
            ++phantoms;
        else
            patients.insert(case_id_of(c.id));
    }
    const auto& plan = arguments.plan;
    nlohmann::json record{{"patients", patients},
                          {"phantoms", phantoms},
                          {"widths", widths},
                          {"iterations", plan.iterations},
                          {"batch", plan.batch},
                          {"crop", arguments.augmentation.crop},
                          {"synthetic_share", arguments.augmentation.synthetic_share},
                          {"spineless_share", arguments.augmentation.spineless},
                          {"learning_rate", plan.learning_rate},
                          {"weight_decay", plan.weight_decay},
                          {"average_decay", plan.average_decay},
                          {"seed", plan.seed},
                          {"precision", to_string(plan.precision)}};
    if (!plan.initial.tensors.empty())
        record["initial_weights"] = {{"source", plan.initial.source}, {"sha256", plan.initial.sha256}};
    return record;
}

/// Who a run was trained on, so that a refiner can be shown what its presegmenter makes of others.
Result<void> keep_patients(const TrainArguments& arguments, const std::vector<TrainingCase>& cases) {
    std::set<std::string> patients;
    for (const auto& c : cases) patients.insert(patient_of(c.id));
    std::error_code error;
    fs::create_directories(arguments.run, error);
    return write_text(nlohmann::json(patients).dump() + "\n", fs::path(arguments.run) / "patients.json");
}

Result<std::vector<TrainedPresegmenter>> trained_presegmenters(const TrainArguments& arguments,
                                                               const Widths& widths) {
    std::vector<TrainedPresegmenter> presegmenters;
    for (const fs::path run : arguments.presegmentation_runs) {
        auto weights = read_safetensors(run / "weights.safetensors");
        if (!weights) return failure(weights.error());
        std::ifstream file(run / "patients.json");
        const auto patients = nlohmann::json::parse(file, nullptr, false);
        if (!patients.is_array())
            return failure(ErrorCode::invalid_argument, (run / "patients.json").string() +
                                                            ": no list of patients; train the "
                                                            "presegmentation again, or write it");
        presegmenters.push_back({weights->tensors, widths, patients.get<std::set<std::string>>()});
    }
    return presegmenters;
}

/// Puts the weights into the bundle as float16 and their digest into its manifest; training.json keeps how
/// they came about, by the file's name.
Result<void> ship(const TrainArguments& arguments, ModelManifest manifest, TrainedNetwork network,
                  const TensorMap& weights, const nlohmann::json& how) {
    const fs::path bundle = arguments.bundle;
    SafeTensors content;
    for (const auto& [name, tensor] : weights) content.tensors[name] = tensor.to(torch::kFloat16);
    content.metadata["network"] = to_string(network);
    const bool presegmentation = network == TrainedNetwork::presegmentation;
    auto& members = presegmentation ? manifest.presegmentation.members : manifest.diffusion.members;
    BundleFile& member = members[arguments.member];
    member.sha256 = sha256_hex(safetensors_bytes(content));
    if (auto written = write_safetensors(bundle / member.file, content); !written) return written;
    std::ifstream before(bundle / "training.json");
    nlohmann::json record = nlohmann::json::parse(before, nullptr, false);
    if (!record.is_object()) record = nlohmann::json::object();
    record[fs::path(member.file).stem().string()] = how;
    if (auto written = write_text(record.dump(2) + "\n", bundle / "training.json"); !written) return written;
    return write_text(manifest.to_json(), bundle / "manifest.json");
}

Result<void> run_train(TrainArguments& arguments, TrainedNetwork network) {
    const auto manifest = ModelManifest::read(arguments.bundle);
    if (!manifest) return failure(manifest.error());
    const auto& members = network == TrainedNetwork::presegmentation ? manifest->presegmentation.members
                                                                     : manifest->diffusion.members;
    if (arguments.member >= members.size())
        return failure(ErrorCode::model_invalid, std::string("manifest.") + to_string(network) +
                                                     ".members: names no file with the number " +
                                                     std::to_string(arguments.member));
    if (!arguments.initial.empty()) {
        auto initial = read_initial_weights(arguments.initial, network, *manifest);
        if (!initial) return failure(initial.error());
        arguments.plan.initial = std::move(*initial);
    }
    auto cases = cases_of(arguments.data, manifest->input);
    if (!cases) return failure(cases.error());
    arguments.plan.precision = arguments.precision == "auto"       ? fastest_cpu_precision()
                               : arguments.precision == "bfloat16" ? Precision::bfloat16
                                                                   : Precision::float32;
    at::set_num_threads(arguments.threads > 0 ? arguments.threads
                                              : static_cast<int>(std::thread::hardware_concurrency()));
    std::signal(SIGINT, [](int) { g_interrupted = 1; });
    std::signal(SIGTERM, [](int) { g_interrupted = 1; });

    if (auto kept = keep_patients(arguments, *cases); !kept) return kept;
    const bool presegmentation = network == TrainedNetwork::presegmentation;
    const auto sink = reporter(arguments.plan.log_every);
    Result<Trained> trained = failure(ErrorCode::internal, "not started");
    if (presegmentation) {
        trained = train_presegmentation(*cases, manifest->input, manifest->presegmentation.widths,
                                        arguments.augmentation, arguments.plan, arguments.run, sink);
    } else {
        const auto presegmenters = trained_presegmenters(arguments, manifest->presegmentation.widths);
        if (!presegmenters) return failure(presegmenters.error());
        trained = train_diffusion(*cases, manifest->input,
                                  {.diffusion = manifest->diffusion,
                                   .augmentation = arguments.augmentation,
                                   .training = arguments.plan,
                                   .corruption = {},
                                   .presegmenters = *presegmenters},
                                  arguments.run, sink);
    }
    if (!trained) return failure(trained.error());
    if (!trained->finished) {
        std::fprintf(stderr, "stopped; the same command goes on from %s\n", arguments.run.c_str());
        return {};
    }
    const Widths& widths = presegmentation ? manifest->presegmentation.widths : manifest->diffusion.widths;
    return ship(arguments, *manifest, network, trained->average, provenance(arguments, *cases, widths));
}

void add_train_options(CLI::App& command, TrainArguments& arguments) {
    auto& plan = arguments.plan;
    command
        .add_option("--bundle", arguments.bundle,
                    "Model folder: its manifest.json is the plan, the weights go into it")
        ->required();
    command.add_option("--run", arguments.run, "Folder of the run: checkpoint, log.csv, weights")->required();
    command.add_option(
        "--init", arguments.initial,
        "Start from these weights: a .safetensors file, or a bundle's folder; those of a narrower "
        "network are grown");
    command
        .add_option("--member", arguments.member,
                    "Which file of the manifest's members the weights become, from 0")
        ->capture_default_str();
    add_data_options(command, arguments.data);
    command.add_option("--packed", arguments.data.packed, "File of `spineseg pack`, instead of --data");
    command.add_option("--iterations", plan.iterations)
        ->check(CLI::Range(1, 10'000'000))
        ->capture_default_str();
    command.add_option("--batch", plan.batch)->check(CLI::Range(1, 256))->capture_default_str();
    command.add_option("--crop", arguments.augmentation.crop, "Pixels, a multiple of 16")
        ->capture_default_str();
    command
        .add_option("--synthetic-share", arguments.augmentation.synthetic_share, "Share of phantom slices")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
    command
        .add_option("--spineless-share", arguments.augmentation.spineless,
                    "Share of slices whose spine is folded away")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
    command.add_option("--learning-rate", plan.learning_rate)->capture_default_str();
    command.add_option("--seed", plan.seed)->capture_default_str();
    command.add_option("--checkpoint-every", plan.checkpoint_every)->capture_default_str();
    command.add_option("--precision", arguments.precision, "auto, float32 or bfloat16")
        ->check(CLI::IsMember({"auto", "float32", "bfloat16"}))
        ->capture_default_str();
    command.add_option("--threads", arguments.threads, "Processor threads (default: all)")
        ->check(CLI::Range(0, 1024));
}

}  // namespace

void add_train_command(CLI::App& app) {
    CLI::App& train = *app.add_subcommand("train", "Train a bundle's networks on label maps");
    train.require_subcommand(1);
    train.footer(
        "First `presegmentation`, then `diffusion`. Both resume from their --run folder after an interrupt "
        "(Ctrl-C saves).\n"
        "Recipe of the shipped bundle: models/README.md.");

    auto pre = std::make_shared<TrainArguments>();  // live as long as CLI11's callbacks
    CLI::App& presegmentation =
        *train.add_subcommand("presegmentation", "The U-Net that starts the diffusion");
    add_train_options(presegmentation, *pre);
    on_run(presegmentation, [pre] { return run_train(*pre, TrainedNetwork::presegmentation); });

    auto diff = std::make_shared<TrainArguments>();
    diff->plan.learning_rate = 1e-3;
    CLI::App& diffusion = *train.add_subcommand("diffusion", "SpineSegDiff's denoiser and image encoder");
    add_train_options(diffusion, *diff);
    diffusion
        .add_option("--presegmentation-run", diff->presegmentation_runs,
                    "The --run folders of presegmentations: the first starts the network, and each slice is "
                    "given to one that has not seen its patient")
        ->delimiter(',')
        ->required();
    on_run(diffusion, [diff] { return run_train(*diff, TrainedNetwork::diffusion); });
}

void add_pack_command(CLI::App& app) {
    struct PackArguments {
        DataArguments data;
        std::string bundle;
        std::string output;
    };
    auto arguments = std::make_shared<PackArguments>();
    CLI::App& pack =
        *app.add_subcommand("pack", "Prepare training cases as one file, to train on another machine");
    pack.add_option("--bundle", arguments->bundle, "Model folder whose manifest says how slices are laid out")
        ->required();
    add_data_options(pack, arguments->data);
    pack.add_option("--out", arguments->output, "File to write (.safetensors)")->required();
    on_run(pack, [arguments]() -> Result<void> {
        const auto manifest = ModelManifest::read(arguments->bundle);
        if (!manifest) return failure(manifest.error());
        const auto cases = cases_of(arguments->data, manifest->input);
        if (!cases) return failure(cases.error());
        return write_packed(arguments->output, *cases);
    });
}

}  // namespace spineseg

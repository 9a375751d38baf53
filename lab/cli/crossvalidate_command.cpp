// SPDX-License-Identifier: GPL-3.0-or-later
/// `spineseg-lab crossvalidate`: every fold's model on the patients that it was not trained on, and one table
/// of all of them.

#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "lab/cli/data_options.h"
#include "lab/cli/lab_commands.h"
#include "lab/training/splits.h"
#include "lab/training/train_options.h"
#include "worker/cli/label_overlap.h"
#include "worker/cli/loaded_model.h"
#include "worker/cli/output_folder.h"
#include "worker/cli/progress_line.h"
#include "worker/pipeline/pipeline.h"
#include "worker/volume_files/volume_file.h"

namespace spineseg {
namespace fs = std::filesystem;

namespace {

struct CrossvalidateArguments {
    TrainingDataRequest data;
    CaseRules rules;
    std::string splits;
    std::string folds = "all";
    std::string bundles;
    std::string report;
    ModelArguments model;
    SegmentRequest request;
};

struct ValidatedCase {
    int fold = 0;
    std::string name;
    LabelOverlap presegmentation, pipeline;
};

/// DIR/fold_3, or DIR/fold3.
Result<fs::path> bundle_of(const fs::path& bundles, int fold) {
    std::error_code ignored;
    for (const char* name : {"fold_", "fold"}) {
        const fs::path folder = bundles / (name + std::to_string(fold));
        if (fs::exists(folder / "manifest.json", ignored)) return folder;
    }
    return failure(ErrorCode::file_not_found,
                   bundles.string() + " holds no bundle fold_" + std::to_string(fold) +
                       "; `spineseg-lab train … --folds all --bundle " + bundles.string() + "` makes them");
}

/// A model that has seen the patient would be measured on its memory.
Result<void> check_unseen(const fs::path& bundle, const std::vector<DatasetSeries>& series) {
    std::ifstream in(bundle / "training.json");
    const auto record = nlohmann::json::parse(in, nullptr, false);
    if (!record.is_object())
        return failure(ErrorCode::file_not_found,
                       (bundle / "training.json").string() +
                           " is missing or no JSON: nobody knows which patients the model has seen");
    for (const auto& [network, how] : record.items()) {
        if (!how.is_object() || !how.contains("patients") || !how["patients"].is_array())
            return failure(ErrorCode::file_unreadable,
                           (bundle / "training.json").string() + " lists no patients of the " + network);
        for (const auto& seen : how["patients"])
            for (const auto& one : series)
                if (seen.is_string() && seen.get<std::string>() == one.parsed.patient)
                    return failure(ErrorCode::invalid_argument,
                                   bundle.string() + ": the " + network + " was trained on patient " +
                                       one.parsed.patient + ", whom this fold validates on");
    }
    return {};
}

std::vector<DatasetSeries> of_fold(const std::vector<DatasetSeries>& series, const Fold& fold) {
    std::vector<DatasetSeries> chosen;
    for (const auto& one : series)
        if (listed(fold.validation, one.parsed)) chosen.push_back(one);
    return chosen;
}

Result<ValidatedCase> validate(Pipeline& pipeline, const DatasetSeries& series, int fold,
                               const SegmentRequest& request) {
    const auto image = read_volume(series.image);
    if (!image) return failure(image.error());
    const auto numbers = read_volume(series.mask);
    if (!numbers) return failure(numbers.error());
    if (series.labels.ignored())
        return failure(ErrorCode::invalid_argument,
                       series.mask.string() +
                           ": the data set has an ignore label; a Dice needs a truth that is complete");
    const auto truth = fold_labels(*numbers, series.labels);
    if (!truth) return failure(truth.error().code, series.mask.string() + ": " + truth.error().detail);
    ProgressLine line("fold " + std::to_string(fold) + ", " + series.name);
    const auto result = pipeline.run(*image, request, [&](const Progress& p) { return line.show(p); });
    if (!result) return failure(result.error().code, series.image.string() + ": " + result.error().detail);
    const auto presegmentation = overlap(result->presegmentation, *truth),
               consensus = overlap(result->labels, *truth);
    if (!consensus)
        return failure(consensus.error().code, series.mask.string() + ": " + consensus.error().detail);
    return ValidatedCase{fold, series.name, *presegmentation, *consensus};
}

struct Spread {
    double mean = 0, deviation = 0;  ///< of a sample: divided by n − 1
    int count = 0;
};

std::optional<double> value_of(const LabelOverlap& compared, int structure) {
    return structure < kStructures ? compared.dice[static_cast<std::size_t>(structure)] : compared.mean();
}

Spread spread(const std::vector<ValidatedCase>& cases, LabelOverlap ValidatedCase::*which, int structure) {
    std::vector<double> values;
    for (const auto& one : cases)
        if (const auto value = value_of(one.*which, structure)) values.push_back(*value);
    Spread result{.count = static_cast<int>(values.size())};
    for (const double value : values) result.mean += value / result.count;
    for (const double value : values) result.deviation += (value - result.mean) * (value - result.mean);
    result.deviation = result.count > 1 ? std::sqrt(result.deviation / (result.count - 1)) : 0;
    return result;
}

std::string name_of(int structure) {
    return structure < kStructures ? to_string(static_cast<Structure>(structure)) : "mean";
}

void print_table(const std::vector<ValidatedCase>& cases, const std::string& title) {
    std::printf("%-24s %18s %18s %12s\n", title.c_str(), "presegmentation", "whole pipeline", "difference");
    for (int structure = 0; structure <= kStructures; ++structure) {
        const Spread before = spread(cases, &ValidatedCase::presegmentation, structure);
        const Spread after = spread(cases, &ValidatedCase::pipeline, structure);
        if (before.count == 0 && after.count == 0) {
            std::printf("%-24s %18s %18s %12s\n", name_of(structure).c_str(), "absent", "absent", "");
            continue;
        }
        std::printf("%-24s %9.4f ± %.4f %9.4f ± %.4f %+12.4f\n", name_of(structure).c_str(), before.mean,
                    before.deviation, after.mean, after.deviation, after.mean - before.mean);
    }
}

nlohmann::json figures(const std::vector<ValidatedCase>& cases, LabelOverlap ValidatedCase::*which) {
    nlohmann::json json;
    for (int structure = 0; structure <= kStructures; ++structure) {
        const Spread figure = spread(cases, which, structure);
        json[name_of(structure)] = {{"mean", figure.mean}, {"sd", figure.deviation}, {"cases", figure.count}};
    }
    return json;
}

nlohmann::json dice_json(const LabelOverlap& compared) {
    nlohmann::json json;
    for (int structure = 0; structure <= kStructures; ++structure) {
        const auto value = value_of(compared, structure);
        json[name_of(structure)] = value ? nlohmann::json(*value) : nlohmann::json();
    }
    return json;
}

nlohmann::json report_of(const std::vector<ValidatedCase>& cases, const nlohmann::json& models) {
    nlohmann::json report{{"models", models},
                          {"presegmentation", figures(cases, &ValidatedCase::presegmentation)},
                          {"pipeline", figures(cases, &ValidatedCase::pipeline)},
                          {"cases", nlohmann::json::array()}};
    for (const auto& one : cases)
        report["cases"].push_back({{"fold", one.fold},
                                   {"series", one.name},
                                   {"presegmentation", dice_json(one.presegmentation)},
                                   {"pipeline", dice_json(one.pipeline)}});
    return report;
}

Result<void> run_crossvalidate(const CrossvalidateArguments& arguments) {
    const auto folds = read_splits(arguments.splits);
    if (!folds) return failure(folds.error());
    const auto numbers = fold_numbers(arguments.folds, folds->size());
    if (!numbers) return failure(numbers.error());
    const auto series = chosen_series(narrowed(arguments.data, arguments.rules));
    if (!series) return failure(series.error());
    std::vector<ValidatedCase> cases;
    nlohmann::json models;
    for (const int fold : *numbers) {
        const auto bundle = bundle_of(arguments.bundles, fold);
        if (!bundle) return failure(bundle.error());
        const auto validated = of_fold(*series, (*folds)[static_cast<std::size_t>(fold)]);
        if (validated.empty())
            return failure(ErrorCode::invalid_argument, "fold " + std::to_string(fold) + " of " +
                                                            arguments.splits +
                                                            " validates on no series that is in the data");
        if (auto unseen = check_unseen(*bundle, validated); !unseen) return unseen;
        ModelArguments model = arguments.model;
        model.folder = bundle->string();
        const auto segmenter = load_model(model);
        if (!segmenter) return failure(segmenter.error());
        models["fold_" + std::to_string(fold)] = (*segmenter)->manifest().digest();
        Pipeline pipeline(**segmenter);
        std::vector<ValidatedCase> of_this;
        for (const auto& one : validated) {
            auto made = validate(pipeline, one, fold, arguments.request);
            if (!made) return failure(made.error());
            of_this.push_back(std::move(*made));
        }
        print_table(of_this,
                    "fold " + std::to_string(fold) + " (" + std::to_string(of_this.size()) + " series)");
        std::printf("\n");
        cases.insert(cases.end(), of_this.begin(), of_this.end());
    }
    print_table(cases, "Dice of " + std::to_string(cases.size()) + " series");
    if (arguments.report.empty()) return {};
    return write_text(report_of(cases, models).dump(2) + "\n", arguments.report);
}

}  // namespace

void add_crossvalidate_command(CLI::App& app) {
    auto arguments = std::make_shared<CrossvalidateArguments>();  // lives as long as CLI11's callback
    CLI::App& command =
        *app.add_subcommand("crossvalidate", "Every fold's model on the patients that it was not trained on");
    command.add_option("--splits", arguments->splits, "splits_final.json of the training")->required();
    command.add_option("--bundles", arguments->bundles, "Folder with a bundle fold_K for each fold")
        ->required();
    command.add_option("--folds", arguments->folds, "all, or e.g. 0,2")->capture_default_str();
    command.add_option("--report", arguments->report, "JSON file for all figures");
    add_folder_options(command, arguments->data);
    command.get_option("--data")->required();
    add_case_options(command, arguments->rules);
    add_model_options(command, arguments->model);
    command.remove_option(command.get_option("--model"));  // every fold has its own
    command
        .add_option("--samples", arguments->request.samples, "Samples of the ensemble (default: the model's)")
        ->check(CLI::Range(1, 64));
    command.add_option("--steps", arguments->request.steps, "Diffusion steps (default: the model's)")
        ->check(CLI::Range(1, 1000));
    command.add_option("--seed", arguments->request.seed, "Seed of the noise")->capture_default_str();
    command.footer(
        "Dice is pooled over all voxels of a series, on its own grid, after the shipped postprocessing; mean "
        "± standard "
        "deviation over\nseries. A fold's model that was trained on one of its validation patients is "
        "refused.\nExample:\n"
        "  spineseg-lab crossvalidate --data SPIDER --splits splits_final.json --bundles models/cv --report "
        "cv.json");
    on_run(command, [arguments] { return run_crossvalidate(*arguments); });
}

}  // namespace spineseg

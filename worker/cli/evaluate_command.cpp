// SPDX-License-Identifier: GPL-3.0-or-later
/// `spineseg evaluate`: the whole pipeline against truth, on the SPIDER layout.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "worker/cli/command.h"
#include "worker/cli/loaded_model.h"
#include "worker/cli/output_folder.h"
#include "worker/cli/progress_line.h"
#include "worker/cli/training_data.h"
#include "worker/formats/volume_file.h"
#include "worker/label_overlap.h"
#include "worker/pipeline.h"

namespace spineseg {
namespace fs = std::filesystem;

namespace {

struct EvaluateArguments {
    std::string data;
    std::vector<std::string> ids;
    std::string report;
    ModelArguments model;
    SegmentRequest request;
};

struct EvaluatedCase {
    std::string id;
    std::string file;
    LabelOverlap consensus;
    LabelOverlap presegmentation;
    double seconds = 0.0;
};

Result<EvaluatedCase> evaluate_case(Pipeline& pipeline, const SegmentRequest& request, const std::string& id,
                                    const fs::path& image_file, const fs::path& mask_file) {
    const auto image = read_volume(image_file);
    if (!image) return failure(image.error());
    const auto truth = read_label_map(mask_file);
    if (!truth) return failure(truth.error());
    ProgressLine line(image_file.filename().string());
    const auto begin = std::chrono::steady_clock::now();
    const auto result = pipeline.run(*image, request, [&](const Progress& p) { return line.show(p); });
    if (!result) return failure(result.error().code, image_file.string() + ": " + result.error().detail);
    const auto consensus = overlap(result->labels, *truth);
    const auto presegmentation = overlap(result->presegmentation, *truth);
    if (!consensus)
        return failure(consensus.error().code, mask_file.string() + ": " + consensus.error().detail);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return EvaluatedCase{id, image_file.filename().string(), *consensus, *presegmentation, seconds};
}

std::optional<double> mean_of(const std::vector<EvaluatedCase>& cases, LabelOverlap EvaluatedCase::*which,
                              int structure) {
    double sum = 0.0;
    int count = 0;
    for (const auto& one : cases) {
        const LabelOverlap& compared = one.*which;
        const auto value =
            structure < kStructures ? compared.dice[static_cast<std::size_t>(structure)] : compared.mean();
        if (!value) continue;
        sum += *value;
        ++count;
    }
    if (count == 0) return std::nullopt;
    return sum / count;
}

nlohmann::json number(const std::optional<double>& value) {
    return value ? nlohmann::json(*value) : nlohmann::json();
}

nlohmann::json to_json(const LabelOverlap& compared) {
    nlohmann::json dice;
    for (int s = 0; s < kStructures; ++s)
        dice[to_string(static_cast<Structure>(s))] = number(compared.dice[static_cast<std::size_t>(s)]);
    dice["mean"] = number(compared.mean());
    return dice;
}

nlohmann::json means(const std::vector<EvaluatedCase>& cases, LabelOverlap EvaluatedCase::*which) {
    nlohmann::json dice;
    for (int s = 0; s < kStructures; ++s)
        dice[to_string(static_cast<Structure>(s))] = number(mean_of(cases, which, s));
    dice["mean"] = number(mean_of(cases, which, kStructures));
    return dice;
}

nlohmann::json report_of(const std::vector<EvaluatedCase>& cases, const Segmenter& segmenter,
                         const SegmentRequest& request) {
    const ModelManifest& manifest = segmenter.manifest();
    nlohmann::json report;
    report["model"] = {{"id", manifest.id}, {"version", manifest.version}, {"digest", manifest.digest()}};
    report["device"] = segmenter.describe_device();
    report["request"] = {{"samples", request.samples.value_or(manifest.diffusion.samples)},
                         {"steps", request.steps.value_or(manifest.diffusion.steps)},
                         {"seed", request.seed}};
    report["cases"] = nlohmann::json::array();
    for (const auto& one : cases)
        report["cases"].push_back({{"id", one.id},
                                   {"file", one.file},
                                   {"dice", to_json(one.consensus)},
                                   {"presegmentation_dice", to_json(one.presegmentation)},
                                   {"seconds", one.seconds}});
    report["mean"] = means(cases, &EvaluatedCase::consensus);
    report["presegmentation_mean"] = means(cases, &EvaluatedCase::presegmentation);
    return report;
}

void print_row(const std::string& name, const std::array<std::optional<double>, kStructures + 1>& dice,
               const std::optional<double>& presegmentation, double seconds) {
    std::printf("%-24s", name.c_str());
    for (const auto& value : dice) {
        if (value)
            std::printf(" %8.4f", *value);
        else
            std::printf(" %8s", "-");
    }
    if (presegmentation)
        std::printf(" %10.4f", *presegmentation);
    else
        std::printf(" %10s", "-");
    std::printf(" %7.1f\n", seconds);
}

void print_table(const std::vector<EvaluatedCase>& cases) {
    std::printf("%-24s %8s %8s %8s %8s %10s %7s\n", "case (Dice)", "canal", "vertebra", "disc", "mean",
                "preseg.", "s");
    double seconds = 0.0;
    for (const auto& one : cases) {
        const auto& dice = one.consensus.dice;
        print_row(one.file, {dice[0], dice[1], dice[2], one.consensus.mean()}, one.presegmentation.mean(),
                  one.seconds);
        seconds += one.seconds;
    }
    const auto mean = [&](int s) { return mean_of(cases, &EvaluatedCase::consensus, s); };
    print_row("mean of " + std::to_string(cases.size()) + " cases", {mean(0), mean(1), mean(2), mean(3)},
              mean_of(cases, &EvaluatedCase::presegmentation, kStructures), seconds);
}

Result<void> run_evaluate(const EvaluateArguments& arguments) {
    std::vector<std::pair<std::string, fs::path>> images;
    for (const auto& id : arguments.ids) {
        const auto found = images_of(arguments.data, id);
        if (!found) return failure(found.error());
        for (const auto& image : *found) images.emplace_back(id, image);
    }
    const auto segmenter = load_model(arguments.model);
    if (!segmenter) return failure(segmenter.error());
    Pipeline pipeline(**segmenter);
    std::vector<EvaluatedCase> cases;
    for (const auto& [id, image] : images) {
        const fs::path mask = fs::path(arguments.data) / "masks" / image.filename();
        auto evaluated = evaluate_case(pipeline, arguments.request, id, image, mask);
        if (!evaluated) return failure(evaluated.error());
        cases.push_back(std::move(*evaluated));
    }
    print_table(cases);
    if (arguments.report.empty()) return {};
    return write_text(report_of(cases, **segmenter, arguments.request).dump(2) + "\n", arguments.report);
}

}  // namespace

void add_evaluate_command(CLI::App& app) {
    auto arguments = std::make_shared<EvaluateArguments>();  // lives as long as CLI11's callback
    CLI::App& command = *app.add_subcommand("evaluate", "Dice of the whole pipeline against label maps");
    command.footer(
        "DATA has SPIDER's layout: images/<id>_*.mha and masks/ with the same names. Dice is pooled over all "
        "voxels of a\n"
        "case and averaged over cases; a structure that neither map has does not count. `preseg.` is the "
        "mean Dice of the\n"
        "presegmentation alone.");
    command.add_option("--data", arguments->data, "Folder with images/ and masks/")->required();
    command.add_option("--ids", arguments->ids, "Cases, e.g. 18,55,98")->delimiter(',')->required();
    command.add_option("--report", arguments->report, "JSON file for all figures");
    add_model_options(command, arguments->model);
    command
        .add_option("--samples", arguments->request.samples, "Samples of the ensemble (default: the model's; 0: the presegmentation alone)")
        ->check(CLI::Range(0, 64));
    command.add_option("--steps", arguments->request.steps, "Diffusion steps (default: the model's)")
        ->check(CLI::Range(1, 1000));
    command.add_option("--seed", arguments->request.seed, "Seed of the noise")->capture_default_str();
    on_run(command, [arguments] { return run_evaluate(*arguments); });
}

}  // namespace spineseg

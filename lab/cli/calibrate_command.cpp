// SPDX-License-Identifier: GPL-3.0-or-later
/// `spineseg-lab calibrate`: temperatures and verdict thresholds of a bundle, from patients that it was not
/// trained on.

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "lab/cli/evaluation_cases.h"
#include "lab/cli/evaluation_table.h"
#include "lab/cli/lab_commands.h"
#include "lab/evaluation/calibration_pixels.h"
#include "lab/evaluation/case_evaluation.h"
#include "lab/evaluation/probability_score.h"
#include "lab/evaluation/temperature_fit.h"
#include "lab/evaluation/verdict_thresholds.h"
#include "worker/cli/loaded_model.h"
#include "worker/cli/output_folder.h"
#include "worker/cli/progress_line.h"
#include "worker/job/model_folder.h"

namespace spineseg {
namespace fs = std::filesystem;

namespace {

struct CalibrateArguments {
    CaseSelection cases;
    ModelArguments model;
    SegmentRequest request;
    bool temperatures_only = false;
};

/// What the verdict is fitted to where nothing else is asked for: each case once as it is, and spoilt.
const std::vector<std::string> kDegradations{
    "none",     "motion:0.4", "motion:1", "ghost:0.4", "ghost:1",        "noise:0.3",
    "noise:1",  "blur:0.5",   "blur:1",   "clip:0.4",  "clip:1",         "region:0.4",
    "region:1", "lean:0.6",   "lean:1",   "small:0.6", "front_to_back:1"};

/// Calibration of the three structures, one against the rest, in the band.
struct BandFigures {
    std::array<ProbabilityScore, kStructures> score;

    BandFigures(const std::vector<LabelledPixel>& pixels, const StructureTemperatures& temperatures) {
        for (const LabelledPixel& pixel : pixels) {
            const LabelledPixel seen = tempered(pixel, temperatures);
            for (std::size_t s = 0; s < kStructures; ++s)
                score[s].add(static_cast<double>(seen.probability[s + 1]),
                             static_cast<double>(pixel.truth[s + 1]));
        }
    }
    nlohmann::json ece() const {
        nlohmann::json object;
        for (std::size_t s = 0; s < kStructures; ++s)
            object[to_string(static_cast<Structure>(s))] =
                score[s].expected_calibration_error().value_or(0.0);
        return object;
    }
};

nlohmann::json to_json(const PerStructure& values) {
    return {{"canal", values.canal}, {"vertebra", values.vertebra}, {"disc", values.disc}};
}

/// training.json records the patients, because later figures on them are not independent.
Result<void> store(const fs::path& bundle, const ModelManifest& manifest, const std::string& name,
                   const nlohmann::json& how) {
    if (const auto sound = ModelManifest::parse(manifest.to_json()); !sound) return failure(sound.error());
    std::ifstream before(bundle / "training.json");
    nlohmann::json record = nlohmann::json::parse(before, nullptr, false);
    if (!record.is_object()) record = nlohmann::json::object();
    record[name] = how;
    if (auto written = write_text(record.dump(2) + "\n", bundle / "training.json"); !written) return written;
    return write_text(manifest.to_json(), bundle / "manifest.json");
}

Result<void> fit_and_store_temperatures(const CalibrateArguments& arguments,
                                        const std::vector<SelectedFile>& files, const fs::path& bundle) {
    const auto segmenter = load_model(arguments.model);
    if (!segmenter) return failure(segmenter.error());
    Pipeline pipeline(**segmenter);
    CaseSelection as_they_are = arguments.cases;
    as_they_are.degradations.clear();
    std::vector<LabelledPixel> pixels;
    const auto visited = visit_cases(as_they_are, files, [&](const CaseToEvaluate& one) -> Result<void> {
        ProgressLine line(one.file);
        const auto traced = pipeline.run_traced(one.image, arguments.request,
                                                [&](const Progress& p) { return line.show(p); });
        if (!traced) return failure(traced.error());
        return add_band_pixels(*traced, one.image, one.truth, (*segmenter)->manifest().input, pixels);
    });
    if (!visited) return visited;
    const StructureTemperatures none{1.0, 1.0, 1.0};
    const StructureTemperatures fitted = fit_temperatures(pixels);
    ModelManifest manifest = (*segmenter)->manifest();
    // The pixels carry the temperatures that are in force: q^(1/T) of p^(1/T0) is p^(1/(T·T0)).
    PerStructure& structure = manifest.calibration.structure;
    manifest.self_test.reset();  // its expected probabilities have the temperatures of before
    const auto within = [](double t) { return std::clamp(t, 1.0 / kMostTemperature, kMostTemperature); };
    structure.canal = within(structure.canal * fitted[0]);
    structure.vertebra = within(structure.vertebra * fitted[1]);
    structure.disc = within(structure.disc * fitted[2]);
    const nlohmann::json how = {
        {"patients", arguments.cases.ids},
        {"band_pixels", pixels.size()},
        {"temperatures", to_json(structure)},
        {"before",
         {{"nll", negative_log_likelihood(pixels, none)}, {"band_ece", BandFigures(pixels, none).ece()}}},
        {"after",
         {{"nll", negative_log_likelihood(pixels, fitted)},
          {"band_ece", BandFigures(pixels, fitted).ece()}}}};
    std::printf("temperatures of canal, vertebra, disc: %.3f %.3f %.3f\n", structure.canal,
                structure.vertebra, structure.disc);
    std::printf("before: NLL %.5f, band ECE %s\nafter:  NLL %.5f, band ECE %s\n",
                how["before"]["nll"].get<double>(), how["before"]["band_ece"].dump().c_str(),
                how["after"]["nll"].get<double>(), how["after"]["band_ece"].dump().c_str());
    return store(bundle, manifest, "calibration", how);
}

Result<void> fit_and_store_thresholds(const CalibrateArguments& arguments,
                                      const std::vector<SelectedFile>& files, const fs::path& bundle) {
    const auto segmenter = load_model(arguments.model);  // anew: with the temperatures
    if (!segmenter) return failure(segmenter.error());
    Pipeline pipeline(**segmenter);
    CaseSelection spoilt = arguments.cases;
    if (spoilt.degradations.empty()) spoilt.degradations = kDegradations;
    EvaluationReport report = new_report(**segmenter, arguments.request);
    print_case_header(report.structures);
    const auto visited = visit_cases(spoilt, files, [&](const CaseToEvaluate& one) -> Result<void> {
        ProgressLine line(one.file);
        auto evaluated = evaluate_case(
            one, pipeline, arguments.request, [&](const Progress& p) { return line.show(p); }, report);
        line.clear();
        if (evaluated) print_case(report.cases.back(), report.structures);
        return evaluated;
    });
    if (!visited) return visited;
    const auto fitted = fit_thresholds(report.cases);
    if (!fitted) return failure(fitted.error());
    ModelManifest manifest = (*segmenter)->manifest();
    manifest.quality.review_below = fitted->review_below;
    manifest.quality.reject_below = fitted->reject_below;
    const auto per_structure = [](const std::array<double, kStructures>& values) {
        return PerStructure{values[0], values[1], values[2]};
    };
    manifest.quality.review_structure_below = per_structure(fitted->review_structure_below);
    manifest.quality.reject_structure_below = per_structure(fitted->reject_structure_below);
    print_means(report);
    std::printf("review below %.3f, canal, vertebra, disc %s\nreject below %.3f, canal, vertebra, disc %s\n",
                fitted->review_below, to_json(manifest.quality.review_structure_below).dump().c_str(),
                fitted->reject_below, to_json(*manifest.quality.reject_structure_below).dump().c_str());
    return store(bundle, manifest, "quality",
                 {{"patients", arguments.cases.ids},
                  {"degradations", spoilt.degradations},
                  {"slices", spoilt.slices},
                  {"cases", report.cases.size()},
                  {"review_below", fitted->review_below},
                  {"reject_below", fitted->reject_below},
                  {"review_structure_below", to_json(manifest.quality.review_structure_below)},
                  {"reject_structure_below", to_json(*manifest.quality.reject_structure_below)}});
}

Result<void> run_calibrate(const CalibrateArguments& arguments) {
    const auto files = select_files(arguments.cases);
    if (!files) return failure(files.error());
    const auto bundle = find_model(arguments.model.folder);
    if (!bundle) return failure(bundle.error());
    if (auto done = fit_and_store_temperatures(arguments, *files, *bundle); !done) return done;
    if (arguments.temperatures_only) return {};
    return fit_and_store_thresholds(arguments, *files, *bundle);
}

}  // namespace

void add_calibrate_command(CLI::App& app) {
    auto arguments = std::make_shared<CalibrateArguments>();  // lives as long as CLI11's callback
    CLI::App& command =
        *app.add_subcommand("calibrate", "Fit a bundle's temperatures and quality thresholds to patients");
    command.footer(
        "Writes them into the bundle's manifest, and the patients and the figures before and after into its "
        "training.json.\n"
        "Take patients that the bundle was not trained on: on its own training data every model looks too "
        "sure by less than\n"
        "it is. The temperatures minimise the negative log-likelihood within 12 mm of a structure; the "
        "thresholds part the\n"
        "cases whose Dice is good from those that --degrade damaged. The model's digest changes: running jobs "
        "keep the old one.\n"
        "The bundle's self-test is dropped; make it anew with `self-test --write`.");
    add_case_options(command, arguments->cases);
    add_study_options(command, arguments->cases);
    command.add_flag("--temperatures-only", arguments->temperatures_only, "Leave the thresholds as they are");
    add_model_options(command, arguments->model);
    command.add_option("--seed", arguments->request.seed, "Seed of the noise")->capture_default_str();
    on_run(command, [arguments] { return run_calibrate(*arguments); });
}

}  // namespace spineseg

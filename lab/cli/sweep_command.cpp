// SPDX-License-Identifier: GPL-3.0-or-later
/// `spineseg-lab sweep`: what steps and samples of the diffusion are worth, and what they cost.

#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "lab/cli/evaluation_cases.h"
#include "lab/cli/lab_commands.h"
#include "lab/cli/sweep_report.h"
#include "lab/evaluation/case_evaluation.h"
#include "worker/cli/loaded_model.h"
#include "worker/cli/output_folder.h"
#include "worker/cli/progress_line.h"

namespace spineseg {
namespace {

struct SweepArguments {
    CaseSelection cases;
    std::vector<int> steps{1, 2, 3, 5, 10, 20, 50};
    std::vector<int> samples{1, 3, 5, 15};
    std::uint64_t seed = 0;
    std::string report;
    ModelArguments model;
};

/// The networks' and the consensus' time.
double seconds_of(const Segmentation& segmentation) {
    double seconds = 0.0;
    for (const auto stage : {Stage::presegmentation, Stage::diffusion}) {
        const auto found = segmentation.seconds.find(std::string(to_string(stage)));
        if (found != segmentation.seconds.end()) seconds += found->second;
    }
    return seconds;
}

/// Steps and samples 0: the presegmentation alone.
Result<SweepCell> sweep_cell(const SweepArguments& arguments, const std::vector<SelectedFile>& files,
                             Segmenter& segmenter, int steps, int samples) {
    Pipeline pipeline(segmenter);
    SegmentRequest request;
    if (steps > 0) request.steps = steps;
    request.samples = samples;
    request.seed = arguments.seed;
    EvaluationReport report = new_report(segmenter, request);
    double seconds = 0.0;
    int slices = 0;
    const std::string what = steps > 0
                                 ? std::to_string(steps) + " steps, " + std::to_string(samples) + " samples, "
                                 : "no diffusion, ";
    auto visited = visit_cases(arguments.cases, files, [&](const CaseToEvaluate& one) -> Result<void> {
        ProgressLine line(what + one.file);
        const auto traced =
            pipeline.run_traced(one.image, request, [&](const Progress& p) { return line.show(p); });
        if (!traced) return failure(traced.error());
        auto judged = judge(*traced, one.truth, report);
        if (!judged) return failure(judged.error());
        report.cases.push_back(std::move(*judged));
        seconds += seconds_of(traced->segmentation);
        slices += one.image.geometry.slices;
        return {};
    });
    if (!visited) return failure(visited.error());
    return cell_of(report, steps, samples, seconds, slices);
}

bool is_done(const std::vector<SweepCell>& cells, int steps, int samples) {
    return std::any_of(cells.begin(), cells.end(),
                       [&](const SweepCell& c) { return c.steps == steps && c.samples == samples; });
}

Result<void> run_sweep(const SweepArguments& arguments) {
    const auto files = select_files(arguments.cases);
    if (!files) return failure(files.error());
    const auto segmenter = load_model(arguments.model);
    if (!segmenter) return failure(segmenter.error());
    const ModelManifest& manifest = (*segmenter)->manifest();
    const SweepPlan plan{.model = manifest.id + " " + manifest.version,
                         .model_digest = manifest.digest(),
                         .device = (*segmenter)->describe_device(),
                         .ids = arguments.cases.ids,
                         .every = arguments.cases.every,
                         .slices = arguments.cases.slices,
                         .seed = arguments.seed,
                         .samples = arguments.samples};
    std::vector<SweepCell> cells;
    if (!arguments.report.empty()) {
        auto earlier = read_sweep(arguments.report, plan);
        if (!earlier) return failure(earlier.error());
        cells = std::move(*earlier);
    }
    std::vector<std::pair<int, int>> all{{0, 0}};
    for (const int steps : arguments.steps)
        for (const int samples : arguments.samples) all.emplace_back(steps, samples);
    for (const auto& [steps, samples] : all) {
        if (is_done(cells, steps, samples)) continue;
        auto cell = sweep_cell(arguments, *files, **segmenter, steps, samples);
        if (!cell) return failure(cell.error());
        cells.push_back(std::move(*cell));
        if (arguments.report.empty()) continue;
        auto written = write_text(to_json(plan, cells).dump(2) + "\n", arguments.report);
        if (!written) return written;
    }
    std::printf("%s", markdown_table(cells).c_str());
    return {};
}

}  // namespace

void add_sweep_command(CLI::App& app) {
    auto arguments = std::make_shared<SweepArguments>();  // lives as long as CLI11's callback
    CLI::App& command = *app.add_subcommand("sweep", "Dice, calibration and time over steps and samples");
    command.footer(
        "Every pair of steps and samples runs by itself; the samples of a smaller number are the first ones "
        "of a "
        "larger one.\nPrints a Markdown table. With --report the figures are kept after every pair, and the "
        "same command goes on after an interrupt.\n"
        "The presegmentation's weight in the consensus is the model's; seconds are of the networks and the "
        "consensus.");
    add_case_options(command, arguments->cases);
    command.add_option("--every", arguments->cases.every, "Only every n-th slice")
        ->check(CLI::Range(1, 512))
        ->capture_default_str();
    command.add_option("--steps", arguments->steps, "Numbers of diffusion steps")
        ->delimiter(',')
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    command.add_option("--samples", arguments->samples, "Numbers of samples")
        ->delimiter(',')
        ->check(CLI::Range(1, 64))
        ->capture_default_str();
    command.add_option("--seed", arguments->seed, "Seed of the noise")->capture_default_str();
    command.add_option("--report", arguments->report, "JSON file for all figures");
    add_model_options(command, arguments->model);
    on_run(command, [arguments] { return run_sweep(*arguments); });
}

}  // namespace spineseg

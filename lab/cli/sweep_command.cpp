// SPDX-License-Identifier: GPL-3.0-or-later
/// `spineseg-lab sweep`: what steps and samples of the diffusion are worth, and what they cost.

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

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

/// Cases of one number of steps, each with every number of samples.
struct SweepRow {
    EvaluationReport report;
    double seconds = 0.0;
};

Result<std::vector<SweepCell>> sweep_steps(const SweepArguments& arguments,
                                           const std::vector<SelectedFile>& files, Segmenter& segmenter,
                                           int steps, const std::vector<int>& samples) {
    Pipeline pipeline(segmenter);
    SegmentRequest request;
    if (steps > 0) request.steps = steps;
    request.seed = arguments.seed;
    std::map<int, SweepRow> rows;
    for (const int count : samples) rows[count].report = new_report(segmenter, request);
    int slices = 0;
    auto visited = visit_cases(arguments.cases, files, [&](const CaseToEvaluate& one) -> Result<void> {
        ProgressLine line((steps > 0 ? std::to_string(steps) + " steps, " : "no diffusion, ") + one.file);
        auto nested =
            pipeline.run_nested(one.image, request, samples, [&](const Progress& p) { return line.show(p); });
        if (!nested) return failure(nested.error());
        for (const NestedSegmentation& result : *nested) {
            SweepRow& row = rows[result.samples];
            auto judged = judge(result.traced, one.truth, row.report);
            if (!judged) return failure(judged.error());
            row.report.cases.push_back(std::move(*judged));
            row.seconds += result.seconds;
        }
        slices += one.image.geometry.slices;
        return {};
    });
    if (!visited) return failure(visited.error());
    std::vector<SweepCell> cells;
    for (const auto& [count, row] : rows)
        cells.push_back(cell_of(row.report, steps, count, row.seconds, slices));
    return cells;
}

bool is_done(const std::vector<SweepCell>& cells, int steps) {
    return std::any_of(cells.begin(), cells.end(), [&](const SweepCell& c) { return c.steps == steps; });
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
    std::vector<int> all_steps{0};  // 0: the presegmentation alone
    all_steps.insert(all_steps.end(), arguments.steps.begin(), arguments.steps.end());
    for (const int steps : all_steps) {
        if (is_done(cells, steps)) continue;
        auto found = sweep_steps(arguments, *files, **segmenter, steps,
                                 steps == 0 ? std::vector<int>{0} : arguments.samples);
        if (!found) return failure(found.error());
        cells.insert(cells.end(), found->begin(), found->end());
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
        "Every number of steps runs once with the most samples; fewer samples are the first of them. Prints "
        "a "
        "Markdown table.\n"
        "With --report the figures are kept after every number of steps, and the same command goes on after "
        "an interrupt.\n"
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

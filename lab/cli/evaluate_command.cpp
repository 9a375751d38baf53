// SPDX-License-Identifier: GPL-3.0-or-later
/// `spineseg-lab evaluate`: the whole pipeline against truth, on the SPIDER layout.

#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "lab/cli/evaluation_cases.h"
#include "lab/cli/evaluation_table.h"
#include "lab/cli/lab_commands.h"
#include "lab/evaluation/case_evaluation.h"
#include "lab/evaluation/evaluation_page.h"
#include "worker/cli/loaded_model.h"
#include "worker/cli/output_folder.h"
#include "worker/cli/progress_line.h"
#include "worker/pipeline/pipeline.h"

namespace spineseg {
namespace {

struct EvaluateArguments {
    CaseSelection cases;
    std::vector<std::string> structures;
    std::string report;
    std::string page;
    ModelArguments model;
    SegmentRequest request;
};

std::vector<Structure> structures_named(const std::vector<std::string>& names) {
    std::vector<Structure> structures;
    for (int s = 0; s < kStructures; ++s) {
        const auto structure = static_cast<Structure>(s);
        if (names.empty() || std::find(names.begin(), names.end(), to_string(structure)) != names.end())
            structures.push_back(structure);
    }
    return structures;
}

/// After every case, so that a long run can be looked at and an interrupted one is not lost.
Result<void> write_report(const EvaluateArguments& arguments, const EvaluationReport& report) {
    if (!arguments.report.empty()) {
        auto written = write_text(to_json(report).dump(2) + "\n", arguments.report);
        if (!written) return written;
    }
    if (arguments.page.empty()) return {};
    return write_text(evaluation_page(report), arguments.page);
}

Result<void> run_evaluate(const EvaluateArguments& arguments) {
    const auto files = select_files(arguments.cases);
    if (!files) return failure(files.error());
    const auto segmenter = load_model(arguments.model);
    if (!segmenter) return failure(segmenter.error());
    Pipeline pipeline(**segmenter);
    EvaluationReport report = new_report(**segmenter, arguments.request);
    report.structures = structures_named(arguments.structures);
    print_case_header(report.structures);
    const auto visited = visit_cases(arguments.cases, *files, [&](const CaseToEvaluate& one) -> Result<void> {
        ProgressLine line(one.file);
        auto evaluated = evaluate_case(
            one, pipeline, arguments.request, [&](const Progress& p) { return line.show(p); }, report);
        if (!evaluated) return evaluated;
        line.clear();
        print_case(report.cases.back(), report.structures);
        return write_report(arguments, report);
    });
    if (!visited) return visited;
    print_means(report);
    return {};
}

}  // namespace

void add_evaluate_command(CLI::App& app) {
    auto arguments = std::make_shared<EvaluateArguments>();  // lives as long as CLI11's callback
    CLI::App& command = *app.add_subcommand("evaluate", "The whole pipeline against label maps");
    command.footer(
        "DATA has SPIDER's layout: images/<id>_*.mha and masks/ with the same names. Dice is pooled over all "
        "voxels of a\n"
        "case and averaged over cases; a structure that neither map has does not count. `preseg.` is the "
        "mean Dice of the\n"
        "presegmentation alone. Band: within 12 mm of a structure. The report holds every figure of every "
        "case and slice;\n"
        "the page draws them. Both are written again after every case.");
    add_case_options(command, arguments->cases);
    command
        .add_option("--structures", arguments->structures,
                    "The structures that the truth has, if not all: canal, vertebra, disc")
        ->delimiter(',')
        ->check(CLI::IsMember({"canal", "vertebra", "disc"}));
    command.add_option("--report", arguments->report, "JSON file for all figures");
    command.add_option("--page", arguments->page, "HTML file for tables and charts");
    add_study_options(command, arguments->cases);
    add_model_options(command, arguments->model);
    command
        .add_option("--samples", arguments->request.samples,
                    "Samples of the ensemble (default: the model's; 0: the presegmentation alone)")
        ->check(CLI::Range(0, 64));
    command.add_option("--steps", arguments->request.steps, "Diffusion steps (default: the model's)")
        ->check(CLI::Range(1, 1000));
    command.add_option("--seed", arguments->request.seed, "Seed of the noise")->capture_default_str();
    on_run(command, [arguments] { return run_evaluate(*arguments); });
}

}  // namespace spineseg

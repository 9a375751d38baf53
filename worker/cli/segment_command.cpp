// SPDX-License-Identifier: GPL-3.0-or-later
/// `spineseg segment`: one series or volume, all its results.

#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/digest.h"
#include "dicom/read/series.h"
#include "worker/cli/command.h"
#include "worker/cli/loaded_model.h"
#include "worker/cli/output_folder.h"
#include "worker/cli/progress_line.h"
#include "worker/cli/rules_file.h"
#include "worker/cli/truth_comparison.h"
#include "worker/daemon/local_clock.h"
#include "worker/drawing/overview.h"
#include "worker/inference/segmentation/stage_convolutions.h"
#include "worker/job/series_segmentation.h"
#include "worker/model_grid/sagittal_stack.h"
#include "worker/volume_files/volume_file.h"

namespace spineseg {
namespace fs = std::filesystem;

namespace {

struct SegmentArguments {
    std::string input;
    std::string output;
    std::string truth;
    std::string rules;
    ModelArguments model;
    std::optional<int> samples;
    std::optional<int> steps;
    std::optional<std::uint64_t> seed;
    std::vector<std::string> outputs;
    bool json = false;
};

/// What was read: a volume, and the series around it where it came as DICOM.
struct SegmentInput {
    Volume volume;
    std::optional<dicom::Series> series;
};

Result<SegmentInput> read_input(const fs::path& path, const ImageWords& words) {
    std::error_code error;
    if (!fs::exists(path, error))
        return failure(ErrorCode::file_not_found, path.string() + " does not exist");
    if (!fs::is_directory(path, error)) {
        auto volume = read_volume(path);
        if (!volume) return failure(volume.error());
        return SegmentInput{std::move(*volume), std::nullopt};
    }
    dicom::ReadLimits limits;
    limits.words = words;
    auto series = dicom::read_series(path, limits);
    if (!series) return failure(series.error().code, path.string() + ": " + series.error().detail);
    Volume volume = series->volume;
    return SegmentInput{std::move(volume), std::move(*series)};
}

Result<Segmentation> segment(const SegmentInput& input, const SegmentArguments& arguments,
                             Segmenter& segmenter) {
    Pipeline pipeline(segmenter);
    SegmentRequest request{arguments.samples, arguments.steps, 0};
    request.seed = arguments.seed.value_or(input.series ? default_seed(input.series->fingerprint) : 0);
    ProgressLine line(fs::path(arguments.input).filename().string());
    const auto show = [&](const Progress& progress) { return line.show(progress); };
    if (input.series) return segment_series(*input.series, pipeline, request, show);
    return pipeline.run(input.volume, request, show);
}

Result<void> write_overview_picture(const SegmentInput& input, const Segmentation& result,
                                    const ModelManifest& model, const std::optional<LabelOverlap>& compared,
                                    const fs::path& file) {
    const auto image = as_sagittal_stack(input.volume);
    const auto labels = as_sagittal_stack(result.labels);
    const auto uncertainty = as_sagittal_stack(result.uncertainty);
    if (!image) return failure(image.error());
    OverviewCaption caption;
    caption.verdict =
        result.quality.verdict == QualityVerdict::pass
            ? std::string()
            : std::string(result.quality.verdict == QualityVerdict::review ? "REVIEW" : "REJECTED") + ": " +
                  result.quality.reason;
    caption.title = model.id + " " + model.version + " · seed " + std::to_string(result.used.seed) + " · " +
                    std::to_string(result.used.samples.value_or(0)) + " samples × " +
                    std::to_string(result.used.steps.value_or(0)) + " steps";
    if (compared) caption.footnote = dice_line(*compared);
    return write_overview(*image, *labels, *uncertainty, caption, file);
}

const char* file_stem(ResultKind kind) {
    switch (kind) {
        case ResultKind::segmentation:
            return "segmentation";
        case ResultKind::parametric_map:
            return "uncertainty";
        case ResultKind::measurement_report:
            return "report";
        case ResultKind::contours:
            return "contours";
        case ResultKind::heat_map:
            return "heatmap";
        case ResultKind::vertebra_parts:
            return "parts";
        case ResultKind::disagreement_map:
            break;
    }
    return "disagreement";
}

/// "report.dcm"; where there are several of a kind "contours-01.dcm", ...; the first Segmentation keeps its
/// plain name.
std::string file_name(ResultKind kind, int number) {
    const bool picture = kind == ResultKind::contours || kind == ResultKind::heat_map;
    if (!picture && number == 1) return std::string(file_stem(kind)) + ".dcm";
    char name[64];
    std::snprintf(name, sizeof name, "%s-%02d.dcm", file_stem(kind), number);
    return name;
}

Result<void> write_dicom_results(const dicom::Series& series, const Segmentation& result,
                                 const SpineFindings& column, const ModelManifest& model,
                                 const OutputPlan& outputs, const fs::path& folder) {
    const auto files = write_results(series, result, column, model, local_time_now(), outputs);
    if (!files) return failure(files.error());
    std::map<ResultKind, int> numbers;
    for (const auto& file : *files) {
        const int number = ++numbers[file.object.kind];
        auto written = write_bytes(file.dicom, folder / file_name(file.object.kind, number));
        if (!written) return failure(written.error());
    }
    return {};
}

Result<OutputPlan> parse_outputs(const std::vector<std::string>& names) {
    if (names.empty()) return default_outputs();
    auto plan = parse_output_plan(names);
    if (!plan) return failure(plan.error().code, "--outputs: " + plan.error().detail);
    return plan;
}

nlohmann::json to_json(const LabelOverlap& compared) {
    nlohmann::json dice;
    for (int s = 0; s < kStructures; ++s) {
        const auto& value = compared.dice[static_cast<std::size_t>(s)];
        dice[to_string(static_cast<Structure>(s))] = value ? nlohmann::json(*value) : nlohmann::json();
    }
    return dice;
}

/// "L5 to T11, numbered from the sacrum", or why not.
std::string levels_line(const SpineFindings& column) {
    const auto& levels = column.levels;
    if (levels.structures.empty()) return "no levels";
    std::string lowest, highest;
    for (const auto& structure : levels.structures) {
        if (structure.structure != Structure::vertebra) continue;
        if (highest.empty() && levels.numbering.names(structure.ordinal))
            highest = level_name(structure.structure, structure.ordinal);
        lowest = level_name(structure.structure, structure.ordinal);
    }
    std::string line = levels.numbering.determined ? lowest + " to " + highest + ", numbered from the sacrum"
                                                   : "levels not determined";
    for (const auto doubt : levels.numbering.doubts) line += std::string("; ") + explanation(doubt);
    return line;
}

void print(const SegmentArguments& arguments, const SegmentInput& input, const Segmentation& result,
           const SpineFindings& column, const Segmenter& segmenter,
           const std::optional<LabelOverlap>& compared) {
    auto summary = nlohmann::json::parse(summary_json(result, column));
    const auto left_aside = input.series ? input.series->left_aside : std::vector<std::string>();
    if (arguments.json) {
        summary["model"] = {{"id", segmenter.manifest().id},
                            {"version", segmenter.manifest().version},
                            {"digest", segmenter.manifest().digest()}};
        summary["device"] = segmenter.describe_device();
        summary["convolutions"] = {
            {"presegmentation", to_string(segmenter.convolutions().presegmentation.chosen)},
            {"diffusion", to_string(segmenter.convolutions().diffusion.chosen)}};
        summary["left_aside"] = left_aside;
        if (compared) summary["dice"] = to_json(*compared);
        std::printf("%s\n", summary.dump(2).c_str());
        return;
    }
    double seconds = 0.0;
    for (const auto& [stage, duration] : result.seconds) seconds += duration;
    std::printf("%s %s on %s, %.1f s, seed %llu\n", segmenter.manifest().id.c_str(),
                segmenter.manifest().version.c_str(), segmenter.describe_device().c_str(), seconds,
                static_cast<unsigned long long>(result.used.seed));
    for (const auto& [structure, millilitres] : summary["millilitres"].items())
        std::printf("  %-9s %7.1f ml\n", structure.c_str(), millilitres.get<double>());
    std::printf("Quality: %s, score %.2f%s%s\n", to_string(result.quality.verdict), result.quality.score,
                result.quality.reason.empty() ? "" : "; ", result.quality.reason.c_str());
    std::printf("%s\n", levels_line(column).c_str());
    if (compared) std::printf("%s\n", dice_line(*compared).c_str());
    for (const auto& aside : left_aside) std::printf("Left aside: %s\n", aside.c_str());
    std::printf("Results in %s. Research use only.\n", arguments.output.c_str());
}

Result<void> run_segment(const SegmentArguments& arguments) {
    const fs::path folder(arguments.output);
    const auto outputs = parse_outputs(arguments.outputs);
    if (!outputs) return failure(outputs.error());
    const auto rules = read_rules_file(arguments.rules);
    if (!rules) return failure(rules.error());
    const auto input = read_input(arguments.input, rules->images);
    if (!input) return failure(input.error());
    const auto segmenter = load_model(arguments.model);
    if (!segmenter) return failure(segmenter.error());
    auto result = segment(*input, arguments, **segmenter);
    if (!result) return failure(result.error().code, arguments.input + ": " + result.error().detail);
    const auto column = read_column(result->labels, result->uncertainty, result->probability,
                                    result->levels ? &*result->levels : nullptr);
    if (!column) return failure(column.error());
    doubt_column(*result, input->volume, *column);
    std::optional<LabelOverlap> compared;
    if (!arguments.truth.empty()) {
        auto truth = compare_with_truth(result->labels, arguments.truth);
        if (!truth) return failure(truth.error());
        compared = *truth;
    }
    if (auto made = make_output_folder(folder); !made) return made;
    if (auto written = write_mha(result->labels, folder / "labels.mha"); !written) return written;
    if (auto written = write_mha(result->uncertainty, folder / "uncertainty.mha"); !written) return written;
    if (result->original_uncertainty) {
        auto written = write_mha(*result->original_uncertainty, folder / "original_uncertainty.mha");
        if (!written) return written;
    }
    const ModelManifest& model = (*segmenter)->manifest();
    if (auto written = write_overview_picture(*input, *result, model, compared, folder / "overview.png");
        !written)
        return written;
    if (input->series) {
        if (auto written = write_dicom_results(*input->series, *result, *column, model, *outputs, folder);
            !written)
            return written;
    }
    if (auto written = write_mha(column->levels.labels, folder / "levels.mha"); !written) return written;
    print(arguments, *input, *result, *column, **segmenter, compared);
    return {};
}

}  // namespace

void add_segment_command(CLI::App& app) {
    auto arguments = std::make_shared<SegmentArguments>();  // lives as long as CLI11's callback
    CLI::App& command = *app.add_subcommand("segment", "Segment one sagittal lumbar MRI series");
    command.footer(
        "Writes labels.mha (0 background, 1 vertebra, 100 canal, 201 disc), uncertainty.mha (0 to 1) and "
        "overview.png\n"
        "into the output folder, levels.mha with SPIDER's numbers (1 the lowest vertebra, 201 the disc "
        "beneath it);\n"
        "from DICOM also segmentation.dcm, uncertainty.dcm and report.dcm, or what --outputs names; from a "
        "model with the\n"
        "published uncertainty map original_uncertainty.mha. The same input, model and seed\n"
        "give the same files, the times in the DICOM objects apart. Without --seed the seed follows from the "
        "series,\nas in Orthanc. What the quality check does not pass says so: REVIEW or REJECTED.");
    command
        .add_option("INPUT", arguments->input,
                    "Folder with the DICOM instances of one series, or a .mha or .nii.gz file")
        ->required();
    command.add_option("--out", arguments->output, "Folder for the results")->required();
    add_model_options(command, arguments->model);
    command
        .add_option("--samples", arguments->samples,
                    "Samples of the ensemble (default: the model's; 0: the presegmentation alone)")
        ->check(CLI::Range(0, 64));
    command.add_option("--steps", arguments->steps, "Diffusion steps (default: the model's)")
        ->check(CLI::Range(1, 1000));
    command.add_option("--seed", arguments->seed, "Seed of the noise");
    command.add_option("--truth", arguments->truth, "Label map on the same grid: prints the Dice");
    command
        .add_option(
            "--outputs", arguments->outputs,
            "DICOM objects: SEG or LABELMAP, SEG-PARTS, PMAP, SR, CONTOURS, HEATMAP, PMAP-MI (default: "
            "SEG,PMAP,SR)")
        ->delimiter(',');
    command.add_option("--rules", arguments->rules, kRulesHelp);
    command.add_flag("--json", arguments->json, "Print a summary as JSON");
    const auto files = [arguments]() -> CommandFiles {
        return {.reads = {arguments->input, arguments->truth, arguments->rules,
                          model_folder_of(arguments->model)},
                .output_folder = arguments->output,
                .device = arguments->model.device};
    };
    on_run_confined(command, files, [arguments] { return run_segment(*arguments); });
}

}  // namespace spineseg

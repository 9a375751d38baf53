// SPDX-License-Identifier: GPL-3.0-or-later
/// `spineseg-lab levels`: how often the numbering gives a reader's names, other names, or none.

#include <ATen/ATen.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <memory>

#include "lab/cli/anchor_cases.h"
#include "lab/cli/data_options.h"
#include "lab/cli/lab_commands.h"
#include "lab/evaluation/level_agreement.h"
#include "lab/evaluation/prepared_case.h"
#include "worker/cli/loaded_model.h"
#include "worker/inference/segmentation/series_consensus.h"
#include "worker/levels/find_levels.h"
#include "worker/levels/level_anchor.h"
#include "worker/levels/named_column.h"
#include "worker/model_grid/to_model_grid.h"
#include "worker/pipeline/level_recognition.h"
#include "worker/postprocessing/postprocessor.h"
#include "worker/volume_files/volume_file.h"

namespace spineseg {
namespace {

namespace fs = std::filesystem;

struct LevelsArguments {
    TrainingDataRequest data;
    CaseRules rules;
    ModelArguments model;
    std::string table;
    std::string labels;
    bool by_count = false;
    bool without_lowest = false;
};

struct FoundColumn {
    LabelMap labels;
    std::optional<LevelEvidence> evidence;
};

/// Labels of an earlier run; only the anchor is asked again.
Result<FoundColumn> kept_column(Segmenter& segmenter, const Volume& image, const fs::path& kept) {
    auto labels = read_label_map(kept);
    if (!labels) return failure(labels.error());
    const auto prepared = prepare_case(image, *labels, segmenter.manifest().input);
    if (!prepared) return failure(prepared.error());
    Consensus as_labelled;
    as_labelled.probability = prepared->shares.to(at::kFloat);
    auto evidence = recognise_levels(segmenter, prepared->slices, as_labelled, prepared->trace);
    return FoundColumn{std::move(*labels), std::move(evidence)};
}

/// What the presegmentation alone finds, postprocessed.
Result<FoundColumn> found_column(Segmenter& segmenter, const Volume& image, const fs::path& kept) {
    std::error_code ignored;
    if (fs::exists(kept, ignored)) return kept_column(segmenter, image, kept);
    auto prepared = prepare(image, segmenter.manifest().input);
    if (!prepared) return failure(prepared.error());
    SegmentRequest request;
    request.samples = 0;
    auto consensus = segmenter.segment(prepared->slices, request, nullptr);
    if (!consensus) return failure(consensus.error());
    FoundColumn column;
    column.labels =
        postprocess(consensus->probability, consensus->entropy, prepared->trace, segmenter.manifest());
    column.evidence = recognise_levels(segmenter, prepared->slices, *consensus, prepared->trace);
    if (!kept.empty())
        if (auto written = write_mha(column.labels, kept); !written) return failure(written.error());
    return column;
}

/// The truth's own numbers, where it has any; else those of the count, where that gives names.
Result<LabelMap> true_levels(const DatasetSeries& series, const Volume& numbers) {
    LabelMap truth{numbers.geometry, std::vector<std::uint8_t>(numbers.voxels.size())};
    bool numbered = false;
    for (std::size_t i = 0; i < truth.voxels.size(); ++i) {
        const float number = numbers.voxels[i];
        if ((number >= 1 && number <= 25) || number == kSacrumNumber)
            truth.voxels[i] = static_cast<std::uint8_t>(number);
        numbered = numbered || truth.voxels[i] > 1;
    }
    if (numbered) return truth;
    const auto folded = fold_labels(numbers, series.labels);
    if (!folded) return failure(folded.error());
    auto counted = find_levels(*folded);
    if (!counted) return failure(counted.error());
    for (auto& label : counted->labels.voxels)
        if (label > 25 || !counted->numbering.determined) label = 0;
    return std::move(counted->labels);
}

/// The lowest vertebra and disc taken out, as where they were not found.
LabelMap without_lowest(const LabelMap& labels, const SpineLevels& levels) {
    LabelMap cut = labels;
    for (std::size_t i = 0; i < cut.voxels.size(); ++i)
        if (levels.labels.voxels[i] == 1 || levels.labels.voxels[i] == kFirstDiscLabel) cut.voxels[i] = 0;
    return cut;
}

std::string joined_doubts(const Numbering& numbering) {
    std::string text;
    for (const auto doubt : numbering.doubts)
        text += (text.empty() ? "" : " ") + std::string(to_string(doubt));
    return text;
}

class LevelsTable {
  public:
    void add(const std::string& name, const char* group, const SpineLevels& levels,
             const LevelAgreement& agreement, const std::optional<LevelEvidence>& evidence) {
        const std::string outcome = to_string(agreement.outcome);
        ++counts_[group][outcome];
        ++counts_[group]["all"];
        for (const auto doubt : levels.numbering.doubts)
            if (agreement.outcome == LevelOutcome::open) ++reasons_[group][to_string(doubt)];
        rows_ += name + "," + group + "," + outcome + "," +
                 (agreement.offset ? std::to_string(*agreement.offset) : "") + "," +
                 (agreement.sacrum_counted ? "1" : "0") + "," + joined_doubts(levels.numbering);
        add_readings(levels, evidence);
        rows_ += "\n";
    }
    void print() const {
        for (const auto& [group, outcomes] : counts_) {
            std::printf("%s:", group.c_str());
            for (const auto& [outcome, count] : outcomes) std::printf("  %s %d", outcome.c_str(), count);
            std::printf("\n");
            if (!reasons_.contains(group)) continue;
            for (const auto& [reason, count] : reasons_.at(group))
                std::printf("  open, %s: %d\n", reason.c_str(), count);
        }
    }
    Result<void> write(const fs::path& file) const {
        std::ofstream out(file, std::ios::binary | std::ios::trunc);
        out << "series,group,outcome,offset,sacrum_counted,doubts,S1 (length depth taper),readings (body l5 s1 bone of each space from below)\n"
            << rows_ << std::flush;
        if (!out) return failure(ErrorCode::file_unwritable, "cannot write " + file.string());
        return {};
    }

  private:
    void add_readings(const SpineLevels& levels, const std::optional<LevelEvidence>& evidence) {
        if (!evidence) return;
        std::vector<levels::Disc> discs;
        for (auto& [ordinal, disc] : levels::named_column(levels).discs) discs.push_back(disc);
        const auto shape = discs.empty() ? std::nullopt : levels::sacral_shape(discs.front(), *evidence);
        char sacrum[80] = ",-";
        if (shape)
            std::snprintf(sacrum, sizeof sacrum, ",%.1f %.1f %.2f", shape->length, shape->depth,
                          shape->taper);
        rows_ += sacrum;
        for (const auto& space : levels::read_spaces(discs, *evidence)) {
            char text[80] = ",-";
            if (space)
                std::snprintf(text, sizeof text, ",%.3f %.3f %.3f %.2f", space->body, space->l5, space->s1,
                              space->bone);
            rows_ += text;
        }
    }
    std::map<std::string, std::map<std::string, int>> counts_, reasons_;
    std::string rows_;
};

Result<void> measure_series(Segmenter& segmenter, const DatasetSeries& series,
                            const LevelsArguments& arguments, LevelsTable& table) {
    const auto image = read_volume(series.image);
    if (!image) return failure(image.error());
    const auto numbers = read_volume(series.mask);
    if (!numbers) return failure(numbers.error());
    if (!same_grid(image->geometry, numbers->geometry, arguments.data.header_tolerance_mm))
        return failure(ErrorCode::invalid_argument, "image and mask do not lie on the same grid");
    auto truth = true_levels(series, *numbers);
    if (!truth) return failure(truth.error());
    const fs::path kept =
        arguments.labels.empty() ? fs::path() : fs::path(arguments.labels) / (series.name + ".mha");
    const auto column = found_column(segmenter, *image, kept);
    if (!column) return failure(column.error());
    const LevelEvidence* evidence = column->evidence && !arguments.by_count ? &*column->evidence : nullptr;
    const auto levels = find_levels(column->labels, nullptr, evidence);
    if (!levels) return failure(levels.error());
    const char* contrast = series.parsed.contrast ? to_string(*series.parsed.contrast) : "all";
    const auto agreement = compare_levels(*levels, *truth, kSacrumNumber);
    table.add(series.name, contrast, *levels, agreement, column->evidence);
    if (!arguments.without_lowest || agreement.offset.value_or(1) != 0) return {};
    const auto cut = find_levels(without_lowest(column->labels, *levels), nullptr, evidence);
    if (!cut) return failure(cut.error());
    table.add(series.name, (std::string(contrast) + " without lowest").c_str(), *cut,
              compare_levels(*cut, *truth, kSacrumNumber), column->evidence);
    return {};
}

Result<void> run_levels(const LevelsArguments& arguments) {
    const auto segmenter = load_model(arguments.model);
    if (!segmenter) return failure(segmenter.error());
    const auto series = chosen_series(narrowed(arguments.data, arguments.rules));
    if (!series) return failure(series.error());
    std::error_code ignored;  // the file's own error says what is wrong
    if (!arguments.labels.empty()) fs::create_directories(arguments.labels, ignored);
    LevelsTable table;
    for (const auto& one : *series)
        if (auto measured = measure_series(**segmenter, one, arguments, table); !measured)
            return failure(measured.error().code, one.image.string() + ": " + measured.error().detail);
    table.print();
    return arguments.table.empty() ? Result<void>() : table.write(arguments.table);
}

}  // namespace

void add_levels_command(CLI::App& app) {
    auto arguments = std::make_shared<LevelsArguments>();  // lives as long as CLI11's callback
    CLI::App& command = *app.add_subcommand("levels", "Compare the names of the levels with a reader's");
    add_folder_options(command, arguments->data);
    command.get_option("--data")->required();
    add_case_options(command, arguments->rules);
    add_model_options(command, arguments->model);
    command.add_option("--table", arguments->table, "File for one line a series (.csv)");
    command.add_option("--labels", arguments->labels,
                       "Folder of label maps: what it holds is numbered again, what it lacks is put there");
    command.add_flag("--by-count", arguments->by_count, "Number without the bundle's anchor");
    command.add_flag("--without-lowest", arguments->without_lowest,
                     "Where the count is right, number again without the lowest vertebra and disc");
    command.footer(
        "Segments by the presegmentation alone. Masks have SPIDER's numbers (1 is L5), and 50 for S1 "
        "(lab/datasets/midline_bodies_to_mha.py).\nExample:\n"
        "  spineseg-lab levels --data BODIES --ids sudirman-0001,sudirman-0021 --table levels.csv");
    on_run(command, [arguments] { return run_levels(*arguments); });
}

}  // namespace spineseg

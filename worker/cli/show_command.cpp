// SPDX-License-Identifier: GPL-3.0-or-later
/// `spineseg show`: result objects as an archive holds them, laid over their series.

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "dicom/read/result_reader.h"
#include "dicom/read/series.h"
#include "worker/cli/command.h"
#include "worker/cli/rules_file.h"
#include "worker/cli/truth_comparison.h"
#include "worker/drawing/overview.h"
#include "worker/model_grid/sagittal_stack.h"

namespace spineseg {
namespace fs = std::filesystem;

namespace {

struct ShowArguments {
    std::string series;
    std::string segmentation;
    std::string uncertainty;
    std::string truth;
    std::string rules;
    std::string output;
};

Result<std::vector<std::uint8_t>> read_bytes(const fs::path& file) {
    constexpr std::uintmax_t kMaxBytes = std::uintmax_t{1} << 30;
    std::error_code error;
    const auto size = fs::file_size(file, error);
    if (error) return failure(ErrorCode::file_not_found, file.string() + ": " + error.message());
    if (size > kMaxBytes) return failure(ErrorCode::file_unreadable, file.string() + " is larger than 1 GiB");
    std::vector<std::uint8_t> bytes(size);
    std::ifstream in(file, std::ios::binary);
    if (!in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size)))
        return failure(ErrorCode::file_unreadable, "cannot read " + file.string());
    return bytes;
}

Result<LabelMap> read_labels(const fs::path& file, const dicom::Series& series) {
    const auto bytes = read_bytes(file);
    if (!bytes) return failure(bytes.error());
    return dicom::read_segmentation({file.string(), *bytes}, series);
}

/// As a fraction, the way the pipeline makes it.
Result<Volume> read_uncertainty(const fs::path& file, const dicom::Series& series) {
    const auto bytes = read_bytes(file);
    if (!bytes) return failure(bytes.error());
    auto map = dicom::read_parametric_map({file.string(), *bytes}, series);
    if (map)
        for (float& value : map->voxels) value /= 100.0F;
    return map;
}

Result<void> draw(const dicom::Series& series, const LabelMap& labels, const Volume& uncertainty,
                  const std::string& footnote, const fs::path& png) {
    const auto image = as_sagittal_stack(series.volume);
    const auto stacked_labels = as_sagittal_stack(labels);
    const auto stacked_uncertainty = as_sagittal_stack(uncertainty);
    if (!image) return failure(image.error());
    if (!stacked_labels) return failure(stacked_labels.error());
    if (!stacked_uncertainty) return failure(stacked_uncertainty.error());
    OverviewCaption caption;
    caption.title = series.series_description + " · Segmentation and Parametric Map as stored";
    caption.footnote = footnote;
    return write_overview(*image, *stacked_labels, *stacked_uncertainty, caption, png);
}

Result<void> run_show(const ShowArguments& arguments) {
    const auto rules = read_rules_file(arguments.rules);
    if (!rules) return failure(rules.error());
    dicom::ReadLimits limits;
    limits.words = rules->images;
    const auto series = dicom::read_series(arguments.series, limits);
    if (!series) return failure(series.error().code, arguments.series + ": " + series.error().detail);
    const auto labels = read_labels(arguments.segmentation, *series);
    if (!labels) return failure(labels.error());
    const auto uncertainty = read_uncertainty(arguments.uncertainty, *series);
    if (!uncertainty) return failure(uncertainty.error());
    std::string footnote;
    if (!arguments.truth.empty()) {
        const auto compared = compare_with_truth(*labels, arguments.truth);
        if (!compared) return failure(compared.error());
        footnote = dice_line(*compared);
        std::printf("%s\n", footnote.c_str());
    }
    if (auto drawn = draw(*series, *labels, *uncertainty, footnote, arguments.output); !drawn) return drawn;
    std::printf("%s drawn from the stored objects. Research use only.\n", arguments.output.c_str());
    return {};
}

}  // namespace

void add_show_command(CLI::App& app) {
    auto arguments = std::make_shared<ShowArguments>();  // lives as long as CLI11's callback
    CLI::App& command = *app.add_subcommand("show", "Draw stored result objects over their series");
    command.footer(
        "Reads a Segmentation and a Parametric Map, as fetched from an archive, back onto the series' grid "
        "and "
        "draws them\n"
        "as a PNG. Nothing is computed: what is shown is what the archive holds.");
    command.add_option("--series", arguments->series, "Folder with the instances of the source series")
        ->required();
    command.add_option("--segmentation", arguments->segmentation, "The Segmentation's file")->required();
    command.add_option("--uncertainty", arguments->uncertainty, "The Parametric Map's file")->required();
    command.add_option("--truth", arguments->truth, "Label map on the same grid: prints the Dice");
    command.add_option("--rules", arguments->rules, kRulesHelp);
    command.add_option("--out", arguments->output, "The PNG to write")->required();
    const auto files = [arguments]() -> CommandFiles {
        return {.reads = {arguments->series, arguments->segmentation, arguments->uncertainty,
                          arguments->truth, arguments->rules},
                .output_file = arguments->output};
    };
    on_run_confined(command, files, [arguments] { return run_show(*arguments); });
}

}  // namespace spineseg

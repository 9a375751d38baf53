// SPDX-License-Identifier: GPL-3.0-or-later
/// `spineseg dicomize`: a volume as a sagittal MR series, with the header of a real one.

#include <cstdio>
#include <filesystem>
#include <memory>

#include "core/printable_text.h"
#include "dicom/write/mr_series_writer.h"
#include "worker/cli/command.h"
#include "worker/cli/header_table.h"
#include "worker/cli/output_folder.h"
#include "worker/model_grid/sagittal_stack.h"
#include "worker/volume_files/volume_file.h"

namespace spineseg {
namespace {

struct DicomizeArguments {
    std::string volume;
    std::string headers;
    std::string row;
    std::string output;
    std::string patient;
    std::string uid_seed;
};

/// Without a header table the descriptions still have to say what it is, or no rule would take the series.
dicom::MrSeriesHeader plain_header() {
    dicom::MrSeriesHeader header;
    header.elements["BodyPartExamined"] = "LSPINE";
    return header;
}

Result<void> run_dicomize(const DicomizeArguments& arguments) {
    dicom::MrSeriesHeader header = plain_header();
    if (!arguments.headers.empty()) {
        const auto row = read_header_row(arguments.headers, arguments.row);
        if (!row) return failure(row.error());
        header = header_from_row(*row);
    }
    const std::string name =
        arguments.row.empty() ? std::filesystem::path(arguments.volume).stem().string() : arguments.row;
    header.patient_id = arguments.patient.empty() ? "SPINESEG-" + name : arguments.patient;
    header.uid_seed = arguments.uid_seed.empty() ? name : arguments.uid_seed;

    const auto volume = read_volume(arguments.volume);
    if (!volume) return failure(volume.error());
    const auto stack = as_sagittal_stack(*volume);
    if (!stack) return failure(stack.error().code, arguments.volume + ": " + stack.error().detail);
    if (auto made = make_output_folder(arguments.output); !made) return made;
    const auto files = dicom::write_mr_series(*stack, header, arguments.output);
    if (!files) return failure(files.error());
    std::printf("%zu instances of \"%s\" in %s\n", files->size(),
                printable(header.series_description).c_str(), arguments.output.c_str());
    return {};
}

}  // namespace

void add_dicomize_command(CLI::App& app) {
    auto arguments = std::make_shared<DicomizeArguments>();  // lives as long as CLI11's callback
    CLI::App& command =
        *app.add_subcommand("dicomize", "Wrap a volume as a sagittal MR series, for tests and demos");
    command.footer(
        "Slices become sagittal, rows run to the feet and columns to the back, whatever the order of the "
        "volume's axes.\n"
        "Voxels are not resampled. --headers is a table like SPIDER's overview.csv: the columns are DICOM "
        "keywords, the\n"
        "first one names the row. The same volume, row and --uid-seed give the same UIDs.");
    command.add_option("VOLUME", arguments->volume, "A .mha or .nii.gz file")->required();
    auto* headers = command.add_option("--headers", arguments->headers, "CSV table of header values");
    auto* row = command.add_option("--row", arguments->row, "Row of that table, e.g. 98_t2_SPACE");
    headers->needs(row);
    row->needs(headers);
    command.add_option("--out", arguments->output, "Folder for the instances")->required();
    command.add_option("--patient", arguments->patient, "PatientID (default: from the row or the file)");
    command.add_option("--uid-seed", arguments->uid_seed,
                       "What the UIDs derive from (default: the row or the file)");
    const auto files = [arguments]() -> CommandFiles {
        return {.reads = {arguments->volume, arguments->headers}, .output_folder = arguments->output};
    };
    on_run_confined(command, files, [arguments] { return run_dicomize(*arguments); });
}

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
/// `spineseg phantom`: a procedural patient as DICOM, with its truth beside it.

#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>

#include "dicom/write/mr_series_writer.h"
#include "worker/cli/command.h"
#include "worker/cli/output_folder.h"
#include "worker/phantom/phantom.h"
#include "worker/volume_files/volume_file.h"

namespace spineseg {
namespace {

struct PhantomArguments {
    PhantomRequest request;
    std::string output;
};

/// Another patient than without them; empty for none.
std::string text_of_findings(const PhantomRequest& request) {
    const PhantomFindings& f = request.findings;
    if (f == PhantomFindings{} && request.up_mm == 0) return {};
    std::string text = " up " + std::to_string(request.up_mm) + " " + std::to_string(f.scoliosis_mm);
    for (const int ordinal :
         {static_cast<int>(f.six_lumbar), f.fractured, f.cemented, f.screwed, f.without_arch})
        text += " " + std::to_string(ordinal);
    if (f.four_lumbar) text += " four";
    if (f.lumbarised) text += " lumbarised";
    if (f.sacralised) text += " sacralised";
    if (f.blocked > 0) text += " blocked " + std::to_string(f.blocked);
    return text;
}

/// What a 1.5 T turbo spin echo of that contrast carries, so that the phantom is eligible as any series is.
dicom::MrSeriesHeader phantom_header(const PhantomRequest& request) {
    const bool t1 = request.contrast == PhantomContrast::t1;
    dicom::MrSeriesHeader header;
    const std::string name = std::string(t1 ? "T1" : "T2") + " " + std::to_string(request.seed);
    header.patient_name = "SPINESEG^PHANTOM";
    header.patient_id = "SPINESEG-PHANTOM-" + std::to_string(request.seed);
    header.series_description = t1 ? "T1 TSE SAG" : "T2 TSE SAG";
    header.series_number = t1 ? 4 : 3;
    header.uid_seed = "phantom " + name + " " + std::to_string(request.tilt_degrees) + " " +
                      std::to_string(request.slices) + "x" + std::to_string(request.rows) + "x" +
                      std::to_string(request.columns) + text_of_findings(request);
    header.elements = {{"Manufacturer", "spineseg"},     {"ManufacturerModelName", "phantom"},
                       {"BodyPartExamined", "LSPINE"},   {"MRAcquisitionType", "2D"},
                       {"ScanningSequence", "SE"},       {"SequenceVariant", "SK"},
                       {"MagneticFieldStrength", "1.5"}, {"RepetitionTime", t1 ? "600" : "3500"},
                       {"EchoTime", t1 ? "10" : "102"},  {"EchoTrainLength", t1 ? "3" : "17"},
                       {"SliceThickness", "4"}};
    return header;
}

Result<void> run_phantom(const PhantomArguments& arguments) {
    const std::filesystem::path folder(arguments.output);
    const auto phantom = make_phantom(arguments.request);
    if (!phantom) return failure(phantom.error());
    if (auto made = make_output_folder(folder); !made) return made;
    const auto files =
        dicom::write_mr_series(phantom->image, phantom_header(arguments.request), folder / "dicom");
    if (!files) return failure(files.error());
    if (auto written = write_mha(phantom->image, folder / "image.mha"); !written) return written;
    if (auto written = write_mha(phantom->labels, folder / "labels.mha"); !written) return written;
    std::printf("%zu instances in %s, image.mha and labels.mha beside them\n", files->size(),
                (folder / "dicom").c_str());
    return {};
}

}  // namespace

void add_phantom_command(CLI::App& app) {
    auto arguments = std::make_shared<PhantomArguments>();  // lives as long as CLI11's callback
    PhantomRequest& request = arguments->request;
    CLI::App& command = *app.add_subcommand("phantom", "Make a procedural lumbar MRI with exact labels");
    command.footer(
        "Writes the series into OUT/dicom and, on the same grid, OUT/image.mha and OUT/labels.mha (1 "
        "vertebra, 100 canal,\n"
        "201 disc). The same options give the same bytes.");
    const std::map<std::string, PhantomContrast> contrasts{{"t1", PhantomContrast::t1},
                                                           {"t2", PhantomContrast::t2}};
    command.add_option("--contrast", request.contrast, "t1 or t2 (default: t2)")
        ->transform(CLI::CheckedTransformer(contrasts, CLI::ignore_case));
    command.add_option("--seed", request.seed, "Seed of the patient")->capture_default_str();
    command.add_option("--out", arguments->output, "Folder for the series and its truth")->required();
    command.add_option("--slices", request.slices, "Sagittal slices")
        ->check(CLI::Range(1, 256))
        ->capture_default_str();
    command.add_option("--rows", request.rows)->check(CLI::Range(32, 1024))->capture_default_str();
    command.add_option("--columns", request.columns)->check(CLI::Range(32, 1024))->capture_default_str();
    command.add_option("--pixel-spacing", request.pixel_spacing, "mm")
        ->check(CLI::Range(0.2, 2.5))
        ->capture_default_str();
    command.add_option("--slice-spacing", request.slice_spacing, "mm")
        ->check(CLI::Range(0.5, 12.0))
        ->capture_default_str();
    command
        .add_option("--tilt", request.tilt_degrees,
                    "Degrees by which the stack is turned about the body axis")
        ->check(CLI::Range(-30.0, 30.0))
        ->capture_default_str();
    command.add_option("--up", request.up_mm, "mm by which the field of view lies higher than usual")
        ->check(CLI::Range(-200.0, 200.0));
    PhantomFindings& findings = request.findings;
    command.add_flag("--six-lumbar", findings.six_lumbar, "Six lumbar vertebrae");
    command.add_flag("--four-lumbar", findings.four_lumbar, "Four lumbar vertebrae");
    command.add_flag("--lumbarised", findings.lumbarised, "S1 is squared and has a formed disc beneath it");
    command.add_flag("--sacralised", findings.sacralised, "L5 tapers as S1 does and has a rudimentary disc");
    command.add_option("--scoliosis", findings.scoliosis_mm, "mm by which L3 stands left of the midline")
        ->check(CLI::Range(-60.0, 60.0));
    const auto vertebra = [&](const char* name, int& ordinal, const char* what) {
        command.add_option(name, ordinal, std::string("A vertebra, 1 is L5: ") + what)
            ->check(CLI::Range(0, 8));
    };
    vertebra("--blocked", findings.blocked, "it has grown together with the next one above");
    vertebra("--fractured", findings.fractured, "its front has lost half of its height");
    vertebra("--cemented", findings.cemented, "it gives no signal");
    vertebra("--screwed", findings.screwed, "it and the next one above have pedicle screws");
    vertebra("--without-arch", findings.without_arch, "its lamina and spinous process were taken out");
    on_run(command, [arguments] { return run_phantom(*arguments); });
}

}  // namespace spineseg

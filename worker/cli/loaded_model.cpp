// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/cli/loaded_model.h"

#include <cstdio>

#include "worker/job/model_folder.h"

namespace spineseg {

void add_model_options(CLI::App& command, ModelArguments& arguments) {
    command.add_option("--model", arguments.folder,
                       "Folder of the model bundle (default: $SPINESEG_MODEL, else models/lumbar-fast)");
    command.add_option("--device", arguments.device, "cpu, cuda or cuda:NUMBER")->capture_default_str();
    command.add_option("--precision", arguments.precision, "auto takes what the device computes fast")
        ->check(CLI::IsMember({"auto", "float32", "bfloat16"}))
        ->capture_default_str();
    command.add_option("--convolutions", arguments.convolutions, kConvolutionsHelp)
        ->check(CLI::IsMember({"auto", "channels-last", "blocked", "winograd"}))
        ->capture_default_str();
    command.add_option("--threads", arguments.threads, "Threads of the networks; 0: all cores")
        ->check(CLI::Range(0, 1024))
        ->capture_default_str();
    command
        .add_option("--batch", arguments.batch,
                    "Images in a network call; 0: 1 on a CPU, what half of the free memory holds on a GPU")
        ->check(CLI::Range(0, 1024))
        ->capture_default_str();
    command.add_flag(kTrustTorchScript, arguments.trust_torchscript,
                     "Run the TorchScript of a bundle: a program of whoever made the bundle");
}

Result<std::unique_ptr<Segmenter>> load_model(const ModelArguments& arguments) {
    const auto folder = find_model(arguments.folder);
    if (!folder) return failure(folder.error());
    SegmenterOptions options;
    options.device = arguments.device;
    options.threads = arguments.threads;
    const auto precision = precision_from_string(arguments.precision);
    if (!precision) return failure(precision.error());
    options.precision = *precision;
    const auto convolutions = convolution_method_from_string(arguments.convolutions);
    if (!convolutions) return failure(convolutions.error());
    options.convolutions = *convolutions;
    options.batch = arguments.batch;
    options.trust_torchscript = arguments.trust_torchscript;
    auto segmenter = Segmenter::load(*folder, options);
    if (!segmenter && segmenter.error().code == ErrorCode::model_invalid)
        return failure(ErrorCode::model_invalid, folder->string() + ": " + segmenter.error().detail);
    if (segmenter && (*segmenter)->manifest().presegmentation.kind == PresegmenterKind::torchscript)
        warn_of_torchscript();
    return segmenter;
}

std::filesystem::path model_folder_of(const ModelArguments& arguments) {
    const auto folder = find_model(arguments.folder);
    return folder ? *folder : std::filesystem::path(arguments.folder);
}

void warn_of_torchscript() {
    std::fprintf(
        stderr,
        "warning: TorchScript is a program, and it runs in this process; it can do what this process can\n");
}

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
/// `spineseg-lab self-test`: makes a bundle's self-test from the phantom, or runs it.

#include <torch/torch.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <optional>

#include "lab/cli/lab_commands.h"
#include "lab/evaluation/prepared_case.h"
#include "lab/training/training_case.h"
#include "worker/cli/loaded_model.h"
#include "worker/inference/presegmentation/slice_stack.h"
#include "worker/inference/segmentation/grid_region.h"
#include "worker/inference/segmentation/self_test.h"
#include "worker/inference/segmentation/series_consensus.h"
#include "worker/job/model_folder.h"
#include "worker/phantom/phantom.h"

namespace spineseg {
namespace {

/// One slice, 129 kB in the bundle. In a window of 64 or 80 pixels the shipped models find half of what they
/// find in this one: too little of the spine is around it.
constexpr std::int64_t kSelfTestSide = 96;
constexpr std::int64_t kWindowStep = 8;
/// Of the pixels, where a structure is likelier than everything else. A model that finds nothing would agree
/// with itself on any device.
constexpr double kLeastShare = 0.02;

struct SelfTestArguments {
    ModelArguments model;
    std::uint64_t phantom_seed = 1;
    bool write = false;
};

/// Shares of the pixels [N,H,W] that hold canal, vertebra and disc (1, 2, 3).
std::array<double, kStructures> shares_of(const torch::Tensor& classes) {
    std::array<double, kStructures> shares{};
    for (int s = 0; s < kStructures; ++s)
        shares[static_cast<std::size_t>(s)] = classes.eq(s + 1).to(torch::kFloat32).mean().item<double>();
    return shares;
}

double least_of(const std::array<double, kStructures>& shares) {
    return *std::min_element(shares.begin(), shares.end());
}

/// Where the rarest structure covers most of the window.
GridRegion richest_window(const torch::Tensor& classes) {
    GridRegion best{0, 0, kSelfTestSide, kSelfTestSide};
    double most = -1.0;
    for (std::int64_t row = 0; row + kSelfTestSide <= classes.size(1); row += kWindowStep) {
        for (std::int64_t column = 0; column + kSelfTestSide <= classes.size(2); column += kWindowStep) {
            const GridRegion window{row, column, kSelfTestSide, kSelfTestSide};
            const double least = least_of(shares_of(within(window, classes)));
            if (least <= most) continue;
            most = least;
            best = window;
        }
    }
    return best;
}

/// The middle slice of the phantom as the model would be given it, cut to the window with most of every
/// structure.
Result<SliceStack> phantom_input(const SelfTestArguments& arguments, const InputPlan& plan) {
    PhantomRequest request;
    request.seed = arguments.phantom_seed;
    request.pixel_spacing = plan.spacing_mm;
    const auto phantom = make_phantom(request);
    if (!phantom) return failure(phantom.error());
    const auto prepared = prepare_case(phantom->image, phantom->labels, plan);
    if (!prepared) return failure(prepared.error());
    const auto middle = prepared->shares.size(0) / 2;
    const auto window = richest_window(likeliest_labels(prepared->shares.narrow(0, middle, 1)));
    const auto cut = [&](const torch::Tensor& stack) {
        return within(window, stack.narrow(0, middle, 1)).contiguous();
    };
    if (!cut(prepared->slices.inside).all().item<bool>())
        return failure(ErrorCode::internal, "the window of the self-test reaches out of the phantom");
    return SliceStack{cut(prepared->slices.intensities), cut(prepared->slices.inside),
                      prepared->slices.slice_spacing_mm};
}

/// The model must find every structure in the input.
Result<void> check_found(Segmenter& segmenter, const SliceStack& slices) {
    SegmentRequest request;
    request.samples = 0;
    if (segmenter.manifest().presegmentation.kind == PresegmenterKind::none) request.samples = 1;
    const auto found = segmenter.segment(slices, request, nullptr);
    if (!found) return failure(found.error());
    const auto shares = shares_of(likeliest_labels(found->probability));
    for (int s = 0; s < kStructures; ++s) {
        const double share = shares[static_cast<std::size_t>(s)];
        std::printf("%s: %.1f %% of the pixels\n", to_string(static_cast<Structure>(s)), 100.0 * share);
        if (share < kLeastShare)
            return failure(ErrorCode::invalid_argument,
                           std::string("the model finds too little ") + to_string(static_cast<Structure>(s)) +
                               " in this phantom for a self-test; take another --phantom-seed");
    }
    return {};
}

Result<void> make_self_test(const SelfTestArguments& arguments, const std::filesystem::path& folder) {
    ModelArguments reference = arguments.model;
    reference.device = "cpu";
    reference.precision = "float32";
    const auto segmenter = load_model(reference);
    if (!segmenter) return failure(segmenter.error());
    const auto slices = phantom_input(arguments, (*segmenter)->manifest().input);
    if (!slices) return failure(slices.error());
    if (auto found = check_found(**segmenter, *slices); !found) return found;
    return write_self_test(**segmenter, folder, *slices);
}

Result<void> run_self_test_command(const SelfTestArguments& arguments) {
    const auto folder = find_model(arguments.model.folder);
    if (!folder) return failure(folder.error());
    if (arguments.write)
        if (auto made = make_self_test(arguments, *folder); !made) return made;
    const auto segmenter = load_model(arguments.model);
    if (!segmenter) return failure(segmenter.error());
    const auto report = run_self_test(**segmenter, *folder);
    if (!report) return failure(report.error());
    const std::string state(to_string(report->outcome.state));
    std::printf("self-test %s on %s, %.2f s: %s\n", state.c_str(), (*segmenter)->describe_device().c_str(),
                report->seconds, report->outcome.detail.c_str());
    if (report->outcome.state == SelfTestState::failed)
        return failure(ErrorCode::self_test_failed, report->outcome.detail);
    return {};
}

}  // namespace

void add_self_test_command(CLI::App& app) {
    auto arguments = std::make_shared<SelfTestArguments>();  // lives as long as CLI11's callback
    CLI::App& command = *app.add_subcommand("self-test", "Make or run the self-test of a bundle");
    command.footer(
        "Without --write it runs what the bundle carries on the device and in the precision that are asked "
        "for. --write makes\n"
        "it first: a slice of the procedural phantom, computed on the CPU in float32, into "
        "self-test.safetensors, which the\n"
        "manifest then names. Training, conversion and calibration take the self-test out of the manifest; "
        "make it again afterwards.");
    command.add_flag("--write", arguments->write, "Make the self-test and put it into the bundle");
    command.add_option("--phantom-seed", arguments->phantom_seed, "Seed of the phantom, with --write")
        ->capture_default_str();
    add_model_options(command, arguments->model);
    on_run(command, [arguments] { return run_self_test_command(*arguments); });
}

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
/// Calls per second and GFLOP/s of the networks with random weights (speed does not depend on them), in
/// float32 and, where the processor multiplies it in hardware, bfloat16, beside the peak of one convolution
/// measured in the same run.

#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "tools/bench/floating_point_work.h"
#include "tools/bench/original_network.h"
#include "worker/inference/networks/compute_process.h"
#include "worker/inference/networks/current_precision.h"
#include "worker/inference/networks/fused_norm.h"
#include "worker/inference/networks/networks.h"

namespace {

using namespace spineseg;
constexpr int kRows = 320, kColumns = 320;

/// Median seconds of a call, after warming up, over at least `kSeconds` and five calls.
double median_seconds(const std::function<void()>& call) {
    using Clock = std::chrono::steady_clock;
    constexpr double kSeconds = 2.0;
    for (int i = 0; i < 3; ++i) call();
    std::vector<double> seconds;
    for (double total = 0; total < kSeconds || seconds.size() < 5; total += seconds.back()) {
        const auto start = Clock::now();
        call();
        seconds.push_back(std::chrono::duration<double>(Clock::now() - start).count());
    }
    std::nth_element(seconds.begin(), seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2),
                     seconds.end());
    return seconds[seconds.size() / 2];
}

/// GFLOP/s of one 64 → 64 3×3 convolution on a channels-last picture: what this machine can give.
double convolution_peak(Precision precision) {
    const auto type = precision == Precision::bfloat16 ? torch::kBFloat16 : torch::kFloat32;
    const auto x =
        torch::randn({1, 64, kRows, kColumns}).to(type).contiguous(torch::MemoryFormat::ChannelsLast);
    const auto w = torch::randn({64, 64, 3, 3}).to(type).contiguous(torch::MemoryFormat::ChannelsLast);
    const double seconds = median_seconds([&] { torch::conv2d(x, w, {}, 1, 1); });
    return 2.0 * 64 * 64 * 9 * kRows * kColumns / seconds * 1e-9;
}

void print_row(const std::string& network, std::int64_t operations, double peak,
               const std::function<void()>& call) {
    const double seconds = median_seconds(call);
    const double work = static_cast<double>(operations) * 1e-9;
    std::printf("    %-34s %10.1f %10.1f %10.2f %10.0f  (%.0f %% of that convolution)\n", network.c_str(),
                1 / seconds, seconds * 1e3, work, work / seconds, 100 * work / seconds / peak);
    std::fflush(stdout);
}

/// The denoiser's norms with their activations alone, each on a map of its own size: what a kernel that saved
/// one of their passes could save at most.
void print_norms(const Widths& widths) {
    const auto type = current_precision() == Precision::bfloat16 ? torch::kBFloat16 : torch::kFloat32;
    std::vector<NormActivation> norms;
    const auto add_block = [&](std::int64_t channels, int level) {
        const auto x = torch::randn({1, channels, kRows >> level, kColumns >> level})
                           .to(type)
                           .contiguous(torch::MemoryFormat::ChannelsLast);
        const NormActivation norm{.x = x,
                                  .gamma = torch::ones({channels}),
                                  .beta = torch::zeros({channels}),
                                  .eps = 1e-5,
                                  .slope = 0.1};
        norms.insert(norms.end(), 2, norm);
    };
    for (int level = 0; level < 5; ++level) add_block(widths[static_cast<std::size_t>(level)], level);
    for (int level = 3; level > 0; --level) add_block(widths[static_cast<std::size_t>(level)], level);
    add_block(widths[5], 0);
    const double seconds = median_seconds([&] {
        for (const auto& norm : norms) norm_activation(norm);
    });
    std::printf("      of which its %zu norms and activations %6.1f ms\n", norms.size(), seconds * 1e3);
}

void print_networks(const std::string& name, const Widths& widths, double peak) {
    SpineSegDiff diffusion(widths);
    PresegmentationUNet unet(widths);
    diffusion->eval();
    unet->eval();
    const auto image = torch::randn({1, 1, kRows, kColumns});
    const auto x_t = torch::randn({1, 3, kRows, kColumns});
    const auto timestep = torch::full({1}, 500, torch::kInt64);
    const auto features = diffusion->encode(image);
    print_row(name + ", denoiser", convolution_operations(*diffusion->model, kRows, kColumns), peak,
              [&] { diffusion->model->forward(image, x_t, timestep, features); });
    print_norms(widths);
    print_row(name + ", image encoder", convolution_operations(*diffusion->embed_model, kRows, kColumns),
              peak, [&] { diffusion->encode(image); });
    print_row(name + ", presegmentation", convolution_operations(*unet, kRows, kColumns), peak,
              [&] { unet->forward(image); });
}

void print_precision(Precision precision) {
    const PrecisionScope scope(precision);
    const double peak = convolution_peak(precision);
    std::printf("  %s: one 64-64 3x3 convolution reaches %.0f GFLOP/s\n", to_string(precision), peak);
    std::printf("    %-34s %10s %10s %10s %10s\n", "network, one slice of 320 x 320", "calls/s", "ms/call",
                "GFLOP/call", "GFLOP/s");
    print_networks("published width", {64, 64, 128, 256, 512, 64}, peak);
    print_networks("half width", {32, 32, 64, 128, 256, 32}, peak);
}

/// The published denoiser, torch's own layers in float32 and NCHW as its authors run it, against ours with
/// the same weights; and how far the two results are apart.
void print_comparison_with_original() {
    SpineSegDiff network(Widths{64, 64, 128, 256, 512, 64});
    network->eval();
    const auto image = torch::randn({1, 1, kRows, kColumns});
    const auto x_t = torch::randn({1, 3, kRows, kColumns});
    const auto timestep = torch::full({1}, 500, torch::kInt64);
    const auto original_features = original_encoder(*network->embed_model, image);
    torch::Tensor expected;
    const double before = median_seconds(
        [&] { expected = original_denoiser(*network->model, image, x_t, timestep, original_features); });
    std::printf("  the original's denoiser (torch's layers, float32, NCHW, batch 1): %.0f ms a call\n",
                before * 1e3);
    for (const Precision precision : {Precision::float32, Precision::bfloat16}) {
        if (precision == Precision::bfloat16 && !cpu_bfloat16().faster) continue;
        const PrecisionScope scope(precision);
        const auto features = network->encode(image);
        torch::Tensor given;
        const double after =
            median_seconds([&] { given = network->model->forward(image, x_t, timestep, features); });
        const double difference = (given - expected).abs().mean().item<double>();
        std::printf(
            "    ours in %s: %.0f ms, %.1f times as fast; mean difference %.2f %% of the output's "
            "deviation\n",
            to_string(precision), after * 1e3, before / after,
            100 * difference / expected.std().item<double>());
    }
}

}  // namespace

int main(int argc, char** argv) {
    prepare_compute_process(argv);
    const int threads = argc > 1 ? std::atoi(argv[1]) : static_cast<int>(std::thread::hardware_concurrency());
    at::set_num_threads(std::max(threads, 1));
    const torch::InferenceMode no_gradients;
    std::printf("network calls, %d threads\n", at::get_num_threads());
    print_precision(Precision::float32);
    if (cpu_bfloat16().faster)
        print_precision(Precision::bfloat16);
    else
        std::printf("  bfloat16 is not faster here: %s\n", cpu_bfloat16().reason.c_str());
    print_comparison_with_original();
    return 0;
}

// SPDX-License-Identifier: GPL-3.0-or-later
/// Calls per second and GFLOP/s of the networks with random weights (speed does not depend on them), in
/// float32 and, where the processor multiplies it in hardware, bfloat16, beside the peak of one convolution
/// measured in the same run: by each convolution method, against the best of them.

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
#include "worker/inference/networks/blocked_layer.h"
#include "worker/inference/networks/blocked_map.h"
#include "worker/inference/networks/compute_process.h"
#include "worker/inference/networks/convolution_trial.h"
#include "worker/inference/networks/current_precision.h"
#include "worker/inference/networks/fused_norm.h"
#include "worker/inference/networks/networks.h"

namespace {

using namespace spineseg;
constexpr int kRows = 320, kColumns = 320;
const Widths kPublished{64, 64, 128, 256, 512, 64};

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

torch::ScalarType compute_type() {
    return current_precision() == Precision::bfloat16 ? torch::kBFloat16 : torch::kFloat32;
}

/// GFLOP/s of one 64 → 64 3×3 convolution by the method: what this machine can give.
double convolution_rate(ConvolutionMethod method) {
    const auto x = torch::randn({1, 64, kRows, kColumns}).to(compute_type());
    const auto weight = torch::randn({64, 64, 3, 3});
    const bool blocked = method != ConvolutionMethod::channels_last;
    const auto map = blocked ? to_blocked(x, block_of_channels(compute_type()))
                             : x.contiguous(torch::MemoryFormat::ChannelsLast);
    const ConvolutionScope scope(method);
    PrepackedConvolution convolution;
    const double seconds = median_seconds([&] { convolution(map, weight); });
    return 2.0 * 64 * 64 * 9 * kRows * kColumns / seconds * 1e-9;
}

/// The best of all methods that multiply as often; Winograd's rate is one of multiplications that it saves.
double convolution_peak(Precision precision) {
    std::printf("  %s: one 64-64 3x3 convolution reaches", to_string(precision));
    double peak = 0.0;
    for (const auto method : possible_methods(torch::kCPU, kPublished, precision)) {
        const double rate = convolution_rate(method);
        std::printf(" %.0f GFLOP/s %s", rate, to_string(method));
        if (method != ConvolutionMethod::winograd) peak = std::max(peak, rate);
    }
    std::printf("\n");
    return peak;
}

void print_row(const std::string& network, std::int64_t operations, double peak,
               const std::function<void()>& call) {
    const double seconds = median_seconds(call);
    const double work = static_cast<double>(operations) * 1e-9;
    std::printf("    %-48s %10.1f %10.1f %10.2f %10.0f  (%.0f %% of the best)\n", network.c_str(),
                1 / seconds, seconds * 1e3, work, work / seconds, 100 * work / seconds / peak);
    std::fflush(stdout);
}

/// The denoiser's norms with their activations alone, each on a map of its own size: what a kernel that saved
/// one of their passes could save at most.
void print_norms(const Widths& widths) {
    const auto type = compute_type();
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

void print_methods(const std::string& name, const Widths& widths, Precision precision, double peak) {
    for (const auto method : possible_methods(torch::kCPU, widths, precision)) {
        const ConvolutionScope scope(method);
        print_networks(name + ", " + to_string(method), widths, peak);
    }
}

void print_precision(Precision precision) {
    const PrecisionScope scope(precision);
    const double peak = convolution_peak(precision);
    std::printf("    %-48s %10s %10s %10s %10s\n", "network, one slice of 320 x 320", "calls/s", "ms/call",
                "GFLOP/call", "GFLOP/s");
    print_methods("published width", kPublished, precision, peak);
    print_methods("half width", {32, 32, 64, 128, 256, 32}, precision, peak);
}

/// One way to compute the published denoiser, with weights that are the same for all.
struct Contender {
    std::string name;
    std::function<torch::Tensor()> call;
    torch::Tensor answer{};
    std::vector<double> seconds{};
};

SpineSegDiff published_network() {
    torch::manual_seed(1);
    SpineSegDiff network(kPublished);
    network->eval();
    return network;
}

struct DenoiserInput {
    torch::Tensor image = torch::randn({1, 1, kRows, kColumns});
    torch::Tensor x_t = torch::randn({1, 3, kRows, kColumns});
    torch::Tensor timestep = torch::full({1}, 500, torch::kInt64);
};

Contender original_contender(const DenoiserInput& in) {
    auto network = published_network();
    const auto features = original_encoder(*network->embed_model, in.image);
    return {"original", [=]() mutable {
                return original_denoiser(*network->model, in.image, in.x_t, in.timestep, features);
            }};
}

Contender our_contender(const DenoiserInput& in, Precision precision, ConvolutionMethod method) {
    const PrecisionScope in_precision(precision);
    const ConvolutionScope by_method(method);
    auto network = published_network();
    const auto features = network->encode(in.image);
    return {std::string("ours in ") + to_string(precision) + ", " + to_string(method), [=]() mutable {
                const PrecisionScope again_in_precision(precision);
                const ConvolutionScope again_by_method(method);
                return network->model->forward(in.image, in.x_t, in.timestep, features);
            }};
}

/// Every contender in turn, again and again: what disturbs the machine disturbs all of them.
void run_in_turn(std::vector<Contender>& contenders) {
    using Clock = std::chrono::steady_clock;
    constexpr std::size_t kRounds = 9;
    for (auto& contender : contenders) contender.call();
    for (std::size_t round = 0; round < kRounds; ++round) {
        for (auto& contender : contenders) {
            const auto start = Clock::now();
            contender.answer = contender.call();
            contender.seconds.push_back(std::chrono::duration<double>(Clock::now() - start).count());
        }
    }
}

/// The published denoiser, torch's own layers in float32 and NCHW as its authors run it, against ours; and how far the
/// results are apart.
void print_comparison_with_original() {
    const DenoiserInput input;
    std::vector<Contender> contenders{original_contender(input)};
    for (const Precision precision : {Precision::float32, Precision::bfloat16}) {
        if (precision == Precision::bfloat16 && !cpu_bfloat16().faster) continue;
        for (const auto method : possible_methods(torch::kCPU, kPublished, precision))
            contenders.push_back(our_contender(input, precision, method));
    }
    run_in_turn(contenders);
    const Contender& original = contenders.front();
    const auto sorted = [](std::vector<double> values) {
        std::sort(values.begin(), values.end());
        return values;
    };
    const std::size_t middle = original.seconds.size() / 2;
    std::printf("  the original's denoiser (torch's layers, float32, NCHW, batch 1): %.0f ms a call\n",
                sorted(original.seconds)[middle] * 1e3);
    for (auto ours = contenders.begin() + 1; ours != contenders.end(); ++ours) {
        std::vector<double> ratios;
        for (std::size_t i = 0; i < ours->seconds.size(); ++i)
            ratios.push_back(original.seconds[i] / ours->seconds[i]);
        ratios = sorted(ratios);
        const double difference = (ours->answer - original.answer).abs().mean().item<double>();
        std::printf(
            "    %s: %.0f ms, %.2f times as fast (%.2f to %.2f in %zu pairs); mean difference %.4f %% of the "
            "output's deviation\n",
            ours->name.c_str(), sorted(ours->seconds)[middle] * 1e3, ratios[middle], ratios.front(),
            ratios.back(), ratios.size(), 100 * difference / original.answer.std().item<double>());
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

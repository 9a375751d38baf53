// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/networks/convolution_trial.h"

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <exception>
#include <limits>

#include "worker/inference/networks/blocked_layer.h"
#include "worker/inference/networks/current_precision.h"
#include "worker/inference/networks/networks.h"
#include "worker/inference/networks/processor.h"

namespace spineseg {
namespace {

using torch::Tensor;

/// Rounding differs by 1e-5 at most in float32, and by 0.05 in bfloat16 (README.md, Convolutions).
constexpr double kMostDifference = 1e-3;
constexpr double kMostDifferenceBfloat16 = 0.3;
constexpr int kMostCalls = 5;
constexpr double kEnoughSeconds = 0.12;

/// One thread and the processor's time: what else the machine does changes neither much.
class OneTimedThread {
  public:
    OneTimedThread() : before_(at::get_num_threads()) { at::set_num_threads(1); }
    ~OneTimedThread() { at::set_num_threads(before_); }
    OneTimedThread(const OneTimedThread&) = delete;
    OneTimedThread& operator=(const OneTimedThread&) = delete;
    static double now() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

  private:
    int before_;
};

std::int64_t half_of(std::int64_t side) {
    return std::max(kPoolingMultiple, side / 2 / kPoolingMultiple * kPoolingMultiple);
}

double shortest_seconds(const std::function<void()>& call) {
    double shortest = std::numeric_limits<double>::infinity(), all = 0.0;
    for (int i = 0; i < 2 || (i < kMostCalls && all < kEnoughSeconds); ++i) {
        const double begin = OneTimedThread::now();
        call();
        const double seconds = OneTimedThread::now() - begin;
        shortest = std::min(shortest, seconds);
        all += seconds;
    }
    return shortest;
}

using TriedCall = std::function<Tensor(std::int64_t rows, std::int64_t columns)>;

/// `expected` becomes the answer where it is undefined.
ConvolutionTrial::Candidate try_one(ConvolutionMethod method, std::int64_t rows, std::int64_t columns,
                                    const TriedCall& call, Tensor& expected) {
    const ConvolutionScope scope(method);
    const bool rounded = current_precision() == Precision::bfloat16;
    call(2 * kPoolingMultiple, 2 * kPoolingMultiple);  // packs the weights
    Tensor given;
    ConvolutionTrial::Candidate candidate{.method = method};
    candidate.seconds = shortest_seconds([&] { given = call(half_of(rows), half_of(columns)); });
    if (!expected.defined()) expected = given;
    candidate.difference = ((given - expected).abs().max() / expected.std().clamp_min(1e-6)).item<double>();
    // Written so that a NaN does not agree.
    candidate.agrees = candidate.difference <= (rounded ? kMostDifferenceBfloat16 : kMostDifference);
    return candidate;
}

/// A method that fails is one that is not taken.
ConvolutionTrial::Candidate unless_it_fails(ConvolutionMethod method,
                                            const std::function<ConvolutionTrial::Candidate()>& tried) {
    try {
        return tried();
    } catch (const std::exception&) {  // LibTorch's and oneDNN's
        return {.method = method, .agrees = false};
    }
}

}  // namespace

std::string ConvolutionTrial::describe() const {
    std::string text = to_string(chosen);
    for (const Candidate& candidate : candidates) {
        char line[96];
        std::snprintf(line, sizeof line, "%s%s %.1f ms%s", &candidate == &candidates.front() ? " (" : ", ",
                      to_string(candidate.method), candidate.seconds * 1e3,
                      candidate.agrees ? "" : " with a wrong result or none");
        text += line;
    }
    return candidates.empty() ? text : text + ")";
}

std::vector<ConvolutionMethod> possible_methods(const torch::Device& device, const Widths& widths,
                                                Precision precision) {
    std::vector<ConvolutionMethod> methods{ConvolutionMethod::channels_last};
    if (!device.is_cpu()) return methods;
    const auto type = precision == Precision::bfloat16 ? torch::kBFloat16 : torch::kFloat32;
    const auto block = block_of_channels(type);
    // The decoder's upsampled maps have half the channels.
    const auto whole = [block](int width) { return width % (2 * block) == 0; };
    if (block == 0 || !std::all_of(widths.begin(), widths.end(), whole)) return methods;
    methods.push_back(ConvolutionMethod::blocked);
    if (has_winograd(type)) methods.push_back(ConvolutionMethod::winograd);
    return methods;
}

ConvolutionTrial try_methods(const std::vector<ConvolutionMethod>& methods, std::int64_t rows,
                             std::int64_t columns,
                             const std::function<Tensor(std::int64_t rows, std::int64_t columns)>& call) {
    const c10::InferenceMode inference;
    const OneTimedThread one_thread;
    ConvolutionTrial trial;
    Tensor expected;
    for (const ConvolutionMethod method : methods) {
        const auto tried = [&] { return try_one(method, rows, columns, call, expected); };
        if (!expected.defined())
            trial.candidates.push_back(tried());
        else
            trial.candidates.push_back(unless_it_fails(method, tried));
    }
    if (current_precision() == Precision::bfloat16 && this_processor().amx_bf16) return trial;
    for (const auto& candidate : trial.candidates)
        if (candidate.agrees) trial.chosen = candidate.method;
    return trial;
}

Result<ConvolutionTrial> find_method(std::optional<ConvolutionMethod> wanted,
                                     const std::vector<ConvolutionMethod>& methods,
                                     const std::function<ConvolutionTrial()>& trial) {
    if (!wanted) return methods.size() > 1 ? trial() : ConvolutionTrial{};
    if (std::find(methods.begin(), methods.end(), *wanted) != methods.end())
        return ConvolutionTrial{.candidates = {}, .chosen = *wanted};
    return failure(
        ErrorCode::invalid_configuration,
        std::string("convolutions \"") + to_string(*wanted) +
            "\" are not possible here: they need a CPU, oneDNN in this build, widths of the model that are multiples of "
            "16 or 32 (two blocks), and winograd AVX-512 and float32; take --convolutions auto");
}

}  // namespace spineseg

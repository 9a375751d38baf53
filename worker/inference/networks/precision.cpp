// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/networks/precision.h"

#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "worker/inference/networks/prepacked_convolution.h"
#include "worker/inference/networks/processor.h"

namespace spineseg {
namespace {

constexpr std::int64_t kTrialChannels = 64;
constexpr std::int64_t kTrialSide = 32;
constexpr int kTimings = 5;
/// Measured (2026-11-29, AMD EPYC, busy with other work): 0.51 to 0.52 times as long where the processor multiplies
/// bfloat16, 2.7 to 2.9 times where oneDNN emulates it. Nothing lies near this bound, so that noise does not change
/// the answer from run to run.
constexpr double kClearlySlower = 1.1;

/// Timings on one thread do not depend on what the other cores do.
class OneThread {
  public:
    OneThread() : before_(at::get_num_threads()) { at::set_num_threads(1); }
    ~OneThread() { at::set_num_threads(before_); }
    OneThread(const OneThread&) = delete;
    OneThread& operator=(const OneThread&) = delete;

  private:
    int before_;
};

/// A convolution of ones, whose result is known: 9 · channels inside, less at the border. Random numbers would
/// move LibTorch's generator.
class TrialConvolution {
  public:
    explicit TrialConvolution(torch::ScalarType type)
        : input_(torch::ones({1, kTrialChannels, kTrialSide, kTrialSide}, type)
                     .contiguous(torch::MemoryFormat::ChannelsLast)) {}
    bool is_right() {
        const auto inside = compute().narrow(2, 1, kTrialSide - 2).narrow(3, 1, kTrialSide - 2);
        return inside.eq(9 * kTrialChannels).all().item<bool>();  // 576 has a bfloat16
    }
    double seconds() {
        const auto begin = std::chrono::steady_clock::now();
        compute();
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    }

  private:
    torch::Tensor compute() { return convolution_(input_, weight_); }

    torch::Tensor input_;
    torch::Tensor weight_ = torch::ones({kTrialChannels, kTrialChannels, 3, 3});
    PrepackedConvolution convolution_;
};

const char* onednn_limit() {
    for (const char* name : {"ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"})
        if (std::getenv(name) != nullptr) return name;
    return nullptr;
}

std::string why_it_fails(const std::string& message) {
    constexpr const char* kWithout = ", without which oneDNN has no bfloat16 convolution";
    if (!this_processor().avx512) return std::string("it has no AVX-512") + kWithout;
    if (const char* limit = onednn_limit())
        return std::string(limit) + "=" + std::getenv(limit) + " keeps oneDNN from AVX-512" + kWithout;
    return "oneDNN does not compute a bfloat16 convolution (" + message + ")";
}

/// How many times as long as in float32 a convolution takes.
double measured_relative_time(TrialConvolution& rounded) {
    TrialConvolution exact(torch::kFloat32);
    exact.seconds();  // compiles the kernel
    double best_exact = exact.seconds(), best_rounded = rounded.seconds();
    for (int i = 1; i < kTimings; ++i) {
        best_exact = std::min(best_exact, exact.seconds());
        best_rounded = std::min(best_rounded, rounded.seconds());
    }
    return best_rounded / best_exact;
}

/// Of a processor on which the convolution was right.
Bfloat16Support judge_speed(TrialConvolution& rounded) {
    Bfloat16Support support{.works = true};
    const Processor& processor = this_processor();
    if (!processor.avx512_bf16 && !processor.amx_bf16) {
        support.reason =
            "it has neither AVX512-BF16 nor AMX, so bfloat16 is emulated and slower than float32";
        return support;
    }
    support.relative_time = measured_relative_time(rounded);
    support.faster = support.relative_time <= kClearlySlower;
    char slower[96];
    std::snprintf(slower, sizeof slower, "a bfloat16 convolution takes %.1f times as long as one in float32",
                  support.relative_time);
    support.reason = !support.faster      ? slower
                     : processor.amx_bf16 ? "AMX multiplies bfloat16 in hardware"
                                          : "AVX512-BF16 multiplies bfloat16 in hardware";
    return support;
}

Bfloat16Support try_bfloat16() {
    const torch::NoGradGuard no_grad;
    const OneThread one_thread;
    try {
        TrialConvolution rounded(torch::kBFloat16);
        if (!rounded.is_right()) return {.reason = "oneDNN's bfloat16 convolution gives a wrong result"};
        return judge_speed(rounded);
    } catch (const std::exception& error) {  // LibTorch's and oneDNN's
        const std::string message = error.what();
        return {.reason = why_it_fails(message.substr(0, message.find('\n')))};
    }
}

}  // namespace

const char* to_string(Precision precision) {
    return precision == Precision::bfloat16 ? "bfloat16" : "float32";
}

Result<std::optional<Precision>> precision_from_string(std::string_view name) {
    if (name == "auto") return std::optional<Precision>();
    for (const Precision precision : {Precision::float32, Precision::bfloat16})
        if (name == to_string(precision)) return std::optional(precision);
    return failure(ErrorCode::invalid_argument,
                   "precision \"" + std::string(name) + "\" is none of auto, float32 and bfloat16");
}

const Bfloat16Support& cpu_bfloat16() {
    static const Bfloat16Support support = try_bfloat16();
    return support;
}

Result<Precision> cpu_precision(std::optional<Precision> wanted) {
    if (wanted == Precision::float32) return Precision::float32;
    const Bfloat16Support& support = cpu_bfloat16();
    if (!wanted) return support.faster ? Precision::bfloat16 : Precision::float32;
    if (support.works) return Precision::bfloat16;
    return failure(ErrorCode::invalid_configuration, "bfloat16 cannot be computed on this processor (" +
                                                         this_processor().name + "): " + support.reason +
                                                         "; take --precision float32 or auto");
}

}  // namespace spineseg

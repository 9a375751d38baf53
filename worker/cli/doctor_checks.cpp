// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/cli/doctor_checks.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <limits>
#include <thread>

#include "worker/cage/cage.h"
#include "worker/inference/networks/compute_device.h"
#include "worker/inference/networks/precision.h"
#include "worker/inference/networks/processor.h"

namespace spineseg {
namespace {

constexpr double kGibibyte = 1024.0 * 1024.0 * 1024.0;
/// Peak of a worker over a series of 15 slices of 320 × 320 with lumbar-fast (models/STUDY.md, Speed).
constexpr double kSeriesGibibytes = 0.7;

std::string gibibytes(double bytes) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f GiB", bytes / kGibibyte);
    return text;
}

/// A line "MemTotal:  123 kB" of /proc/meminfo, in bytes; 0 where there is none.
double meminfo_bytes(const std::string& name) {
    std::ifstream file("/proc/meminfo");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with(name + ":")) return std::stod(line.substr(name.size() + 1)) * 1024.0;
    return 0.0;
}

/// What a container or a service unit leaves of the memory: limit − in use; infinity without a limit.
double bytes_left_to_group() {
    const auto number_in = [](const char* file) {
        std::ifstream stream(file);
        double value = std::numeric_limits<double>::infinity();
        return stream >> value ? value : std::numeric_limits<double>::infinity();
    };
    const double limit = number_in("/sys/fs/cgroup/memory.max");
    const double used = number_in("/sys/fs/cgroup/memory.current");
    const auto unlimited = std::numeric_limits<double>::infinity();
    return limit < unlimited && used < unlimited ? std::max(0.0, limit - used) : unlimited;
}

std::string yes_or_no(const char* feature, bool has) {
    return std::string(has ? "" : "no ") + feature;
}

std::string joined_names(const std::vector<std::string>& names) {
    std::string all;
    for (const auto& name : names) all += (all.empty() ? "" : ", ") + name;
    return all;
}

bool asks_for_cuda(const ModelArguments& arguments) {
    return arguments.device.starts_with("cuda");
}

}  // namespace

const char* to_string(CheckStatus status) {
    constexpr const char* kNames[] = {"ok", "note", "warning", "problem"};
    return kNames[static_cast<std::size_t>(status)];
}

DoctorCheck failed_check(std::string name, const Error& error) {
    DoctorCheck check{
        .name = std::move(name), .status = CheckStatus::problem, .text = error.detail, .error = error};
    const auto split = error.detail.rfind("; ");
    if (split != std::string::npos) {
        check.text = error.detail.substr(0, split);
        check.remedy = error.detail.substr(split + 2);
    }
    return check;
}

DoctorCheck check_processor() {
    const Processor& processor = this_processor();
    DoctorCheck check{.name = "processor"};
    check.text = processor.name + "; " + yes_or_no("AVX2", processor.avx2) + ", " +
                 yes_or_no("AVX-512", processor.avx512) + ", " +
                 yes_or_no("AVX512-BF16", processor.avx512_bf16) + ", " +
                 yes_or_no("AMX", processor.amx_bf16);
    check.data = {{"name", processor.name},
                  {"avx2", processor.avx2},
                  {"avx512", processor.avx512},
                  {"avx512_bf16", processor.avx512_bf16},
                  {"amx_bf16", processor.amx_bf16}};
#if defined(__x86_64__)
    if (!processor.avx2) {
        check.status = CheckStatus::warning;
        check.remedy = "the networks run, several times slower; take a machine of 2013 or later";
    }
#endif
    return check;
}

DoctorCheck check_precision(const ModelArguments& arguments) {
    const auto wanted = precision_from_string(arguments.precision);
    if (!wanted) return failed_check("precision", wanted.error());
    const std::string how = wanted->has_value() ? "asked for" : "auto";
    DoctorCheck check{.name = "precision"};
    if (asks_for_cuda(arguments)) {
        check.text = std::string(to_string(wanted->value_or(Precision::bfloat16))) + " (" + how + ")";
        return check;
    }
    const Bfloat16Support& support = cpu_bfloat16();
    check.data["bfloat16"] = {{"works", support.works},
                              {"faster", support.faster},
                              {"relative_time", support.relative_time},
                              {"reason", support.reason}};
    const auto chosen = cpu_precision(*wanted);
    if (!chosen) {
        auto failed = failed_check("precision", chosen.error());
        failed.data = check.data;
        return failed;
    }
    check.data["chosen"] = to_string(*chosen);
    check.text = std::string(to_string(*chosen)) + " (" + how + "): " + support.reason;
    if (*chosen == Precision::bfloat16 && !support.faster) {
        check.status = CheckStatus::warning;
        check.remedy = "take --precision auto or float32, which is faster here";
    }
    return check;
}

DoctorCheck check_threads(const ModelArguments& arguments) {
    const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    const int threads = arguments.threads > 0 ? arguments.threads : cores;
    DoctorCheck check{.name = "threads"};
    check.text =
        std::to_string(threads) + ", on " + std::to_string(cores) + (cores == 1 ? " core" : " cores");
    check.data = {{"threads", threads}, {"cores", cores}};
    if (threads > cores) {
        check.status = CheckStatus::warning;
        check.remedy = "take no more --threads than there are cores";
    }
    return check;
}

DoctorCheck check_memory() {
    const double total = meminfo_bytes("MemTotal");
    const double available = std::min(meminfo_bytes("MemAvailable"), bytes_left_to_group());
    DoctorCheck check{.name = "memory"};
    check.text = gibibytes(total) + ", " + gibibytes(available) +
                 " available; a series of 15 slices needs 0.7 GiB with lumbar-fast";
    check.data = {{"total_bytes", static_cast<std::int64_t>(total)},
                  {"available_bytes", static_cast<std::int64_t>(available)}};
    if (available < kSeriesGibibytes * kGibibyte) {
        check.status = CheckStatus::warning;
        check.remedy = "end other programs, or give this machine or container more memory";
    }
    return check;
}

DoctorCheck check_libtorch() {
    const TorchBuild build = torch_build();
    DoctorCheck check{.name = "LibTorch"};
    check.text = build.version + (build.onednn.empty() ? ", without oneDNN" : ", oneDNN " + build.onednn);
    check.data = {{"version", build.version}, {"onednn", build.onednn}};
    if (build.onednn.empty()) {
        check.status = CheckStatus::warning;
        check.remedy =
            "convolutions are slow without oneDNN; take Debian's LibTorch or a wheel of PyPI's torch";
    }
    return check;
}

DoctorCheck check_blas() {
    const TorchBuild build = torch_build();
    DoctorCheck check{.name = "BLAS"};
    check.text = build.blas.empty() ? "inside LibTorch" : build.blas;
    check.data = {{"library", build.blas}, {"reference", build.reference_blas}};
    if (build.reference_blas) {
        check.status = CheckStatus::warning;
        check.text += ", the reference BLAS, which is slow";
        check.remedy = "apt install libopenblas0-pthread";
    }
    return check;
}

DoctorCheck check_cuda(const ModelArguments& arguments) {
    const CudaDevices devices = cuda_devices();
    DoctorCheck check{.name = "CUDA", .data = {{"count", devices.count}, {"names", devices.names}}};
    if (devices.count > 0) {
        check.text = std::to_string(devices.count) + (devices.count == 1 ? " device" : " devices") +
                     (devices.names.empty() ? "" : ": " + joined_names(devices.names));
        return check;
    }
    if (asks_for_cuda(arguments))
        return failed_check("CUDA", {ErrorCode::invalid_configuration, "no device: " + devices.why_none});
    check.status = CheckStatus::note;
    check.text = "no device: " + devices.why_none.substr(0, devices.why_none.rfind("; "));
    return check;
}

DoctorCheck check_cage(bool allow_weaker) {
    const CageState offered = offered_cage();
    if (const auto enough = require_cage(offered, allow_weaker); !enough) {
        auto failed = failed_check("cage", enough.error());
        failed.data = {{"whole", false}, {"detail", offered.detail}};
        return failed;
    }
    DoctorCheck check{.name = "cage", .data = {{"whole", offered.whole}, {"detail", offered.detail}}};
    check.text = offered.detail;
    if (!offered.whole) {
        check.status = CheckStatus::warning;
        check.remedy = "use a kernel that confines the worker wholly";
    }
    return check;
}

}  // namespace spineseg

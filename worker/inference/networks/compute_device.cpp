// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/networks/compute_device.h"

#include <ATen/Version.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <torch/cuda.h>
#include <torch/version.h>

#include <filesystem>
#include <fstream>
#include <string_view>

namespace spineseg {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNvidiaDriver = "/proc/driver/nvidia";

/// The driver's own list: LibTorch's C++ interface names a device only with CUDA's headers.
std::vector<std::string> names_of_driver() {
    std::vector<std::string> names;
    std::error_code ignored;
    for (const auto& gpu : fs::directory_iterator(fs::path(kNvidiaDriver) / "gpus", ignored)) {
        std::ifstream file(gpu.path() / "information");
        for (std::string line; std::getline(file, line);) {
            constexpr std::string_view kModel = "Model:";
            if (!line.starts_with(kModel)) continue;
            const auto begin = line.find_first_not_of(" \t", kModel.size());
            if (begin != std::string::npos) names.push_back(line.substr(begin));
        }
    }
    return names;
}

std::string why_no_cuda() {
    if (!at::detail::getCUDAHooks().hasCUDART())
        return "this LibTorch is built without CUDA, as Debian's is; take --device cpu, or build against a "
               "LibTorch with CUDA (docker/README.md)";
    std::error_code ignored;
    if (!fs::exists(kNvidiaDriver, ignored))
        return "no NVIDIA driver is loaded; take --device cpu, or install the driver (nvidia-smi must list "
               "the GPU)";
    return "the NVIDIA driver shows LibTorch no GPU; take --device cpu, or check nvidia-smi, "
           "CUDA_VISIBLE_DEVICES and the rights on /dev/nvidia*";
}

/// "Intel(R) MKL-DNN v2.7.2 (Git Hash ...)" → "2.7.2".
std::string onednn_version() {
    const std::string text = at::get_mkldnn_version();
    const auto begin = text.find(" v");
    if (begin == std::string::npos) return {};
    return text.substr(begin + 2, text.find_first_of(" \n", begin + 2) - begin - 2);
}

}  // namespace

CudaDevices cuda_devices() {
    CudaDevices devices;
    if (torch::cuda::is_available()) devices.count = static_cast<int>(torch::cuda::device_count());
    if (devices.count > 0)
        devices.names = names_of_driver();
    else
        devices.why_none = why_no_cuda();
    return devices;
}

TorchBuild torch_build() {
    TorchBuild build;
    build.version = TORCH_VERSION;
    build.onednn = onednn_version();
    // Which BLAS is behind Debian's alternatives shows only in what is mapped.
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        const auto path = line.find('/');
        if (path == std::string::npos) continue;
        const std::string library = line.substr(path);
        const bool reference = library.find("/blas/libblas.so") != std::string::npos;
        if (!reference && library.find("blas") == std::string::npos &&
            library.find("libmkl_rt") == std::string::npos)
            continue;
        build.reference_blas = build.reference_blas || reference;
        if (build.blas.empty() || reference) build.blas = library;
    }
    return build;
}

}  // namespace spineseg

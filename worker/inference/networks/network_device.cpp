// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/networks/network_device.h"

#include <ATen/Context.h>
#include <c10/core/DeviceGuard.h>
#include <dlfcn.h>

#include <cstddef>

#include "worker/inference/networks/compute_device.h"

namespace spineseg {
namespace {

tl::unexpected<Error> unusable(const std::string& why) {
    return failure(ErrorCode::invalid_configuration, why);
}

Result<torch::Device> cuda_device(const torch::Device& device) {
    const CudaDevices found = cuda_devices();
    const std::string name = "device \"" + device.str() + "\": ";
    if (found.count == 0) return unusable(name + found.why_none);
    if (device.has_index() && device.index() >= found.count)
        return unusable(name + "this machine has " + std::to_string(found.count) +
                        (found.count == 1 ? " GPU" : " GPUs") + ", counted from cuda:0");
    return device;
}

}  // namespace

Result<torch::Device> find_device(const std::string& name) {
    try {
        const torch::Device device(name);
        if (device.is_cpu()) return device;
        if (device.is_cuda()) return cuda_device(device);
    } catch (const c10::Error&) {
        // A name that LibTorch does not know.
    }
    return unusable("device \"" + name + "\" is unknown; use cpu, cuda or cuda:NUMBER");
}

void prefer_exact_results(const torch::Device& device) {
    if (!device.is_cuda()) return;
    auto& settings = at::globalContext();
    settings.setBenchmarkCuDNN(false);  // chooses among algorithms by their time, which varies
    settings.setDeterministicCuDNN(true);
    settings.setAllowTF32CuDNN(false);  // on by default: float32 with ten bits of mantissa
    settings.setAllowTF32CuBLAS(false);
}

std::optional<std::int64_t> free_device_memory(const torch::Device& device) {
    if (!device.is_cuda()) return std::nullopt;
    // LibTorch has no call for it in all of its releases that we build with. The CUDA runtime is in the
    // process where LibTorch was built with CUDA; its header is not on the build machine.
    using MemGetInfo = int (*)(std::size_t * free, std::size_t * total);
    const auto ask = reinterpret_cast<MemGetInfo>(::dlsym(RTLD_DEFAULT, "cudaMemGetInfo"));
    if (ask == nullptr) return std::nullopt;
    try {
        const c10::DeviceGuard on_that_device(device);
        std::size_t free = 0, total = 0;
        if (ask(&free, &total) == 0) return static_cast<std::int64_t>(free);
    } catch (const c10::Error&) {
        // No such device.
    }
    return std::nullopt;
}

}  // namespace spineseg

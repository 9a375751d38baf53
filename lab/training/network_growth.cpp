// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/network_growth.h"

#include <ATen/CPUGeneratorImpl.h>
#include <torch/torch.h>

#include <string>

namespace spineseg {
namespace {

using torch::Tensor;

/// Which dimension of a weight reads the channels before it; transposed convolutions hold theirs first.
std::int64_t reading_dimension(const std::string& name, const Tensor& tensor) {
    if (tensor.dim() < 2) return -1;
    return name.find(".deconv.") != std::string::npos ? 0 : 1;
}

/// Positive shares of 1 among `copies` neighbours along `dimension`, other than equal.
Tensor shares(at::IntArrayRef sizes, std::int64_t dimension, std::int64_t copies, at::Generator generator) {
    std::vector<std::int64_t> shape(sizes.begin(), sizes.end());
    shape.insert(shape.begin() + dimension + 1, copies);
    const Tensor drawn = torch::rand(shape, generator) + 0.5;
    return (drawn / drawn.sum(dimension + 1, true)).flatten(dimension, dimension + 1);
}

}  // namespace

Result<TensorMap> grown(const TensorMap& trained, const TensorMap& wider, std::uint64_t seed) {
    const auto generator = at::detail::createCPUGenerator(seed);
    TensorMap result;
    for (const auto& [name, target] : wider) {
        const auto found = trained.find(name);
        if (found == trained.end())
            return failure(ErrorCode::invalid_argument, "tensor \"" + name + "\" is missing");
        Tensor tensor = found->second.to(torch::kFloat32);
        if (tensor.dim() != target.dim())
            return failure(ErrorCode::invalid_argument, "tensor \"" + name + "\" has other dimensions");
        for (std::int64_t dimension = 0; dimension < target.dim(); ++dimension) {
            const auto narrow_size = tensor.size(dimension), wide_size = target.size(dimension);
            if (narrow_size == 0 || wide_size % narrow_size != 0)
                return failure(ErrorCode::invalid_argument,
                               "tensor \"" + name + "\": " + std::to_string(wide_size) +
                                   " channels are no whole multiple of " + std::to_string(narrow_size));
            const auto copies = wide_size / narrow_size;
            if (copies == 1) continue;
            const auto sizes = tensor.sizes().vec();
            tensor = tensor.repeat_interleave(copies, dimension);
            if (dimension == reading_dimension(name, tensor))
                tensor = tensor * shares(sizes, dimension, copies, generator);
        }
        result[name] = tensor.contiguous();
    }
    for (const auto& [name, tensor] : trained)
        if (!wider.contains(name))
            return failure(ErrorCode::invalid_argument, "tensor \"" + name + "\" is one too many");
    return result;
}

}  // namespace spineseg

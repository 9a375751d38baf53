// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/signal_void.h"

#include <torch/torch.h>

#include <cmath>
#include <numbers>

namespace spineseg {
namespace {

using torch::Tensor;

constexpr double kEdgePixels = 0.7;  ///< the void's border is as soft as the image's other borders

}  // namespace

SpoiltSlice with_signal_void(const Tensor& image, const Tensor& structures, double radius, double white,
                             Random& random) {
    const Tensor places = (structures.sum(0) > 0.5).nonzero();
    if (places.size(0) == 0) return {image, structures};
    const Tensor centre =
        places[static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(places.size(0)))];
    const Tensor down =
        (torch::arange(image.size(0)) - centre[0]).to(torch::kFloat32).view({-1, 1}).expand_as(image);
    const Tensor across =
        (torch::arange(image.size(1)) - centre[1]).to(torch::kFloat32).view({1, -1}).expand_as(image);

    const double turn = uniform(random, 0, 2 * std::numbers::pi);
    const Tensor along = down * std::cos(turn) + across * std::sin(turn);
    const Tensor beside = (across * std::cos(turn) - down * std::sin(turn)) / uniform(random, 0.5, 1.0);
    const Tensor distance = (along.square() + beside.square()).sqrt();
    const Tensor within = torch::sigmoid((radius - distance) / kEdgePixels);

    const Tensor side = (along / distance.clamp_min(1)).clamp_min(0);
    const Tensor from_rim = (distance - radius) / uniform(random, 1.0, 3.0);
    const Tensor rim = torch::exp(-from_rim.square()) * side * (white * uniform(random, 0.3, 1.5));
    const Tensor dark = image * (1 - within) + within * (white * uniform(random, 0.0, 0.05));
    return {torch::maximum(dark, rim), structures * (1 - within)};
}

}  // namespace spineseg

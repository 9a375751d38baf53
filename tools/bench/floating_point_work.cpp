// SPDX-License-Identifier: GPL-3.0-or-later
#include "tools/bench/floating_point_work.h"

#include <string>

namespace spineseg {
namespace {

/// At which scale a parameter works: "down_3" halves the picture three times, "upcat_3" works at the scale
/// above.
int halvings(const std::string& name) {
    if (const auto at = name.find("down_"); at != std::string::npos) return name[at + 5] - '0';
    if (const auto at = name.find("upcat_"); at != std::string::npos) return name[at + 6] - '1';
    return 0;
}

}  // namespace

std::int64_t convolution_operations(const torch::nn::Module& network, int rows, int columns) {
    std::int64_t operations = 0;
    for (const auto& item : network.named_parameters()) {
        const torch::Tensor& weight = item.value();
        if (weight.dim() != 4) continue;  // linear layers and norms
        const std::int64_t pixels =
            (rows >> halvings(item.key())) * std::int64_t{columns >> halvings(item.key())};
        // A transposed 2 × 2 convolution of stride two reads each output pixel's inputs through one tap.
        const bool transposed = item.key().find("deconv") != std::string::npos;
        const std::int64_t taps = transposed ? 1 : weight.size(2) * weight.size(3);
        operations += 2 * weight.size(0) * weight.size(1) * taps * pixels;
    }
    return operations;
}

}  // namespace spineseg

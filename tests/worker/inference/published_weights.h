// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The published network's tensor names (docs/method.md §2.6) and the deterministic weights of its golden
/// numbers (§2.7), both written from the description and not from our modules.

#include <torch/torch.h>

#include <cmath>
#include <string>
#include <vector>

#include "worker/inference/storage/safetensors.h"

namespace spineseg {

inline std::vector<std::string> published_names() {
    std::vector<std::string> names;
    const auto both = [&](const std::string& prefix) {
        names.push_back(prefix + ".weight");
        names.push_back(prefix + ".bias");
    };
    const auto two = [&](const std::string& prefix) {
        for (const char* conv : {".conv_0", ".conv_1"}) {
            both(prefix + conv + ".conv");
            both(prefix + conv + ".adn.N");
        }
    };
    two("embed_model.conv_0");
    for (const char* i : {"1", "2", "3", "4"}) two(std::string("embed_model.down_") + i + ".convs");
    both("model.temb.dense.0");
    both("model.temb.dense.1");
    const auto timed = [&](const std::string& prefix) {
        both(prefix + ".temb_proj");
        two(prefix);
    };
    timed("model.conv_0");
    for (const char* i : {"1", "2", "3", "4"}) timed(std::string("model.down_") + i + ".convs");
    for (const char* i : {"4", "3", "2", "1"}) {
        both(std::string("model.upcat_") + i + ".upsample.deconv");
        timed(std::string("model.upcat_") + i + ".convs");
    }
    both("model.final_conv");
    return names;
}

inline bool ends_with(const std::string& text, const std::string& ending) {
    return text.size() >= ending.size() &&
           text.compare(text.size() - ending.size(), ending.size(), ending) == 0;
}

/// Value i of tensor k, before its scale: sin(0.7 (i mod 1013) + 1.3 k).
inline torch::Tensor golden_tensor(const std::string& name, int k, const std::vector<std::int64_t>& shape) {
    auto tensor = torch::empty(shape);
    const auto fan_in = static_cast<double>(tensor.numel()) / static_cast<double>(shape.front());
    float* values = tensor.data_ptr<float>();
    for (std::int64_t i = 0; i < tensor.numel(); ++i) {
        const double b = std::sin(0.7 * static_cast<double>(i % 1013) + 1.3 * k);
        if (ends_with(name, "adn.N.weight")) {
            values[i] = static_cast<float>(1.0 + 0.1 * b);
        } else if (ends_with(name, "bias")) {
            values[i] = static_cast<float>(0.1 * b);
        } else {
            values[i] = static_cast<float>(b / std::sqrt(fan_in));
        }
    }
    return tensor;
}

/// Weights for all 144 tensors, in the shapes that `module` has under the published names.
inline TensorMap golden_weights(const torch::nn::Module& module) {
    const auto shapes = state_of(module);
    TensorMap weights;
    int k = 0;
    for (const auto& name : published_names()) {
        weights[name] = golden_tensor(name, k++, shapes.at(name).sizes().vec());
    }
    return weights;
}

}  // namespace spineseg

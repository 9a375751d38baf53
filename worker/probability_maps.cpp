// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/probability_maps.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "worker/preprocessor.h"

namespace spineseg {

StructureProbabilities restore_probabilities(const torch::Tensor& probability, const GeometryTrace& trace) {
    StructureProbabilities result;
    for (int s = 0; s < kStructures; ++s) {
        const Volume map = restore_map(probability.select(1, s).contiguous(), trace);
        auto& bytes = result.maps[static_cast<std::size_t>(s)];
        bytes.geometry = map.geometry;
        bytes.voxels.resize(map.voxels.size());
        std::transform(map.voxels.begin(), map.voxels.end(), bytes.voxels.begin(), [](float p) {
            return static_cast<std::uint8_t>(std::lround(255.0F * std::clamp(p, 0.0F, 1.0F)));
        });
    }
    return result;
}

}  // namespace spineseg

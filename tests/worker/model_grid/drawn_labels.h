// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Drawn structures on any grid, for the tests of the way to the model's grid and back.

#include <ATen/ATen.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "config/model_manifest.h"
#include "core/volume.h"
#include "worker/model_grid/geometry_trace.h"

namespace spineseg::testing {

/// An input plan of 0.9375 mm, as upright_geometry() has.
inline InputPlan native_plan() {
    InputPlan result;
    result.spacing_mm = 0.9375;
    return result;
}

/// The covered part of the model grid.
inline at::Tensor covered(const at::Tensor& grid, const GeometryTrace& trace) {
    return grid.narrow(1, trace.row.offset, trace.row.resampled_count)
        .narrow(2, trace.column.offset, trace.column.resampled_count);
}

/// The same body at twice the resolution: each voxel split into 2 × 2.
inline Geometry twice_as_fine(Geometry g) {
    g.origin = g.position(-0.25, -0.25, 0);
    g.columns *= 2;
    g.rows *= 2;
    g.column_spacing /= 2;
    g.row_spacing /= 2;
    return g;
}

/// A disc-shaped, a canal-shaped and a box-shaped structure at asymmetric places, by position in the patient.
inline LabelMap drawn_labels(const Geometry& g) {
    LabelMap labels{g, std::vector<std::uint8_t>(g.voxel_count())};
    for (int k = 0; k < g.slices; ++k) {
        for (int j = 0; j < g.rows; ++j) {
            for (int i = 0; i < g.columns; ++i) {
                const Vec3 p = g.position(i, j, k);
                const double y = p[1];
                const double z = p[2];
                auto& label = labels.at(i, j, k);
                if (std::pow((y + 10) / 17, 2) + std::pow((z - 5) / 5.5, 2) < 1)
                    label = 201;
                else if (std::abs(y + 10) < 16 && std::abs(z - 26) < 13)
                    label = 1;
                else if (std::abs(y - 22 - 0.08 * z) < 7)
                    label = 100;
            }
        }
    }
    return labels;
}

inline double dice(const LabelMap& a, const LabelMap& b, std::uint8_t label) {
    std::size_t both = 0;
    std::size_t sum = 0;
    for (std::size_t i = 0; i < a.voxels.size(); ++i) {
        const bool in_a = a.voxels[i] == label;
        const bool in_b = b.voxels[i] == label;
        both += in_a && in_b;
        sum += static_cast<std::size_t>(in_a) + static_cast<std::size_t>(in_b);
    }
    return 2.0 * static_cast<double>(both) / static_cast<double>(sum);
}

/// A restored share of one structure, decided at one half, against that structure in `truth`.
inline double dice_at_half(const Volume& share, const LabelMap& truth, Structure structure) {
    const auto label = static_cast<std::uint8_t>(label_of(structure));
    LabelMap decided{truth.geometry, std::vector<std::uint8_t>(truth.voxels.size())};
    for (std::size_t i = 0; i < decided.voxels.size(); ++i)
        decided.voxels[i] = share.voxels[i] > 0.5F ? label : 0;
    return dice(decided, truth, label);
}

}  // namespace spineseg::testing

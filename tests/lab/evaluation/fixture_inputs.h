// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The inputs of make_fixtures.py, built again, and the figures that the other packages gave for them.

#include <cmath>
#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/geometry.h"
#include "core/split_mix.h"
#include "lab/evaluation/distance_transform.h"

namespace spineseg::testing {

inline nlohmann::json fixtures() {
    std::ifstream file(std::string(SPINESEG_SOURCE_DIR) + "/tests/lab/evaluation/fixtures.json");
    return nlohmann::json::parse(file);
}

/// Uniform numbers in [0, 1): SplitMix64's upper 24 bits.
inline std::vector<double> uniform(std::size_t count, std::uint64_t seed) {
    std::vector<double> numbers;
    SplitMix64 random(seed);
    for (std::size_t i = 0; i < count; ++i)
        numbers.push_back(static_cast<double>(random.next() >> 40) / static_cast<double>(1 << 24));
    return numbers;
}

inline Geometry surface_grid() {
    Geometry g;
    g.columns = 32;
    g.rows = 40;
    g.slices = 9;
    g.column_spacing = 0.6;
    g.row_spacing = 0.9375;
    g.slice_spacing = 3.3;
    return g;
}

/// `centre` and `radii` in voxels: slice, row, column.
inline void add_ellipsoid(Mask& mask, const Geometry& g, const std::vector<double>& centre,
                          const std::vector<double>& radii) {
    for (int k = 0; k < g.slices; ++k) {
        for (int r = 0; r < g.rows; ++r) {
            for (int c = 0; c < g.columns; ++c) {
                const double inside = std::pow((k - centre[0]) / radii[0], 2) +
                                      std::pow((r - centre[1]) / radii[1], 2) +
                                      std::pow((c - centre[2]) / radii[2], 2);
                if (inside <= 1.0) mask[g.index(c, r, k)] = 1;
            }
        }
    }
}

inline Mask first_body() {
    Mask mask(surface_grid().voxel_count());
    add_ellipsoid(mask, surface_grid(), {4, 18, 14}, {3.2, 11, 8});
    return mask;
}

inline Mask second_body() {
    Mask mask(surface_grid().voxel_count());
    add_ellipsoid(mask, surface_grid(), {4.5, 20, 15}, {4.6, 12, 7});
    add_ellipsoid(mask, surface_grid(), {1, 4, 28}, {1.1, 2.1, 2.1});
    return mask;
}

}  // namespace spineseg::testing

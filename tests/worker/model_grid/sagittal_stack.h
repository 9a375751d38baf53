// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Stacks for the tests of orientation: one physical sampling, stored with any order and direction of its
/// axes.

#include <array>
#include <cmath>
#include <vector>

#include "core/volume.h"

namespace spineseg::testing {

/// 5 slices to the left, 128 rows to the feet, 112 columns to the back; 0.9375 mm in plane.
inline Geometry upright_geometry() {
    Geometry g;
    g.columns = 112;
    g.rows = 128;
    g.slices = 5;
    g.origin = {-8.8, -52.0, 59.5};
    g.row_direction = {0, 1, 0};
    g.column_direction = {0, 0, -1};
    g.slice_direction = {1, 0, 0};
    g.column_spacing = g.row_spacing = 0.9375;
    g.slice_spacing = 4.4;
    return g;
}

/// Turned about the body axis and then tilted towards the shoulder: no direction is a patient axis any more.
inline Geometry oblique(Geometry g, double yaw_degrees, double roll_degrees) {
    const double yaw = yaw_degrees * 3.14159265358979 / 180.0;
    const double roll = roll_degrees * 3.14159265358979 / 180.0;
    const auto turn = [&](const Vec3& v) {
        const Vec3 turned{v[0] * std::cos(yaw) - v[1] * std::sin(yaw),
                          v[0] * std::sin(yaw) + v[1] * std::cos(yaw), v[2]};
        return Vec3{turned[0] * std::cos(roll) - turned[2] * std::sin(roll), turned[1],
                    turned[0] * std::sin(roll) + turned[2] * std::cos(roll)};
    };
    g.row_direction = turn(g.row_direction);
    g.column_direction = turn(g.column_direction);
    g.slice_direction = turn(g.slice_direction);
    g.origin = turn(g.origin);
    return g;
}

/// How a stack is stored: stored axis a is the upright stack's axis order[a], walked backwards where
/// reversed[a].
struct Storage {
    std::array<int, 3> order{0, 1, 2};
    std::array<bool, 3> reversed{};
};

inline std::vector<Storage> all_storages() {
    std::vector<Storage> all;
    for (const auto& order : {std::array{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}) {
        for (int bits = 0; bits < 8; ++bits)
            all.push_back({order, {(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0}});
    }
    return all;
}

/// The same voxels at the same places in the patient, in another order in memory.
template <typename T>
Grid<T> store_as(const Grid<T>& stack, const Storage& storage) {
    const Geometry& g = stack.geometry;
    const std::array<int, 3> counts{g.columns, g.rows, g.slices};
    const std::array<Vec3, 3> directions{g.row_direction, g.column_direction, g.slice_direction};
    const std::array<double, 3> spacings{g.column_spacing, g.row_spacing, g.slice_spacing};
    std::array<int, 3> first{};
    std::array<Vec3, 3> stored_directions;
    for (std::size_t a = 0; a < 3; ++a) {
        const auto axis = static_cast<std::size_t>(storage.order[a]);
        first[axis] = storage.reversed[a] ? counts[axis] - 1 : 0;
        stored_directions[a] = (storage.reversed[a] ? -1.0 : 1.0) * directions[axis];
    }
    const auto at = [&](std::size_t a) { return static_cast<std::size_t>(storage.order[a]); };
    Grid<T> stored;
    stored.geometry = {counts[at(0)],        counts[at(1)],
                       counts[at(2)],        g.position(first[0], first[1], first[2]),
                       stored_directions[0], stored_directions[1],
                       stored_directions[2], spacings[at(0)],
                       spacings[at(1)],      spacings[at(2)]};
    stored.voxels.resize(stack.voxels.size());
    for (int k = 0; k < stored.geometry.slices; ++k) {
        for (int j = 0; j < stored.geometry.rows; ++j) {
            for (int i = 0; i < stored.geometry.columns; ++i) {
                std::array<int, 3> index{};
                const std::array<int, 3> here{i, j, k};
                for (std::size_t a = 0; a < 3; ++a)
                    index[at(a)] = storage.reversed[a] ? counts[at(a)] - 1 - here[a] : here[a];
                stored.at(i, j, k) = stack.at(index[0], index[1], index[2]);
            }
        }
    }
    return stored;
}

/// Every voxel has a value of its own: no flip, swap or shift can hide.
inline Volume numbered(const Geometry& geometry) {
    Volume volume{geometry, std::vector<float>(geometry.voxel_count())};
    for (std::size_t i = 0; i < volume.voxels.size(); ++i) volume.voxels[i] = static_cast<float>(i);
    return volume;
}

}  // namespace spineseg::testing

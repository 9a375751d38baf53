// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/levels/components.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace spineseg::levels {
namespace {

/// Takes the piece around `start` out of `waiting`.
VoxelSet take_piece(const Geometry& geometry, std::size_t start, std::vector<bool>& waiting) {
    VoxelSet piece{start};
    waiting[start] = false;
    for (std::size_t next = 0; next < piece.size(); ++next) {
        const auto [column, row, slice] = cell_of(geometry, piece[next]);
        for (int k = std::max(0, slice - 1); k <= std::min(geometry.slices - 1, slice + 1); ++k) {
            for (int r = std::max(0, row - 1); r <= std::min(geometry.rows - 1, row + 1); ++r) {
                for (int c = std::max(0, column - 1); c <= std::min(geometry.columns - 1, column + 1); ++c) {
                    const std::size_t neighbour = geometry.index(c, r, k);
                    if (!waiting[neighbour]) continue;
                    waiting[neighbour] = false;
                    piece.push_back(neighbour);
                }
            }
        }
    }
    std::sort(piece.begin(), piece.end());
    return piece;
}

}  // namespace

VoxelSet voxels_of(const LabelMap& labels, Label label) {
    VoxelSet voxels;
    for (std::size_t i = 0; i < labels.voxels.size(); ++i)
        if (labels.voxels[i] == static_cast<std::uint8_t>(label)) voxels.push_back(i);
    return voxels;
}

std::array<int, 3> cell_of(const Geometry& geometry, std::size_t voxel) {
    const auto columns = static_cast<std::size_t>(geometry.columns);
    const std::size_t plane = geometry.slice_voxel_count();
    return {static_cast<int>(voxel % columns), static_cast<int>(voxel % plane / columns),
            static_cast<int>(voxel / plane)};
}

std::array<int, 3> size_of(const Geometry& geometry) {
    return {geometry.columns, geometry.rows, geometry.slices};
}

std::size_t axis_along(const Geometry& geometry, const Vec3& direction) {
    const std::array match{std::abs(dot(geometry.row_direction, direction)),
                           std::abs(dot(geometry.column_direction, direction)),
                           std::abs(dot(geometry.slice_direction, direction))};
    return static_cast<std::size_t>(std::max_element(match.begin(), match.end()) - match.begin());
}

Vec3 place_of(const Geometry& geometry, std::size_t voxel) {
    const auto [column, row, slice] = cell_of(geometry, voxel);
    return geometry.position(column, row, slice);
}

Vec3 centroid_of(const Geometry& geometry, const VoxelSet& voxels) {
    Vec3 sum{};
    for (const std::size_t voxel : voxels) sum = sum + place_of(geometry, voxel);
    return voxels.empty() ? sum : (1.0 / static_cast<double>(voxels.size())) * sum;
}

double voxel_millilitres(const Geometry& geometry) {
    const Vec3 normal = cross(geometry.row_direction, geometry.column_direction);
    const double step = geometry.slice_spacing * dot(normal, geometry.slice_direction);
    return geometry.column_spacing * geometry.row_spacing * (step < 0 ? -step : step) / 1000.0;
}

std::vector<VoxelSet> pieces_of(const Geometry& geometry, const VoxelSet& voxels) {
    std::vector<bool> waiting(geometry.voxel_count());
    for (const std::size_t voxel : voxels) waiting[voxel] = true;
    std::vector<VoxelSet> pieces;
    for (const std::size_t voxel : voxels)
        if (waiting[voxel]) pieces.push_back(take_piece(geometry, voxel, waiting));
    std::stable_sort(pieces.begin(), pieces.end(),
                     [](const VoxelSet& a, const VoxelSet& b) { return a.size() > b.size(); });
    return pieces;
}

}  // namespace spineseg::levels

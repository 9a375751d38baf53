// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/levels/components.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/connected_components.h"

namespace spineseg::levels {
namespace {

constexpr double kCutShare = 0.20;  // of a structure's widest slice, in the stack's first or last one

}  // namespace

VoxelSet voxels_of(const LabelMap& labels, Label label) {
    VoxelSet voxels;
    for (std::size_t i = 0; i < labels.voxels.size(); ++i)
        if (labels.voxels[i] == static_cast<std::uint8_t>(label)) voxels.push_back(i);
    return voxels;
}

std::array<int, 3> cell_of(const Geometry& geometry, std::size_t voxel) {
    const auto columns = static_cast<std::size_t>(geometry.columns);
    const std::size_t line = voxel / columns;
    const std::size_t slice = line / static_cast<std::size_t>(geometry.rows);
    return {static_cast<int>(voxel - line * columns),
            static_cast<int>(line - slice * static_cast<std::size_t>(geometry.rows)),
            static_cast<int>(slice)};
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

std::vector<VoxelSet> pieces_of(const Geometry& geometry, const VoxelSet& voxels) {
    std::vector<bool> wanted(geometry.voxel_count());
    for (const std::size_t voxel : voxels) wanted[voxel] = true;
    ComponentFinder finder(geometry.columns, geometry.rows, geometry.slices, Connectivity::corners);
    std::vector<VoxelSet> pieces;
    for (const std::size_t voxel : voxels) {
        if (finder.visited(voxel)) continue;
        pieces.push_back(finder.collect(voxel, [&](std::size_t other) { return wanted[other]; }));
        std::sort(pieces.back().begin(), pieces.back().end());
    }
    std::stable_sort(pieces.begin(), pieces.end(),
                     [](const VoxelSet& a, const VoxelSet& b) { return a.size() > b.size(); });
    return pieces;
}

bool ends_within_stack(const Geometry& geometry, std::size_t across, const VoxelSet& voxels) {
    const auto size = size_of(geometry);
    std::vector<std::size_t> counts(static_cast<std::size_t>(size[across]));
    for (const std::size_t voxel : voxels) {
        const auto cell = cell_of(geometry, voxel);
        ++counts[static_cast<std::size_t>(cell[across])];
        for (std::size_t axis = 0; axis < 3; ++axis)
            if (axis != across && (cell[axis] == 0 || cell[axis] + 1 == size[axis])) return false;
    }
    const double widest = static_cast<double>(*std::max_element(counts.begin(), counts.end()));
    const double outermost = static_cast<double>(std::max(counts.front(), counts.back()));
    return outermost <= kCutShare * widest;
}

double mean_uncertainty(const Volume& uncertainty, const VoxelSet& voxels) {
    double sum = 0;
    for (const std::size_t voxel : voxels) sum += static_cast<double>(uncertainty.voxels[voxel]);
    return std::clamp(sum / static_cast<double>(voxels.size()), 0.0, 1.0);
}

}  // namespace spineseg::levels

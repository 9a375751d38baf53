// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/levels/soft_volume.h"

#include <cmath>
#include <cstdint>

namespace spineseg::levels {
namespace {

constexpr int kGrowthSteps = 3;  // a border that blurs farther is no border

}  // namespace

double volume_uncertainty(const LabelMap& labels, const VoxelSet& voxels,
                          const Grid<std::uint8_t>& probability, const Vec3& left, double tight,
                          double loose) {
    const auto& p = probability.voxels;
    const auto inner = static_cast<std::uint8_t>(std::ceil(255 * tight));
    const auto outer = static_cast<std::uint8_t>(std::ceil(255 * loose));
    std::size_t sure = 0;
    for (const std::size_t voxel : voxels) sure += static_cast<std::size_t>(p[voxel] >= inner);
    const Geometry& g = labels.geometry;
    const std::size_t across = axis_along(g, left);
    const auto size = size_of(g);
    const std::array<std::size_t, 3> stride{1, static_cast<std::size_t>(g.columns), g.slice_voxel_count()};
    std::vector<bool> taken(labels.voxels.size());
    VoxelSet front = voxels;
    std::size_t grown = voxels.size();
    for (const std::size_t voxel : voxels) taken[voxel] = true;
    for (int step = 0; step < kGrowthSteps; ++step) {
        VoxelSet next;
        const auto take = [&](std::size_t neighbour) {
            if (taken[neighbour] || labels.voxels[neighbour] != 0 || p[neighbour] < outer) return;
            taken[neighbour] = true;
            next.push_back(neighbour);
        };
        for (const std::size_t voxel : front) {
            const auto cell = cell_of(g, voxel);
            for (std::size_t axis = 0; axis < 3; ++axis) {
                if (axis == across) continue;  // slices are thicker than any blur
                if (cell[axis] > 0) take(voxel - stride[axis]);
                if (cell[axis] + 1 < size[axis]) take(voxel + stride[axis]);
            }
        }
        grown += next.size();
        front = std::move(next);
    }
    return 0.5 * 1000 * voxel_millilitres(g) * static_cast<double>(grown - sure);
}

}  // namespace spineseg::levels

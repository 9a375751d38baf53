// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/levels/ray.h"

#include <algorithm>
#include <cmath>

namespace spineseg::levels {

namespace {

/// SPIDER's numbers: vertebrae below the canal's 100, discs above it.
bool of_one_structure(std::uint8_t a, std::uint8_t b) {
    constexpr auto kCanal = static_cast<std::uint8_t>(Label::canal);
    return a != 0 && b != 0 && (a < kCanal) == (b < kCanal) && (a > kCanal) == (b > kCanal);
}

}  // namespace

double Field::value(int column, int row, int slice) const {
    const Geometry& g = labels_->geometry;
    if (column < 0 || row < 0 || slice < 0 || column >= g.columns || row >= g.rows || slice >= g.slices)
        return 0;
    const std::size_t voxel = g.index(column, row, slice);
    const std::uint8_t label = labels_->voxels[voxel];
    if (probability_ == nullptr) return label == label_ ? 1 : 0;
    if (label != label_ && of_one_structure(label, label_)) return 0;
    return probability_->voxels[voxel] / 255.0;
}

double Field::at(const Vec3& place) const {
    const Geometry& g = labels_->geometry;
    Vec3 voxel = g.voxel(place);
    const double last = g.slices - 1;
    if (voxel[2] < -0.5 || voxel[2] > last + 0.5) return 0;
    voxel[2] = std::clamp(voxel[2], 0.0, last);  // a slice is as thick as its spacing
    const Vec3 low{std::floor(voxel[0]), std::floor(voxel[1]), std::floor(voxel[2])};
    const Vec3 part = voxel - low;
    double sum = 0;
    for (int corner = 0; corner < 8; ++corner) {
        const int dc = corner & 1, dr = corner >> 1 & 1, ds = corner >> 2;
        const double weight = (dc != 0 ? part[0] : 1 - part[0]) * (dr != 0 ? part[1] : 1 - part[1]) *
                              (ds != 0 ? part[2] : 1 - part[2]);
        if (weight == 0) continue;
        sum += weight * value(static_cast<int>(low[0]) + dc, static_cast<int>(low[1]) + dr,
                              static_cast<int>(low[2]) + ds);
    }
    return sum;
}

double Field::step() const {
    const Geometry& g = labels_->geometry;
    return 0.5 * std::min({g.column_spacing, g.row_spacing, g.slice_spacing});
}

std::optional<double> reach(const Field& field, const Vec3& start, const Vec3& direction, double threshold,
                            double farthest) {
    const double step = field.step();
    double before = field.at(start);
    if (before < threshold) return std::nullopt;
    for (double gone = step; gone <= farthest; gone += step) {
        const double here = field.at(start + gone * direction);
        if (here < threshold) return gone - step * (threshold - here) / (before - here);
        before = here;
    }
    return std::nullopt;
}

}  // namespace spineseg::levels

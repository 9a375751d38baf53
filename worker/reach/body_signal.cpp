// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/reach/body_signal.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>

#include "core/signal_range.h"

namespace spineseg::reach {
namespace {

using namespace levels;

constexpr double kFromDisc = 0.25;   // of the distance of the discs: disc, endplate and their partial volume
constexpr double kHalfDepth = 0.36;  // of the discs' depth
constexpr double kHalfWidth = 14.0;  // mm
constexpr double kReach = 45.0;      // mm from the middle of the space to any of its corners
constexpr double kNoSignal = 0.25;   // of the brightness
constexpr double kCoreRadius = 2.5;  // mm
constexpr int kNearest = 2;          // bodies on either side

double median_of(std::vector<double> values) {
    if (values.empty()) return 0;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

/// The inside of a body: between its discs' planes, before the canal, near the line of the discs' centres.
class BodySpace {
  public:
    BodySpace(const Disc& below, const Disc& above, const Directions& column)
        : below_(below),
          above_(above),
          way_(above.centre - below.centre),
          directions_(directions_from(way_, column.posterior)),
          depth_(kHalfDepth * 0.5 * (below.depth + above.depth)) {}

    Vec3 middle() const { return below_.centre + 0.5 * way_; }

    bool holds(const Vec3& place) const {
        const double margin = kFromDisc * norm(way_);
        const double over = below_.height_of(place), under = -above_.height_of(place);
        if (over < margin || under < margin) return false;
        const Vec3 offset = place - (below_.centre + (over / (over + under)) * way_);
        return std::abs(dot(offset, directions_.posterior)) <= depth_ &&
               std::abs(dot(offset, directions_.left)) <= kHalfWidth;
    }

  private:
    const Disc& below_;
    const Disc& above_;
    Vec3 way_;
    Directions directions_;
    double depth_;
};

VoxelSet inside(const Geometry& geometry, const BodySpace& space) {
    const Vec3 middle = geometry.voxel(space.middle());
    const std::array spacing{geometry.column_spacing, geometry.row_spacing, geometry.slice_spacing};
    const auto size = size_of(geometry);
    std::array<int, 3> first{}, last{};
    for (std::size_t axis = 0; axis < 3; ++axis) {
        const double reach = kReach / spacing[axis];
        first[axis] = std::max(0, static_cast<int>(std::floor(middle[axis] - reach)));
        last[axis] = std::min(size[axis] - 1, static_cast<int>(std::ceil(middle[axis] + reach)));
    }
    VoxelSet voxels;
    for (int slice = first[2]; slice <= last[2]; ++slice)
        for (int row = first[1]; row <= last[1]; ++row)
            for (int column = first[0]; column <= last[0]; ++column)
                if (space.holds(geometry.position(column, row, slice)))
                    voxels.push_back(geometry.index(column, row, slice));
    return voxels;
}

/// Areas without signal, slice by slice across `left`.
class VoidMeter {
  public:
    VoidMeter(const Volume& image, std::size_t across) : image_(image), across_(across) {
        const Geometry& g = image.geometry;
        const std::array spacing{g.column_spacing, g.row_spacing, g.slice_spacing};
        std::array<int, 3> reach{};
        pixel_mm2_ = 1;
        for (std::size_t axis = 0; axis < 3; ++axis) {
            if (axis == across) continue;
            reach[axis] = static_cast<int>(std::ceil(kCoreRadius / spacing[axis]));
            pixel_mm2_ *= spacing[axis];
        }
        for (int k = -reach[2]; k <= reach[2]; ++k)
            for (int j = -reach[1]; j <= reach[1]; ++j)
                for (int i = -reach[0]; i <= reach[0]; ++i)
                    if (std::hypot(i * spacing[0], j * spacing[1], k * spacing[2]) <= kCoreRadius)
                        around_.push_back({i, j, k});
    }

    /// Of those voxels, below `limit`.
    double largest(const VoxelSet& voxels, double limit) const {
        std::map<int, double> areas;
        for (const std::size_t voxel : voxels) {
            const auto cell = cell_of(image_.geometry, voxel);
            if (is_core(voxels, cell, limit)) areas[cell[across_]] += pixel_mm2_;
        }
        double most = 0;
        for (const auto& [slice, area] : areas) most = std::max(most, area);
        return most;
    }

  private:
    bool is_core(const VoxelSet& voxels, const std::array<int, 3>& cell, double limit) const {
        const auto size = size_of(image_.geometry);
        return std::all_of(around_.begin(), around_.end(), [&](const std::array<int, 3>& step) {
            std::array<int, 3> there{};
            for (std::size_t axis = 0; axis < 3; ++axis) {
                there[axis] = cell[axis] + step[axis];
                if (there[axis] < 0 || there[axis] >= size[axis]) return false;
            }
            const std::size_t index = image_.geometry.index(there[0], there[1], there[2]);
            return static_cast<double>(image_.voxels[index]) < limit &&
                   std::binary_search(voxels.begin(), voxels.end(), index);
        });
    }

    const Volume& image_;
    std::size_t across_;
    double pixel_mm2_ = 1;
    std::vector<std::array<int, 3>> around_;
};

double of_neighbours(const std::vector<BodySignal>& all, std::size_t place) {
    std::vector<double> values;
    for (const BodySignal& other : all)
        if (other.ordinal != all[place].ordinal && std::abs(other.ordinal - all[place].ordinal) <= kNearest)
            values.push_back(other.brightness);
    return values.size() < 2 ? 0 : median_of(std::move(values));
}

}  // namespace

std::vector<BodySignal> body_signals(const Volume& image, const NamedColumn& column) {
    SignalRange range;
    range.add(image.voxels);
    const double zero = range.zero();
    std::vector<BodySignal> signals;
    std::vector<VoxelSet> spaces;
    std::vector<double> usual;
    for (const auto& [ordinal, below] : column.discs) {
        const auto above = column.discs.find(ordinal + 1);
        if (above == column.discs.end()) continue;
        auto voxels = inside(image.geometry, BodySpace(below, above->second, column.frame.directions));
        if (voxels.empty()) continue;
        std::vector<double> values;
        for (const std::size_t voxel : voxels)
            values.push_back(static_cast<double>(image.voxels[voxel]) - zero);
        signals.push_back({ordinal, median_of(std::move(values)), 0, 0});
        usual.push_back(signals.back().brightness);
        spaces.push_back(std::move(voxels));
    }
    const VoidMeter meter(image, axis_along(image.geometry, column.frame.directions.left));
    const double typical = median_of(usual);
    for (std::size_t i = 0; i < signals.size(); ++i) {
        signals[i].of_neighbours = of_neighbours(signals, i);
        // At the end of the coil a whole body is darker; that is no void.
        signals[i].void_mm2 =
            meter.largest(spaces[i], zero + kNoSignal * std::min(typical, signals[i].brightness));
    }
    return signals;
}

}  // namespace spineseg::reach

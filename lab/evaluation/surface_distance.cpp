// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/surface_distance.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>

namespace spineseg {
namespace {

/// The part of the grid that holds both masks: nothing outside it can be nearest.
class Box {
  public:
    Box(const Mask& a, const Mask& b, const Geometry& geometry) : geometry_(geometry) {
        std::size_t voxel = 0;
        for (int k = 0; k < geometry.slices; ++k) {
            for (int r = 0; r < geometry.rows; ++r) {
                for (int c = 0; c < geometry.columns; ++c, ++voxel)
                    if (a[voxel] != 0 || b[voxel] != 0) include(c, r, k);
            }
        }
    }

    Geometry geometry() const {
        Geometry box = geometry_;
        box.columns = high_[0] - low_[0] + 1;
        box.rows = high_[1] - low_[1] + 1;
        box.slices = high_[2] - low_[2] + 1;
        return box;
    }

    Mask cut(const Mask& mask) const {
        Mask part;
        part.reserve(geometry().voxel_count());
        for (int k = low_[2]; k <= high_[2]; ++k) {
            for (int r = low_[1]; r <= high_[1]; ++r) {
                const auto begin = mask.begin() + static_cast<std::ptrdiff_t>(geometry_.index(low_[0], r, k));
                part.insert(part.end(), begin, begin + (high_[0] - low_[0] + 1));
            }
        }
        return part;
    }

  private:
    void include(int column, int row, int slice) {
        const std::array<int, 3> place{column, row, slice};
        for (std::size_t axis = 0; axis < 3; ++axis) {
            low_[axis] = empty_ ? place[axis] : std::min(low_[axis], place[axis]);
            high_[axis] = empty_ ? place[axis] : std::max(high_[axis], place[axis]);
        }
        empty_ = false;
    }

    const Geometry& geometry_;
    bool empty_ = true;
    std::array<int, 3> low_{};
    std::array<int, 3> high_{};
};

/// A mask and the surface of the other one: both on the same grid.
struct Side {
    const Mask& surface;
    const Mask& body;
    bool predicted;
};

/// From every surface voxel of one mask to the other's surface; negative where the prediction's border lies
/// inside the truth's.
void append_distances(std::vector<double>& found, const Side& from, const Side& to,
                      const Geometry& geometry) {
    const std::vector<float> distance = distance_to(to.surface, geometry);
    for (std::size_t voxel = 0; voxel < distance.size(); ++voxel) {
        if (from.surface[voxel] == 0) continue;
        const bool outside = (to.body[voxel] == 0) == from.predicted;
        found.push_back(static_cast<double>(outside ? distance[voxel] : -distance[voxel]));
    }
}

double mean(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Linear between the two nearest ranks, as numpy.percentile does.
double percentile(std::vector<double> values, double share) {
    const double rank = share * static_cast<double>(values.size() - 1);
    const auto lower = static_cast<std::size_t>(rank);
    const auto place = values.begin() + static_cast<std::ptrdiff_t>(lower);
    std::nth_element(values.begin(), place, values.end());
    if (lower + 1 == values.size()) return *place;
    const double next = *std::min_element(place + 1, values.end());
    return *place + (rank - static_cast<double>(lower)) * (next - *place);
}

bool is_empty(const Mask& mask) {
    return std::none_of(mask.begin(), mask.end(), [](std::uint8_t inside) { return inside != 0; });
}

}  // namespace

std::optional<SurfaceDistance> surface_distance(const Mask& mask, const Mask& truth,
                                                const Geometry& geometry) {
    if (is_empty(mask) || is_empty(truth)) return std::nullopt;
    const Box box(mask, truth, geometry);
    const Geometry part = box.geometry();
    const Mask our_body = box.cut(mask), their_body = box.cut(truth);
    const Mask our_surface = surface_of(our_body, part), their_surface = surface_of(their_body, part);
    const Side ours{our_surface, our_body, true}, theirs{their_surface, their_body, false};
    std::vector<double> all;
    append_distances(all, ours, theirs, part);
    append_distances(all, theirs, ours, part);
    SurfaceDistance result;
    result.signed_mm = mean(all);
    for (double& distance : all) distance = std::abs(distance);
    result.assd_mm = mean(all);
    result.hd95_mm = percentile(std::move(all), 0.95);
    return result;
}

}  // namespace spineseg

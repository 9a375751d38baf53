// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/patient_alignment.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/signal_range.h"
#include "worker/model_grid/geometry_trace.h"

namespace spineseg {
namespace {

constexpr double kMostVoxels = 1 << 27;

std::array<Vec3, 3> directions_of(const Geometry& g) {
    return {g.row_direction, g.column_direction, g.slice_direction};
}

/// For each patient axis the source axis that is given to it: the permutation with the largest sum of
/// |cosines|, so that no two patient axes claim the same source axis.
std::array<std::size_t, 3> nearest_permutation(const Geometry& g) {
    const auto directions = directions_of(g);
    std::array<std::size_t, 3> order{0, 1, 2}, best = order;
    double best_sum = -1;
    do {
        double sum = 0;
        for (std::size_t axis = 0; axis < 3; ++axis) sum += std::abs(directions[order[axis]][axis]);
        if (sum > best_sum) {
            best_sum = sum;
            best = order;
        }
    } while (std::next_permutation(order.begin(), order.end()));
    return best;
}

Result<Geometry> aligned_grid(const Geometry& source) {
    Vec3 low, high;
    low.fill(std::numeric_limits<double>::infinity());
    high.fill(-std::numeric_limits<double>::infinity());
    for (int corner = 0; corner < 8; ++corner) {
        const Vec3 at = source.position((corner & 1) != 0 ? source.columns - 1 : 0,
                                        (corner & 2) != 0 ? source.rows - 1 : 0,
                                        (corner & 4) != 0 ? source.slices - 1 : 0);
        for (std::size_t axis = 0; axis < 3; ++axis) {
            low[axis] = std::min(low[axis], at[axis]);
            high[axis] = std::max(high[axis], at[axis]);
        }
    }
    const std::array<double, 3> spacings{source.column_spacing, source.row_spacing, source.slice_spacing};
    const auto order = nearest_permutation(source);
    std::array<double, 3> counts{};
    for (std::size_t axis = 0; axis < 3; ++axis)
        counts[axis] = std::floor((high[axis] - low[axis]) / spacings[order[axis]] + 1e-6) + 1;
    if (!(counts[0] * counts[1] * counts[2] <= kMostVoxels))
        return failure(ErrorCode::geometry_out_of_range,
                       "resampled along the patient's axes the volume would have more than 2^27 voxels");
    // Sagittal planes, rows to the back and columns upward: x must be the slices.
    Geometry grid;
    grid.origin = low;
    grid.columns = static_cast<int>(counts[1]);
    grid.rows = static_cast<int>(counts[2]);
    grid.slices = static_cast<int>(counts[0]);
    grid.row_direction = {0, 1, 0};
    grid.column_direction = {0, 0, 1};
    grid.slice_direction = {1, 0, 0};
    grid.column_spacing = spacings[order[1]];
    grid.row_spacing = spacings[order[2]];
    grid.slice_spacing = spacings[order[0]];
    return grid;
}

bool within(const Vec3& voxel, const Geometry& g) {
    const auto inside = [](double index, int count) { return index >= -0.5 && index <= count - 0.5; };
    return inside(voxel[0], g.columns) && inside(voxel[1], g.rows) && inside(voxel[2], g.slices);
}

/// Trilinear; half a voxel beyond the outermost centres the border's value holds.
float interpolated(const Volume& image, const Vec3& voxel) {
    const std::array<int, 3> counts{image.geometry.columns, image.geometry.rows, image.geometry.slices};
    std::array<int, 3> low{}, high{};
    std::array<double, 3> share{};
    for (std::size_t axis = 0; axis < 3; ++axis) {
        const double index = std::clamp(voxel[axis], 0.0, counts[axis] - 1.0);
        low[axis] = static_cast<int>(index);
        high[axis] = std::min(low[axis] + 1, counts[axis] - 1);
        share[axis] = index - low[axis];
    }
    double sum = 0;
    for (int corner = 0; corner < 8; ++corner) {
        const bool c = (corner & 1) != 0, r = (corner & 2) != 0, s = (corner & 4) != 0;
        const double weight =
            (c ? share[0] : 1 - share[0]) * (r ? share[1] : 1 - share[1]) * (s ? share[2] : 1 - share[2]);
        sum += weight * static_cast<double>(
                            image.at(c ? high[0] : low[0], r ? high[1] : low[1], s ? high[2] : low[2]));
    }
    return static_cast<float>(sum);
}

std::uint8_t nearest(const LabelMap& labels, const Vec3& voxel) {
    const auto round = [](double index, int count) {
        return std::clamp(static_cast<int>(std::lround(index)), 0, count - 1);
    };
    return labels.at(round(voxel[0], labels.geometry.columns), round(voxel[1], labels.geometry.rows),
                     round(voxel[2], labels.geometry.slices));
}

}  // namespace

bool is_nearly_sagittal(const Geometry& geometry) {
    const auto directions = directions_of(geometry);
    return std::any_of(directions.begin(), directions.end(),
                       [](const Vec3& direction) { return std::abs(direction[0]) >= kSagittalCosine; });
}

Result<AlignedCase> aligned_with_patient(const Volume& image, const LabelMap& labels) {
    const auto grid = aligned_grid(image.geometry);
    if (!grid) return failure(grid.error());
    const std::size_t count = grid->voxel_count();
    SignalRange range;
    range.add(image.voxels);
    AlignedCase aligned{{*grid, std::vector<float>(count, static_cast<float>(range.zero()))},
                        {*grid, std::vector<std::uint8_t>(count)},
                        {*grid, std::vector<std::uint8_t>(count)}};
    std::size_t target = 0;
    for (int slice = 0; slice < grid->slices; ++slice)
        for (int row = 0; row < grid->rows; ++row)
            for (int column = 0; column < grid->columns; ++column, ++target) {
                const Vec3 voxel = image.geometry.voxel(grid->position(column, row, slice));
                if (within(voxel, image.geometry)) {
                    aligned.image.voxels[target] = interpolated(image, voxel);
                    aligned.labels.voxels[target] = nearest(labels, voxel);
                } else {
                    aligned.outside.voxels[target] = static_cast<std::uint8_t>(Label::vertebra);
                }
            }
    return aligned;
}

}  // namespace spineseg

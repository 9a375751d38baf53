// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/reach/column_shape.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

namespace spineseg::reach {
namespace {

using namespace levels;

constexpr double kHeightStep = 3.0;  // mm along the column
constexpr std::size_t kNeighbours = 4;
constexpr double kArchHalfWidth = 8.0;  // mm from the midline
constexpr int kLowestArch = 2, kHighestArch = 6;
constexpr std::array kPlaces{Quantity::anterior_height, Quantity::middle_height, Quantity::posterior_height};

double middle_value(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : 0.5 * (values[half - 1] + values[half]);
}

/// What is left of `y` when the straight line that fits best is taken away.
std::vector<double> off_the_line(const std::vector<double>& x, const std::vector<double>& y) {
    const auto count = static_cast<double>(x.size());
    double mean_x = 0, mean_y = 0, xx = 0, xy = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        mean_x += x[i] / count;
        mean_y += y[i] / count;
    }
    for (std::size_t i = 0; i < x.size(); ++i) {
        xx += (x[i] - mean_x) * (x[i] - mean_x);
        xy += (x[i] - mean_x) * (y[i] - mean_y);
    }
    const double slope = xx > 0 ? xy / xx : 0;
    std::vector<double> rest;
    for (std::size_t i = 0; i < x.size(); ++i) rest.push_back(y[i] - mean_y - slope * (x[i] - mean_x));
    return rest;
}

using HeightsByOrdinal = std::map<int, double>;

HeightsByOrdinal heights_at(Quantity place, const SpineLevels& levels, const NamedColumn& column,
                            const std::vector<StructureMeasurements>& measurements) {
    HeightsByOrdinal heights;
    for (const auto& structure : levels.structures) {
        if (structure.structure != Structure::vertebra || !column.lies_between_discs(structure.ordinal))
            continue;
        for (const auto& group : measurements)
            if (group.label == structure.label)
                for (const auto& value : group.values)
                    if (value.quantity == place) heights[structure.ordinal] = value.value;
    }
    if (place == Quantity::posterior_height) heights.erase(1);
    return heights;
}

/// From one side of the stack to the other, mm.
double width_across(const Geometry& geometry, const Vec3& left) {
    const std::array spacing{geometry.column_spacing, geometry.row_spacing, geometry.slice_spacing};
    const std::size_t axis = axis_along(geometry, left);
    return size_of(geometry)[axis] * spacing[axis];
}

/// Voxels of a vertebra's arch near the midline.
std::size_t midline_arch(const Geometry& geometry, const NamedColumn& column, std::uint8_t label) {
    const Directions& d = column.frame.directions;
    const auto& voxels = column.voxels.at(label);
    return static_cast<std::size_t>(std::count_if(voxels.begin(), voxels.end(), [&](std::size_t voxel) {
        const Vec3 place = place_of(geometry, voxel);
        const double height = dot(place, d.cranial);
        const auto front = column.frame.canal.front(height);
        const auto centre = column.frame.canal.centre(height);
        return front && centre && dot(place, d.posterior) >= *front &&
               std::abs(dot(place - *centre, d.left)) <= kArchHalfWidth;
    }));
}

}  // namespace

std::optional<double> side_bend(const NamedColumn& column) {
    if (column.discs.size() < 3) return std::nullopt;
    const Directions& d = column.frame.directions;
    const double low = dot(column.discs.begin()->second.centre, d.cranial);
    const double high = dot(column.discs.rbegin()->second.centre, d.cranial);
    std::vector<double> heights, aside;
    std::size_t asked = 0;
    for (double height = low; height <= high; height += kHeightStep, ++asked)
        if (const auto centre = column.frame.canal.centre(height)) {
            heights.push_back(height);
            aside.push_back(dot(*centre, d.left));
        }
    if (heights.size() < 3 || 2 * heights.size() < asked) return std::nullopt;
    const auto rest = off_the_line(heights, aside);
    const auto [least, most] = std::minmax_element(rest.begin(), rest.end());
    return *most - *least;
}

std::vector<BodyHeight> lowest_heights(const SpineLevels& levels, const NamedColumn& column,
                                       const std::vector<StructureMeasurements>& measurements) {
    std::map<int, BodyHeight> lowest;
    for (const Quantity place : kPlaces) {
        const auto heights = heights_at(place, levels, column, measurements);
        for (const auto& [ordinal, height] : heights) {
            std::vector<std::pair<int, double>> others;  // by distance
            for (const auto& [other, value] : heights)
                if (other != ordinal) others.emplace_back(std::abs(other - ordinal), value);
            if (others.size() < 2) continue;
            std::sort(others.begin(), others.end());
            if (others.size() > kNeighbours) others.resize(kNeighbours);
            std::vector<double> values;
            for (const auto& [distance, value] : others) values.push_back(value);
            const double share = height / std::max(middle_value(values), 1.0);
            const auto [known, is_new] = lowest.emplace(ordinal, BodyHeight{ordinal, place, share});
            if (!is_new && share < known->second.share) known->second = {ordinal, place, share};
        }
    }
    std::vector<BodyHeight> all;
    for (const auto& [ordinal, height] : lowest) all.push_back(height);
    return all;
}

std::map<int, double> arch_shares(const SpineLevels& levels, const NamedColumn& column) {
    if (width_across(levels.labels.geometry, column.frame.directions.left) < 2 * kArchHalfWidth) return {};
    std::map<int, double> arches;
    std::vector<double> all;
    for (const auto& structure : levels.structures) {
        const int ordinal = structure.ordinal;
        if (structure.structure != Structure::vertebra || ordinal < kLowestArch || ordinal > kHighestArch ||
            !column.lies_between_discs(ordinal))
            continue;
        arches[ordinal] = static_cast<double>(midline_arch(levels.labels.geometry, column, structure.label));
        all.push_back(arches[ordinal]);
    }
    if (all.size() < 3) return {};
    const double usual = std::max(middle_value(all), 1.0);
    for (auto& [ordinal, arch] : arches) arch /= usual;
    arches.erase(kHighestArch);
    return arches;
}

}  // namespace spineseg::reach

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/degraded_view.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace spineseg {
namespace {

constexpr double kLeastShare = 0.3;

struct Window {
    int column = 0;
    int row = 0;
    int columns = 0;
    int rows = 0;
};

/// What lies in the window; beyond the grid the image is mirrored and the truth is empty.
template <typename T, typename Outside>
Grid<T> seen_through(const Grid<T>& grid, const Window& window, Outside outside) {
    const Geometry& g = grid.geometry;
    Grid<T> seen{g, {}};
    seen.geometry.columns = window.columns;
    seen.geometry.rows = window.rows;
    seen.geometry.origin = g.position(window.column, window.row, 0);
    seen.voxels.reserve(seen.geometry.voxel_count());
    for (int k = 0; k < g.slices; ++k) {
        for (int r = window.row; r < window.row + window.rows; ++r) {
            for (int c = window.column; c < window.column + window.columns; ++c) {
                const bool inside = r >= 0 && c >= 0 && r < g.rows && c < g.columns;
                seen.voxels.push_back(inside ? grid.at(c, r, k) : outside(grid, c, r, k));
            }
        }
    }
    return seen;
}

int mirrored(int index, int count) {
    const int period = 2 * count;
    const int place = ((index % period) + period) % period;
    return place < count ? place : period - 1 - place;
}

DegradedSeries look_through(const Volume& image, const LabelMap& truth, const Window& window) {
    const auto mirror = [](const Volume& grid, int c, int r, int k) {
        return grid.at(mirrored(c, grid.geometry.columns), mirrored(r, grid.geometry.rows), k);
    };
    const auto nothing = [](const LabelMap&, int, int, int) { return std::uint8_t{0}; };
    return {seen_through(image, window, mirror), seen_through(truth, window, nothing)};
}

/// First and last column that hold a label in any slice; first > last where none does.
std::pair<int, int> labelled_columns(const LabelMap& truth) {
    const Geometry& g = truth.geometry;
    std::pair found{g.columns, -1};
    for (std::size_t i = 0; i < truth.voxels.size(); ++i) {
        if (truth.voxels[i] == 0) continue;
        const int column = static_cast<int>(i % static_cast<std::size_t>(g.columns));
        found = {std::min(found.first, column), std::max(found.second, column)};
    }
    return found;
}

/// A place of the plane that `turned` shows a pixel of, in columns and rows.
struct Place {
    double column = 0;
    double row = 0;
};

Place turned_back(const Geometry& g, int column, int row, double radians, double size) {
    const double middle_column = 0.5 * (g.columns - 1), middle_row = 0.5 * (g.rows - 1);
    const double across = (column - middle_column) * g.column_spacing / size;
    const double down = (row - middle_row) * g.row_spacing / size;
    return {middle_column + (std::cos(radians) * across + std::sin(radians) * down) / g.column_spacing,
            middle_row + (std::cos(radians) * down - std::sin(radians) * across) / g.row_spacing};
}

float bilinear(const Volume& image, const Place& place, int slice) {
    const auto value = [&](int column, int row) {
        const Geometry& g = image.geometry;
        const bool inside = column >= 0 && row >= 0 && column < g.columns && row < g.rows;
        return inside ? static_cast<double>(image.at(column, row, slice)) : 0.0;
    };
    const int column = static_cast<int>(std::floor(place.column));
    const int row = static_cast<int>(std::floor(place.row));
    const double x = place.column - column, y = place.row - row;
    return static_cast<float>(value(column, row) * (1 - x) * (1 - y) + value(column + 1, row) * x * (1 - y) +
                              value(column, row + 1) * (1 - x) * y + value(column + 1, row + 1) * x * y);
}

std::uint8_t nearest(const LabelMap& truth, const Place& place, int slice) {
    const Geometry& g = truth.geometry;
    const auto column = static_cast<int>(std::lround(place.column));
    const auto row = static_cast<int>(std::lround(place.row));
    const bool inside = column >= 0 && row >= 0 && column < g.columns && row < g.rows;
    return inside ? truth.at(column, row, slice) : std::uint8_t{0};
}

/// Every voxel from the place that `from(column, row)` names within its slice.
template <typename T, typename From>
Grid<T> reordered(const Grid<T>& grid, From from) {
    Grid<T> result = grid;
    const Geometry& g = grid.geometry;
    for (int k = 0; k < g.slices; ++k)
        for (int r = 0; r < g.rows; ++r)
            for (int c = 0; c < g.columns; ++c) {
                const auto [column, row] = from(c, r);
                result.at(c, r, k) = grid.at(column, row, k);
            }
    return result;
}

}  // namespace

DegradedSeries clipped(const Volume& image, const LabelMap& truth, double strength, SplitMix64& random) {
    const Geometry& g = image.geometry;
    const double share = 1.0 - strength * (1.0 - kLeastShare);
    Window window;
    window.columns = std::max(1, static_cast<int>(std::lround(share * g.columns)));
    window.rows = std::max(1, static_cast<int>(std::lround(share * g.rows)));
    window.column = static_cast<int>(random.uniform() * (g.columns - window.columns + 1));
    window.row = static_cast<int>(random.uniform() * (g.rows - window.rows + 1));
    return look_through(image, truth, window);
}

DegradedSeries moved_to_belly(const Volume& image, const LabelMap& truth, double strength) {
    const Geometry& g = image.geometry;
    const auto [first, last] = labelled_columns(truth);
    if (first > last) return {image, truth};
    const int seen = std::max(1, static_cast<int>(std::lround(last + 1 - strength * (last + 1 - first))));
    // Cut behind what is still seen of the spine before it is mirrored: the mirror shows belly only.
    const DegradedSeries front = look_through(image, truth, {0, 0, seen, g.rows});
    return look_through(front.image, front.truth, {seen - g.columns, 0, g.columns, g.rows});
}

DegradedSeries turned(const Volume& image, const LabelMap& truth, double degrees, double size) {
    const double radians = degrees * std::numbers::pi / 180;
    DegradedSeries result{image, truth};
    const Geometry& g = image.geometry;
    for (int k = 0; k < g.slices; ++k)
        for (int r = 0; r < g.rows; ++r)
            for (int c = 0; c < g.columns; ++c) {
                const Place place = turned_back(g, c, r, radians, size);
                result.image.at(c, r, k) = bilinear(image, place, k);
                result.truth.at(c, r, k) = nearest(truth, place, k);
            }
    return result;
}

DegradedSeries upside_down(const Volume& image, const LabelMap& truth) {
    const int last = image.geometry.rows - 1;
    const auto from = [last](int column, int row) { return std::pair{column, last - row}; };
    return {reordered(image, from), reordered(truth, from)};
}

DegradedSeries front_to_back(const Volume& image, const LabelMap& truth) {
    const int last = image.geometry.columns - 1;
    const auto from = [last](int column, int row) { return std::pair{last - column, row}; };
    return {reordered(image, from), reordered(truth, from)};
}

}  // namespace spineseg

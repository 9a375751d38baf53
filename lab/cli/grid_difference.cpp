// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/cli/grid_difference.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numbers>

namespace spineseg {
namespace {

std::string size_text(const Geometry& g) {
    return std::to_string(g.columns) + "x" + std::to_string(g.rows) + "x" + std::to_string(g.slices);
}

std::string triple(const char* format, const Vec3& v) {
    char text[120];
    std::snprintf(text, sizeof text, format, v[0], v[1], v[2]);
    return text;
}

Vec3 spacing_of(const Geometry& g) {
    return {g.column_spacing, g.row_spacing, g.slice_spacing};
}

double largest_angle(const Geometry& a, const Geometry& b) {
    double cosine = 1;
    cosine = std::min(cosine, dot(a.row_direction, b.row_direction));
    cosine = std::min(cosine, dot(a.column_direction, b.column_direction));
    cosine = std::min(cosine, dot(a.slice_direction, b.slice_direction));
    return std::acos(std::clamp(cosine, -1.0, 1.0)) * 180 / std::numbers::pi;
}

double farthest(const Geometry& a, const Geometry& b) {
    double distance = 0;
    for (int corner = 0; corner < 8; ++corner) {
        const double c = (corner & 1) != 0 ? a.columns - 1 : 0, r = (corner & 2) != 0 ? a.rows - 1 : 0,
                     s = (corner & 4) != 0 ? a.slices - 1 : 0;
        distance = std::max(distance, norm(a.position(c, r, s) - b.position(c, r, s)));
    }
    return distance;
}

}  // namespace

std::optional<std::string> grid_difference(const Geometry& a, const Geometry& b, double tolerance_mm) {
    if (same_grid(a, b, tolerance_mm)) return std::nullopt;
    if (a.columns != b.columns || a.rows != b.rows || a.slices != b.slices)
        return "the sizes are " + size_text(a) + " and " + size_text(b) + " voxels";
    char text[200];
    std::snprintf(text, sizeof text,
                  "; voxels lie up to %.3g mm apart, %.3g mm are tolerated (--header-tolerance)",
                  farthest(a, b), tolerance_mm);
    const Vec3 from = spacing_of(a), to = spacing_of(b);
    const double stretch =
        std::max({std::abs(from[0] - to[0]) * a.columns, std::abs(from[1] - to[1]) * a.rows,
                  std::abs(from[2] - to[2]) * a.slices});
    if (stretch > tolerance_mm)
        return "the spacings are " + triple("%.4gx%.4gx%.4g", from) + " and " +
               triple("%.4gx%.4gx%.4g mm", to) + text;
    if (largest_angle(a, b) > 0.01) {
        char angle[80];
        std::snprintf(angle, sizeof angle, "the axes differ by %.2f degrees", largest_angle(a, b));
        return std::string(angle) + text;
    }
    return "the origins are " + triple("(%.2f, %.2f, %.2f)", a.origin) + " and " +
           triple("(%.2f, %.2f, %.2f)", b.origin) + text;
}

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/levels/canal_diameter.h"

namespace spineseg::levels {
namespace {

constexpr double kCanalHalf = 8.0;    // mm along the canal for its direction
constexpr double kCanalWindow = 2.0;  // mm along the canal over which its diameter is averaged

/// Where a disc's midplane meets the canal.
std::optional<Vec3> canal_at(const ColumnFrame& column, const Disc& disc) {
    const Vec3& up = column.directions.cranial;
    double height = dot(disc.centre, up);
    std::optional<Vec3> centre;
    for (int step = 0; step < 4; ++step) {
        centre = column.canal.centre(height);
        if (!centre) return std::nullopt;
        // The profile's centre is in the middle of a bin: move it along the canal to `height`.
        *centre = *centre + (height - dot(*centre, up)) * up;
        height -= disc.height_of(*centre);
    }
    return centre;
}

std::optional<double> diameter_across(const Field& field, const Vec3& middle, const Directions& d,
                                      double threshold) {
    double sum = 0;
    for (const double offset : {-kCanalWindow, 0.0, kCanalWindow}) {
        const Vec3 start = middle + offset * d.cranial;
        const auto front = reach(field, start, -1.0 * d.posterior, threshold, kFarthestOfDisc);
        const auto back = reach(field, start, d.posterior, threshold, kFarthestOfDisc);
        if (!front || !back) return std::nullopt;
        sum += *front + *back;
    }
    return sum / 3;
}

}  // namespace

Estimate measure_canal_diameter(const Seen& canal, const ColumnFrame& column, const Disc& disc) {
    const auto middle = canal_at(column, disc);
    if (!middle) return std::nullopt;
    const Vec3& up = column.directions.cranial;
    const double height = dot(*middle, up);
    const auto above = column.canal.centre(height + kCanalHalf);
    const auto below = column.canal.centre(height - kCanalHalf);
    const Vec3 along = above && below && norm(*above - *below) > kCanalHalf ? *above - *below : up;
    const Directions d = directions_from(along, column.directions.posterior);
    return canal.measured(Quantity::canal_diameter, [&](const Field& field, double threshold) {
        return diameter_across(field, *middle, d, threshold);
    });
}

}  // namespace spineseg::levels

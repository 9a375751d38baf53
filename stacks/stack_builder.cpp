// SPDX-License-Identifier: GPL-3.0-or-later
#include "stacks/stack_builder.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <string>

#include "core/decimal_string.h"
#include "stacks/stack_difference.h"

namespace spineseg {
namespace {

constexpr double kSpacingTolerance = 0.1;  // mm, or
constexpr double kSpacingFraction = 0.03;  // of the spacing, whichever is larger
constexpr double kLateralDrift = 1.0;      // mm over the whole stack: the grid that we keep has no shear
constexpr double kMaxCoordinate = 1e5;     // mm; no scanner is larger
constexpr int kMaxMatrix = 8192;

using Order = std::vector<std::size_t>;

double spacing_tolerance(double spacing) {
    return std::max(kSpacingTolerance, kSpacingFraction * spacing);
}

Result<void> check_plane(const FrameHeader& header) {
    const auto bad = [&](const std::string& what) {
        return failure(ErrorCode::geometry_out_of_range, header.name + ": " + what);
    };
    if (header.rows < 2 || header.columns < 2 || header.rows > kMaxMatrix || header.columns > kMaxMatrix)
        return bad("matrix " + std::to_string(header.columns) + " x " + std::to_string(header.rows));
    for (const double spacing : {header.row_spacing, header.column_spacing})
        if (!(spacing >= 0.01 && spacing <= 50))
            return bad("pixel spacing of " + rounded_text(spacing) + " mm");
    for (const double coordinate : header.position)
        if (!(std::abs(coordinate) <= kMaxCoordinate)) return bad("position beyond 100 m");
    const Vec3 &r = header.row_direction, &c = header.column_direction;
    if (std::abs(norm(r) - 1) > 1e-2 || std::abs(norm(c) - 1) > 1e-2 || std::abs(dot(r, c)) > 1e-2)
        return bad("image orientation is not two perpendicular unit vectors");
    return {};
}

struct Projected {
    std::size_t index;
    double along;
};

std::vector<Projected> sorted_along_normal(std::span<const FrameHeader> headers, const Order& order) {
    const Vec3 normal =
        normalised(cross(headers[order.front()].row_direction, headers[order.front()].column_direction));
    std::vector<Projected> projected;
    for (const std::size_t i : order) projected.push_back({i, dot(normal, headers[i].position)});
    std::stable_sort(projected.begin(), projected.end(),
                     [](const auto& a, const auto& b) { return a.along < b.along; });
    return projected;
}

bool has_repeats(const std::vector<Projected>& sorted) {
    return std::adjacent_find(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
               return b.along - a.along < kSamePositionMm;
           }) != sorted.end();
}

using Acquisitions = std::vector<Order>;  ///< in order of time

/// One after another by their times, which may be the same for all or another one for each slice: where an image
/// lies at a place that the current acquisition has already, and was taken later, the next one begins.
Acquisitions acquisitions_by_time(std::span<const FrameHeader> headers,
                                  const std::vector<Projected>& sorted) {
    std::map<std::string, std::vector<Projected>> by_time;
    for (const auto& p : sorted) by_time[headers[p.index].acquisition_time].push_back(p);
    Acquisitions acquisitions;
    std::vector<Projected> current;
    if (by_time.size() > 1 && by_time.begin()->first.empty()) return acquisitions;  // some say none
    for (const auto& [time, images] : by_time) {
        const bool again = std::any_of(images.begin(), images.end(), [&](const Projected& image) {
            return std::any_of(current.begin(), current.end(), [&](const Projected& own) {
                return std::abs(own.along - image.along) < kSamePositionMm;
            });
        });
        if (acquisitions.empty() || again) {
            acquisitions.emplace_back();
            current.clear();
        }
        for (const auto& image : images) {
            acquisitions.back().push_back(image.index);
            current.push_back(image);
        }
    }
    return acquisitions;
}

/// By acquisition number, or by time where one number has them all.
Acquisitions acquisitions_of(std::span<const FrameHeader> headers, const std::vector<Projected>& sorted) {
    std::map<int, Order> by_number;
    for (const auto& p : sorted)
        by_number[std::max(headers[p.index].acquisition.value_or(0), 0)].push_back(p.index);
    if (by_number.size() == 1) return acquisitions_by_time(headers, sorted);
    Acquisitions acquisitions;
    for (auto& [number, order] : by_number) acquisitions.push_back(std::move(order));
    return acquisitions;
}

bool covers(const std::vector<Projected>& acquisition, const std::vector<Projected>& all) {
    return std::all_of(all.begin(), all.end(), [&](const Projected& p) {
        return std::any_of(acquisition.begin(), acquisition.end(), [&](const Projected& own) {
            return std::abs(own.along - p.along) < kSamePositionMm;
        });
    });
}

/// Texts that say more of an image than its type does. They may differ from slice to slice, but not between
/// an image and its repeat.
bool same_texts(const FrameHeader& one, const FrameHeader& other) {
    return one.description.derivation == other.description.derivation &&
           one.description.comments == other.description.comments &&
           one.description.series_description == other.description.series_description;
}

/// A series that was repeated (motion): the last acquisition that covers every position once counts. One that
/// was broken off, before it or after it, is left aside. Anything else at repeated positions is a set of
/// stacks that we must not choose from.
Result<Order> latest_acquisition(std::span<const FrameHeader> headers, const std::vector<Projected>& sorted) {
    for (auto p = std::next(sorted.begin()); p != sorted.end(); ++p) {
        if (p->along - std::prev(p)->along >= kSamePositionMm) continue;
        const FrameHeader &one = headers[std::prev(p)->index], &other = headers[p->index];
        const auto both = [&](ErrorCode code, const std::string& why) {
            return failure(code, one.name + " and " + other.name + " lie at the same position" + why);
        };
        if (one.temporal_position != other.temporal_position)
            return both(ErrorCode::multiple_stacks, " at different times of a dynamic series");
        if (one.trigger_time != other.trigger_time)
            return both(ErrorCode::multiple_stacks, " at different trigger times");
        if (!same_texts(one, other))
            return both(ErrorCode::ambiguous_stacks,
                        ", and their descriptions differ: nothing says that one repeats the other");
    }
    const auto acquisitions = acquisitions_of(headers, sorted);
    for (auto acquisition = acquisitions.rbegin(); acquisition != acquisitions.rend(); ++acquisition) {
        const auto own = sorted_along_normal(headers, *acquisition);
        if (!has_repeats(own) && covers(own, sorted)) return *acquisition;
    }
    const auto repeat = std::adjacent_find(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
        return b.along - a.along < kSamePositionMm;
    });
    return failure(
        ErrorCode::ambiguous_stacks,
        headers[repeat->index].name + " and " + headers[std::next(repeat)->index].name +
            " lie at the same position, and no acquisition number or time names one complete acquisition");
}

double median_step(const std::vector<Projected>& sorted) {
    std::vector<double> steps;
    for (std::size_t i = 1; i < sorted.size(); ++i) steps.push_back(sorted[i].along - sorted[i - 1].along);
    const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
    std::nth_element(steps.begin(), middle, steps.end());
    return *middle;
}

Result<double> regular_spacing(std::span<const FrameHeader> headers, const std::vector<Projected>& sorted) {
    const double median = median_step(sorted);
    const double tolerance = spacing_tolerance(median);
    for (std::size_t i = 1; i < sorted.size(); ++i) {
        const double step = sorted[i].along - sorted[i - 1].along;
        if (std::abs(step - median) <= tolerance) continue;
        const std::string where = rounded_text(step) + " mm after slice " + std::to_string(i) + " (" +
                                  headers[sorted[i - 1].index].name + "), elsewhere " + rounded_text(median) +
                                  " mm";
        const double multiple = std::round(step / median);
        if (multiple >= 2 && std::abs(step - multiple * median) <= multiple * tolerance)
            return failure(ErrorCode::missing_slices, "a gap of " + where);
        return failure(ErrorCode::irregular_spacing, "a step of " + where);
    }
    // The best spacing of a straight line through the ends; single steps carry the rounding of their strings.
    const double spacing =
        (sorted.back().along - sorted.front().along) / static_cast<double>(sorted.size() - 1);
    for (std::size_t i = 0; i < sorted.size(); ++i)
        if (std::abs(sorted[i].along - sorted.front().along - spacing * static_cast<double>(i)) > tolerance)
            return failure(ErrorCode::irregular_spacing, "slice distances drift between " +
                                                             rounded_text(median) + " mm and " +
                                                             rounded_text(spacing) + " mm");
    return spacing;
}

/// The lateral part of the way from the first slice to any other one must vanish, else the stack is sheared.
Result<void> check_no_shear(std::span<const FrameHeader> headers, const std::vector<Projected>& sorted,
                            const Vec3& normal) {
    const Vec3& start = headers[sorted.front().index].position;
    for (const auto& p : sorted) {
        const Vec3 way = headers[p.index].position - start;
        const double lateral = norm(way - dot(way, normal) * normal);
        if (lateral > kLateralDrift)
            return failure(ErrorCode::irregular_spacing, "the stack is sheared: " + headers[p.index].name +
                                                             " lies " + rounded_text(lateral) +
                                                             " mm beside the first slice's normal");
    }
    return {};
}

Geometry geometry_of(const FrameHeader& first, std::size_t slices, double spacing, const Vec3& normal) {
    Geometry geometry;
    geometry.columns = first.columns;
    geometry.rows = first.rows;
    geometry.slices = static_cast<int>(slices);
    geometry.origin = first.position;
    geometry.row_direction = normalised(first.row_direction);
    // Rounded strings may be a little off square; the frame that we keep is exact.
    geometry.column_direction = normalised(cross(normal, geometry.row_direction));
    geometry.slice_direction = normal;
    geometry.column_spacing = first.column_spacing;
    geometry.row_spacing = first.row_spacing;
    geometry.slice_spacing = spacing;
    return geometry;
}

}  // namespace

Result<Stack> build_stack(std::span<const FrameHeader> headers, int min_slices) {
    if (headers.empty()) return failure(ErrorCode::too_few_slices, "no images");
    for (const auto& header : headers)
        if (auto plane = check_plane(header); !plane) return failure(plane.error());
    for (const auto& header : headers)
        if (auto difference = stack_difference(header, headers.front())) return failure(*difference);

    Order order(headers.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    auto sorted = sorted_along_normal(headers, order);
    if (has_repeats(sorted)) {
        auto last = latest_acquisition(headers, sorted);
        if (!last) return failure(last.error());
        sorted = sorted_along_normal(headers, *last);
    }
    if (sorted.size() < static_cast<std::size_t>(std::max(min_slices, 2)))
        return failure(ErrorCode::too_few_slices, std::to_string(sorted.size()) + " slices, at least " +
                                                      std::to_string(std::max(min_slices, 2)) +
                                                      " are needed");
    const FrameHeader& first = headers[sorted.front().index];
    const Vec3 normal = normalised(cross(first.row_direction, first.column_direction));
    const auto spacing = regular_spacing(headers, sorted);
    if (!spacing) return failure(spacing.error());
    if (auto straight = check_no_shear(headers, sorted, normal); !straight) return failure(straight.error());

    Stack stack;
    stack.geometry = geometry_of(first, sorted.size(), *spacing, normal);
    for (const auto& p : sorted) stack.order.push_back(p.index);
    return stack;
}

}  // namespace spineseg

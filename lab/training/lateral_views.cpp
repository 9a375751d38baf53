// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/lateral_views.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "lab/training/training_random.h"

namespace spineseg {
namespace {

namespace F = torch::nn::functional;
using torch::Tensor;

/// Beside a structure this many pixels still belong to it: ligament, partial volume.
constexpr std::int64_t kStructureMargin = 5;
/// Rows above and below that a fold's edge is smoothed over, so that it does not follow each disc.
constexpr std::int64_t kFoldSmoothing = 15;
/// The bodies' posterior wall is followed more closely: a fold should not eat into them.
constexpr std::int64_t kWallSmoothing = 5;
/// A vertebra and its disc are some 35 mm high.
constexpr std::int64_t kFewestRows = 40;
/// Fewer pixels of a row are a process's tip.
constexpr std::int64_t kBonePixels = 6;

Tensor structure(const Tensor& planes, Structure which) {
    return planes[kFirstStructurePlane + static_cast<int>(which)];
}

/// Per row [H, 1] of a mask [H, W]: a column before everything that the rows around hold, as a smooth line; W
/// far from all of it.
Tensor line_before(const Tensor& mask, std::int64_t smoothing = kFoldSmoothing) {
    const auto columns = mask.size(1);
    const Tensor distance =
        torch::where(mask, columns - torch::arange(columns), torch::zeros({}, torch::kInt64));
    const Tensor farthest = std::get<0>(distance.max(1)).to(torch::kFloat32).view({1, 1, -1});
    const auto window = 2 * smoothing + 1;
    const Tensor hull = torch::max_pool1d(farthest, window, 1, smoothing);
    const auto average =
        F::AvgPool1dFuncOptions(window).stride(1).padding(smoothing).count_include_pad(false);
    const Tensor line = F::avg_pool1d(torch::max_pool1d(hull, window, 1, smoothing), average);
    return columns - line.view({-1, 1}).to(torch::kInt64);
}

Tensor line_after(const Tensor& mask) {
    return mask.size(1) - line_before(mask.flip(1));
}

/// A mirror at depth 0 and at `width`, again and again.
Tensor folded(const Tensor& depth, const Tensor& width) {
    const Tensor place = depth.remainder(2 * width);
    return torch::minimum(place, 2 * width - 1 - place);
}

/// Every pixel's column.
Tensor columns_of(const Tensor& planes) {
    return torch::arange(planes.size(2)).view({1, -1}).expand({planes.size(1), -1});
}

/// Where the spine ends backwards, as a smooth line, and for every column before that the one behind it which
/// mirrors it.
struct BackOfSpine {
    Tensor line, mirrored;
};
BackOfSpine back_of_spine(const Tensor& planes) {
    const Tensor spine = planes.slice(0, kFirstStructurePlane, kUnknownPlane).sum(0) > 0;
    const Tensor line = (line_after(spine) + kStructureMargin).clamp_max(planes.size(2) - 1);
    const Tensor depth = (line_after(planes[kInsidePlane] > 0.5) - line).clamp_min(1);
    return {line, line + folded((line - 1 - columns_of(planes)).clamp_min(0), depth)};
}

Tensor taken_from(const Tensor& planes, const Tensor& source_columns) {
    return planes.gather(2, source_columns.clamp(0, planes.size(2) - 1).unsqueeze(0).expand_as(planes));
}

/// Grey with fatty streaks along the column.
Tensor drawn_muscle(std::int64_t rows, std::int64_t columns, Random& random) {
    const Tensor coarse =
        torch::randn({1, 1, std::max<std::int64_t>(rows / 14, 1), std::max<std::int64_t>(columns / 4, 1)},
                     generator(random));
    const Tensor streaks = F::interpolate(coarse, F::InterpolateFuncOptions()
                                                      .size(std::vector<std::int64_t>{rows, columns})
                                                      .mode(torch::kBilinear)
                                                      .align_corners(false));
    return (uniform(random, 0.08, 0.5) + streaks[0][0] * uniform(random, 0.02, 0.2)).clamp_min(0);
}

}  // namespace

Tensor spine_folded_away(const Tensor& planes, Random& random) {
    const Tensor spine = planes.slice(0, kFirstStructurePlane, kUnknownPlane).sum(0) > 0;
    const Tensor front = (line_before(spine) - kStructureMargin).clamp_min(1);
    const auto back = back_of_spine(planes);
    const Tensor depth = (front - line_before(planes[kInsidePlane] > 0.5)).clamp_min(1);
    const Tensor column = columns_of(planes);
    const Tensor seam =
        front + ((back.line - front).to(torch::kFloat32) * uniform(random, 0.1, 0.9)).to(torch::kInt64);
    const Tensor from_before = front - 1 - folded((column - front).clamp_min(0), depth);
    const Tensor covered = (column >= front) & (column < back.line);
    return taken_from(planes,
                      torch::where(covered, torch::where(column < seam, from_before, back.mirrored), column));
}

Tensor arches_folded_away(const Tensor& planes, Random& random) {
    const Tensor front = line_before(structure(planes, Structure::canal) > 0, kWallSmoothing);
    const auto back = back_of_spine(planes);
    const Tensor column = columns_of(planes);
    const Tensor covered = (column >= front) & (column < back.line);
    Tensor result = taken_from(planes, torch::where(covered, back.mirrored, column));
    const Tensor muscle = drawn_muscle(planes.size(1), planes.size(2), random).to(planes.scalar_type());
    if (chance(random, 0.6)) result[kImagePlane].copy_(torch::where(covered, muscle, result[kImagePlane]));
    return result;
}

std::optional<Rows> rows_beside_canal(const Tensor& planes) {
    const auto pixels = [](const Tensor& mask) { return (mask > 0.5).sum(1); };
    const Tensor bone =
        pixels(structure(planes, Structure::vertebra)) + pixels(structure(planes, Structure::disc));
    const Tensor beside = (bone >= kBonePixels) & (pixels(structure(planes, Structure::canal)) == 0);
    const auto row = beside.accessor<bool, 1>();
    Rows longest, current;
    for (std::int64_t i = 0; i < beside.size(0); ++i) {
        current = row[i] ? Rows{current.begin, i + 1} : Rows{i + 1, i + 1};
        if (current.count() > longest.count()) longest = current;
    }
    if (longest.count() < kFewestRows) return std::nullopt;
    return longest;
}

Tensor repeated_rows(const Tensor& planes, const Rows& rows) {
    const Tensor bone =
        (structure(planes, Structure::vertebra) > 0.5) | (structure(planes, Structure::disc) > 0.5);
    // The slope of the bodies' front, from the frontmost third of the run to the last.
    const Tensor mask = bone.slice(0, rows.begin, rows.end);
    const Tensor front = mask.to(torch::kInt64).argmax(1).to(torch::kFloat32);
    const auto third = rows.count() / 3;
    const double rise =
        (front.slice(0, rows.count() - third).median() - front.slice(0, 0, third).median()).item<double>();
    const double slope = rise / static_cast<double>(rows.count() - third);

    const Tensor row = torch::arange(planes.size(1));
    const Tensor copy = torch::floor_divide(row - rows.begin, rows.count());
    const Tensor source_row = rows.begin + (row - rows.begin).remainder(rows.count());
    const Tensor shift =
        (copy.to(torch::kFloat64) * (slope * static_cast<double>(rows.count()))).round().to(torch::kInt64);
    return taken_from(planes.index_select(1, source_row), columns_of(planes) - shift.unsqueeze(1));
}

}  // namespace spineseg

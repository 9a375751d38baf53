// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/preprocessor.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>

#include "core/signal_range.h"

namespace spineseg {
namespace {

constexpr std::size_t kClasses = kStructures + 1;  // background first

/// Copies a resampled plane onto its place on a canvas plane.
template <typename From, typename To>
void place_on_canvas(const std::vector<From>& plane, const GeometryTrace& trace, To* canvas) {
    const auto columns = static_cast<std::size_t>(trace.column.resampled_count);
    for (int row = 0; row < trace.row.resampled_count; ++row) {
        To* target = canvas +
                     static_cast<std::ptrdiff_t>(row + trace.row.offset) * trace.column.canvas_count +
                     trace.column.offset;
        std::copy_n(plane.data() + static_cast<std::size_t>(row) * columns, columns, target);
    }
}

std::array<std::int64_t, 3> canvas_shape(const GeometryTrace& trace) {
    return {trace.slice.canvas_count, trace.row.canvas_count, trace.column.canvas_count};
}

std::ptrdiff_t canvas_pixels(const GeometryTrace& trace) {
    return static_cast<std::ptrdiff_t>(trace.row.canvas_count) * trace.column.canvas_count;
}

/// What "no signal" is in the source becomes 0, the value of the canvas outside it: an offset changes nothing.
at::Tensor resample_intensities(const Volume& volume, const GeometryTrace& trace) {
    SignalRange range;
    range.add(volume.voxels);
    const auto zero = static_cast<float>(range.zero());
    const AxisFilter rows = trace.row.forward();
    const AxisFilter columns = trace.column.forward();
    at::Tensor canvas = at::zeros(canvas_shape(trace), at::kFloat);
    std::vector<float> oriented(trace.slice_pixels());
    for (int slice = 0; slice < trace.slice.source_count; ++slice) {
        trace.visit_slice(
            slice, [&](std::size_t pixel, std::size_t voxel) { oriented[pixel] = volume.voxels[voxel] - zero; });
        place_on_canvas(resample_plane(oriented, rows, columns), trace,
                        canvas.data_ptr<float>() + slice * canvas_pixels(trace));
    }
    return canvas;
}

at::Tensor inside_mask(const GeometryTrace& trace) {
    at::Tensor inside = at::zeros(canvas_shape(trace), at::kBool);
    inside.narrow(1, trace.row.offset, trace.row.resampled_count)
        .narrow(2, trace.column.offset, trace.column.resampled_count)
        .fill_(true);
    return inside;
}

/// 0 background, 1 + Structure otherwise; nothing for a value that is no label.
std::optional<std::uint8_t> class_of(std::uint8_t value) {
    if (value == static_cast<std::uint8_t>(Label::background)) return std::uint8_t{0};
    for (int s = 0; s < kStructures; ++s) {
        if (value == static_cast<std::uint8_t>(label_of(static_cast<Structure>(s))))
            return static_cast<std::uint8_t>(s + 1);
    }
    return std::nullopt;
}

/// The class with the largest share of each canvas pixel. Equal shares go to the structure before the
/// background, so that the thin gap between bone and disc does not widen.
std::vector<std::uint8_t> resample_classes(const std::vector<std::uint8_t>& classes, const AxisFilter& rows,
                                           const AxisFilter& columns) {
    std::array<std::vector<float>, kClasses> shares;
    std::vector<float> one_hot(classes.size());
    for (std::size_t c = 1; c < kClasses; ++c) {
        std::transform(classes.begin(), classes.end(), one_hot.begin(),
                       [c](std::uint8_t value) { return value == c ? 1.0F : 0.0F; });
        shares[c] = resample_plane(one_hot, rows, columns);
    }
    const auto width = static_cast<std::size_t>(columns.outputs());
    std::vector<std::uint8_t> result(shares[1].size());
    for (std::size_t pixel = 0; pixel < result.size(); ++pixel) {
        const float tie = (pixel + pixel / width) % 2 == 0 ? 1e-5F : -1e-5F;
        float best = 1.0F - shares[1][pixel] - shares[2][pixel] - shares[3][pixel] + tie;
        for (std::size_t c = 1; c < kClasses; ++c) {
            if (shares[c][pixel] <= best) continue;
            best = shares[c][pixel];
            result[pixel] = static_cast<std::uint8_t>(c);
        }
    }
    return result;
}

Result<at::Tensor> resample_labels(const LabelMap& labels, const GeometryTrace& trace) {
    const AxisFilter rows = trace.row.forward();
    const AxisFilter columns = trace.column.forward();
    at::Tensor canvas = at::zeros(canvas_shape(trace), at::kByte);
    std::vector<std::uint8_t> oriented(trace.slice_pixels());
    for (int slice = 0; slice < trace.slice.source_count; ++slice) {
        std::optional<std::uint8_t> stranger;
        trace.visit_slice(slice, [&](std::size_t pixel, std::size_t voxel) {
            const auto found = class_of(labels.voxels[voxel]);
            if (!found) stranger = labels.voxels[voxel];
            oriented[pixel] = found.value_or(std::uint8_t{0});
        });
        if (stranger)
            return failure(ErrorCode::invalid_argument, "the label map holds a " + std::to_string(*stranger) +
                                                            "; it may hold 0, 1, 100 and 201");
        place_on_canvas(resample_classes(oriented, rows, columns), trace,
                        canvas.data_ptr<std::uint8_t>() + slice * canvas_pixels(trace));
    }
    return canvas;
}

double spacing_along(const Geometry& geometry, int axis) {
    return axis == 0 ? geometry.column_spacing : axis == 1 ? geometry.row_spacing : geometry.slice_spacing;
}

}  // namespace

Result<PreparedVolume> prepare(const Volume& volume, const InputPlan& plan) {
    auto trace = trace_geometry(volume.geometry, plan);
    if (!trace) return failure(trace.error());
    if (volume.voxels.size() != volume.geometry.voxel_count())
        return failure(ErrorCode::invalid_argument, "the volume's voxels do not fill its grid");
    if (!std::all_of(volume.voxels.begin(), volume.voxels.end(), [](float v) { return std::isfinite(v); }))
        return failure(ErrorCode::non_finite_pixels, "the image holds NaN or infinity");
    PreparedVolume prepared;
    prepared.slices = {resample_intensities(volume, *trace), inside_mask(*trace),
                       spacing_along(volume.geometry, trace->slice.source_axis)};
    prepared.trace = *trace;
    return prepared;
}

Result<PreparedCase> prepare_case(const Volume& image, const LabelMap& labels, const InputPlan& plan) {
    auto prepared = prepare(image, plan);
    if (!prepared) return failure(prepared.error());
    // Half a tenth of a millimetre: SPIDER's masks and images round their headers differently.
    if (!same_grid(image.geometry, labels.geometry, 0.05) || labels.voxels.size() != image.voxels.size())
        return failure(ErrorCode::invalid_argument,
                       "the image and its label map do not lie on the same grid");
    auto resampled = resample_labels(labels, prepared->trace);
    if (!resampled) return failure(resampled.error());
    return PreparedCase{std::move(prepared->slices), std::move(*resampled), prepared->trace};
}

std::vector<float> restore_plane(const float* canvas, const GeometryTrace& trace) {
    const auto columns = static_cast<std::size_t>(trace.column.resampled_count);
    std::vector<float> covered(static_cast<std::size_t>(trace.row.resampled_count) * columns);
    for (int row = 0; row < trace.row.resampled_count; ++row) {
        const float* source =
            canvas + static_cast<std::ptrdiff_t>(row + trace.row.offset) * trace.column.canvas_count +
            trace.column.offset;
        std::copy_n(source, columns, covered.data() + static_cast<std::size_t>(row) * columns);
    }
    return resample_plane(covered, trace.row.backward(), trace.column.backward());
}

Volume restore_map(const torch::Tensor& map, const GeometryTrace& trace) {
    const at::Tensor contiguous = map.to(at::kFloat).contiguous();
    Volume restored{trace.source, std::vector<float>(trace.source.voxel_count())};
    for (int slice = 0; slice < trace.slice.source_count; ++slice) {
        const auto plane = restore_plane(contiguous.data_ptr<float>() + slice * canvas_pixels(trace), trace);
        trace.visit_slice(
            slice, [&](std::size_t pixel, std::size_t voxel) { restored.voxels[voxel] = plane[pixel]; });
    }
    return restored;
}

}  // namespace spineseg

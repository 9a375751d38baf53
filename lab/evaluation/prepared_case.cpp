// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/prepared_case.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "worker/model_grid/model_planes.h"
#include "worker/model_grid/to_model_grid.h"

namespace spineseg {
namespace {

constexpr std::size_t kClasses = kStructures + 1;  // background first

/// 0 background, 1 + Structure otherwise; nothing for a value that is no label.
std::optional<std::uint8_t> class_of(std::uint8_t value) {
    if (value == static_cast<std::uint8_t>(Label::background)) return std::uint8_t{0};
    for (int s = 0; s < kStructures; ++s) {
        if (value == static_cast<std::uint8_t>(label_of(static_cast<Structure>(s))))
            return static_cast<std::uint8_t>(s + 1);
    }
    return std::nullopt;
}

/// The class with the largest share of each pixel. Equal shares go to the structure before the
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
    at::Tensor grid = at::zeros(model_grid_shape(trace), at::kByte);
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
        place_on_model_grid(resample_classes(oriented, rows, columns), trace,
                            grid.data_ptr<std::uint8_t>() + slice * model_grid_pixels(trace));
    }
    return grid;
}

}  // namespace

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

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/prepared_case.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "worker/model_grid/model_planes.h"
#include "worker/model_grid/to_model_grid.h"

namespace spineseg {
namespace {

/// 0 background, 1 + Structure otherwise; nothing for a value that is no label.
std::optional<std::uint8_t> class_of(std::uint8_t value) {
    if (value == static_cast<std::uint8_t>(Label::background)) return std::uint8_t{0};
    for (int s = 0; s < kStructures; ++s) {
        if (value == static_cast<std::uint8_t>(label_of(static_cast<Structure>(s))))
            return static_cast<std::uint8_t>(s + 1);
    }
    return std::nullopt;
}

/// [N, 3, H, W]: what a pixel of a finer label map holds is kept, not decided.
Result<at::Tensor> resample_labels(const LabelMap& labels, const GeometryTrace& trace) {
    const AxisFilter rows = trace.row.forward();
    const AxisFilter columns = trace.column.forward();
    const auto [slices, grid_rows, grid_columns] = model_grid_shape(trace);
    at::Tensor shares = at::zeros({slices, kStructures, grid_rows, grid_columns}, at::kHalf);
    std::vector<std::uint8_t> oriented(trace.slice_pixels());
    std::vector<float> covered(oriented.size());
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
        for (int structure = 0; structure < kStructures; ++structure) {
            std::transform(oriented.begin(), oriented.end(), covered.begin(),
                           [structure](std::uint8_t value) { return value == structure + 1 ? 1.0F : 0.0F; });
            const std::int64_t plane = slice * kStructures + structure;
            place_on_model_grid(resample_plane(covered, rows, columns), trace,
                                shares.data_ptr<at::Half>() + plane * model_grid_pixels(trace));
        }
    }
    return shares;
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

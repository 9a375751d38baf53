// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/postprocessing/uncertainty_filter.h"

#include <algorithm>
#include <span>
#include <vector>

#include "core/connected_components.h"
#include "worker/model_grid/model_planes.h"
#include "worker/model_grid/to_source_grid.h"

namespace spineseg {
namespace {

/// One slice and its uncertainty.
class DoubtedSlice {
  public:
    DoubtedSlice(std::span<std::uint8_t> classes, std::span<const float> uncertainty, int columns, int rows)
        : classes_(classes), uncertainty_(uncertainty), finder_(columns, rows, 1, Connectivity::faces) {}

    void clear_doubted(const PostprocessingPlan& plan) {
        if (mean_uncertainty() > plan.maximum_slice_uncertainty) {
            std::fill(classes_.begin(), classes_.end(), std::uint8_t{0});
            return;
        }
        for (std::size_t pixel = 0; pixel < classes_.size(); ++pixel) {
            const std::uint8_t wanted = classes_[pixel];
            if (finder_.visited(pixel) || wanted == 0) continue;
            const auto& piece =
                finder_.collect(pixel, [&](std::size_t other) { return classes_[other] == wanted; });
            if (mean_uncertainty(piece) <= plan.maximum_component_uncertainty) continue;
            for (const std::size_t lost : piece) classes_[lost] = 0;
        }
    }

  private:
    /// Over the labelled pixels; 0 where there are none.
    double mean_uncertainty() const {
        double sum = 0.0;
        std::size_t labelled = 0;
        for (std::size_t pixel = 0; pixel < classes_.size(); ++pixel) {
            if (classes_[pixel] == 0) continue;
            sum += static_cast<double>(uncertainty_[pixel]);
            ++labelled;
        }
        return labelled == 0 ? 0.0 : sum / static_cast<double>(labelled);
    }

    double mean_uncertainty(const std::vector<std::size_t>& piece) const {
        double sum = 0.0;
        for (const std::size_t pixel : piece) sum += static_cast<double>(uncertainty_[pixel]);
        return sum / static_cast<double>(piece.size());
    }

    std::span<std::uint8_t> classes_;
    std::span<const float> uncertainty_;
    ComponentFinder finder_;
};

}  // namespace

void filter_uncertain(ClassStack& stack, const torch::Tensor& uncertainty, const GeometryTrace& trace,
                      const PostprocessingPlan& plan) {
    if (plan.maximum_component_uncertainty >= 1.0 && plan.maximum_slice_uncertainty >= 1.0) return;
    const at::Tensor contiguous = uncertainty.to(at::kFloat).contiguous();
    const auto grid_pixels = static_cast<std::size_t>(model_grid_pixels(trace));
    const std::size_t pixels = trace.slice_pixels();
    for (int slice = 0; slice < stack.slices; ++slice) {
        const auto place = static_cast<std::size_t>(slice);
        const std::vector<float> plane =
            restore_plane(contiguous.data_ptr<float>() + place * grid_pixels, trace);
        DoubtedSlice({stack.classes.data() + place * pixels, pixels}, plane, stack.columns, stack.rows)
            .clear_doubted(plan);
    }
}

}  // namespace spineseg

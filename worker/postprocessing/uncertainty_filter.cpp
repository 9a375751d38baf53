// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/postprocessing/uncertainty_filter.h"

#include <algorithm>
#include <span>
#include <vector>

#include "worker/model_grid/to_source_grid.h"

namespace spineseg {
namespace {

/// One slice and its uncertainty.
class DoubtedSlice {
  public:
    DoubtedSlice(std::span<std::uint8_t> classes, std::span<const float> uncertainty, int columns)
        : classes_(classes), uncertainty_(uncertainty), columns_(columns), seen_(classes.size()) {}

    void clear_doubted(const PostprocessingPlan& plan) {
        if (mean_uncertainty() > plan.maximum_slice_uncertainty) {
            std::fill(classes_.begin(), classes_.end(), std::uint8_t{0});
            return;
        }
        for (std::size_t pixel = 0; pixel < classes_.size(); ++pixel) {
            if (seen_[pixel] || classes_[pixel] == 0) continue;
            if (collect_piece(pixel) <= plan.maximum_component_uncertainty) continue;
            for (const std::size_t lost : piece_) classes_[lost] = 0;
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

    /// Fills piece_ with the piece around `start`; returns its mean uncertainty.
    double collect_piece(std::size_t start) {
        const std::uint8_t wanted = classes_[start];
        const auto columns = static_cast<std::size_t>(columns_);
        double sum = 0.0;
        piece_.assign(1, start);
        seen_[start] = true;
        const auto visit = [&](std::size_t pixel) {
            if (seen_[pixel] || classes_[pixel] != wanted) return;
            seen_[pixel] = true;
            piece_.push_back(pixel);
        };
        for (std::size_t next = 0; next < piece_.size(); ++next) {
            const std::size_t pixel = piece_[next];
            sum += static_cast<double>(uncertainty_[pixel]);
            if (pixel % columns > 0) visit(pixel - 1);
            if (pixel % columns + 1 < columns) visit(pixel + 1);
            if (pixel >= columns) visit(pixel - columns);
            if (pixel + columns < classes_.size()) visit(pixel + columns);
        }
        return sum / static_cast<double>(piece_.size());
    }

    std::span<std::uint8_t> classes_;
    std::span<const float> uncertainty_;
    int columns_;
    std::vector<bool> seen_;
    std::vector<std::size_t> piece_;
};

}  // namespace

void filter_uncertain(ClassStack& stack, const torch::Tensor& uncertainty, const GeometryTrace& trace,
                      const PostprocessingPlan& plan) {
    if (plan.maximum_component_uncertainty >= 1.0 && plan.maximum_slice_uncertainty >= 1.0) return;
    const at::Tensor contiguous = uncertainty.to(at::kFloat).contiguous();
    const auto canvas =
        static_cast<std::size_t>(contiguous.size(1)) * static_cast<std::size_t>(contiguous.size(2));
    const std::size_t pixels = trace.slice_pixels();
    for (int slice = 0; slice < stack.slices; ++slice) {
        const auto place = static_cast<std::size_t>(slice);
        const std::vector<float> plane = restore_plane(contiguous.data_ptr<float>() + place * canvas, trace);
        DoubtedSlice({stack.classes.data() + place * pixels, pixels}, plane, stack.columns)
            .clear_doubted(plan);
    }
}

}  // namespace spineseg

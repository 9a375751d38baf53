// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/postprocessing/uncertainty_filter.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "tests/worker/model_grid/sagittal_stack.h"

namespace spineseg {
namespace uncertainty_filter_test {

/// Two slices: each holds one 10 × 10 vertebra at (20, 20) and one 4 × 4 at (60, 60), in a guard's world.
class DoubtGuard : public ::testing::Test {
  protected:
    DoubtGuard() {
        Geometry g = testing::upright_geometry();
        g.slices = 2;
        InputPlan input;
        input.spacing_mm = g.row_spacing;
        trace_ = trace_geometry(g, input).value();
        stack_ = {2, g.rows, g.columns, std::vector<std::uint8_t>(g.voxel_count())};
        for (int slice = 0; slice < 2; ++slice) {
            paint(slice, 20, 10);
            paint(slice, 60, 4);
        }
        uncertainty_ = at::full({2, trace_.row.model_count, trace_.column.model_count}, 0.1F);
        plan_.maximum_component_uncertainty = 0.33;
        plan_.maximum_slice_uncertainty = 0.22;
    }
    void paint(int slice, int corner, int size) {
        for (int row = corner; row < corner + size; ++row)
            for (int column = corner; column < corner + size; ++column)
                stack_.classes[static_cast<std::size_t>((slice * stack_.rows + row) * stack_.columns +
                                                        column)] = 2;
    }
    void doubt(int slice, int corner, int size, float value) {
        uncertainty_[slice]
            .narrow(0, trace_.row.offset + corner, size)
            .narrow(1, trace_.column.offset + corner, size)
            .fill_(value);
    }
    std::ptrdiff_t labelled(int slice) const {
        const auto begin = stack_.classes.begin() + slice * stack_.rows * stack_.columns;
        return std::count(begin, begin + stack_.rows * stack_.columns, 2);
    }
    void run() { filter_uncertain(stack_, uncertainty_, trace_, plan_); }

    GeometryTrace trace_;
    ClassStack stack_;
    at::Tensor uncertainty_;
    PostprocessingPlan plan_;
};

TEST_F(DoubtGuard, CertainPiecesStay) {
    run();
    EXPECT_EQ(labelled(0), 116);
    EXPECT_EQ(labelled(1), 116);
}

TEST_F(DoubtGuard, APieceThatIsDoubtedThroughoutGoesAndItsNeighboursStay) {
    doubt(0, 60, 4, 0.5F);
    run();
    EXPECT_EQ(labelled(0), 100);
    EXPECT_EQ(labelled(1), 116);
}

TEST_F(DoubtGuard, ADoubtedBorderIsNoReason) {
    doubt(0, 20, 2, 0.9F);  // four of a hundred pixels
    run();
    EXPECT_EQ(labelled(0), 116);
}

// Symptom: slices beside the spine came back with vertebrae drawn over the bowel.
TEST_F(DoubtGuard, ASliceThatIsMostlyDoubtedIsEmptied) {
    doubt(1, 20, 10, 0.5F);
    run();
    EXPECT_EQ(labelled(0), 116);
    EXPECT_EQ(labelled(1), 0);
}

TEST_F(DoubtGuard, AMaximumOfOneSwitchesItOff) {
    plan_.maximum_component_uncertainty = plan_.maximum_slice_uncertainty = 1.0;
    uncertainty_.fill_(1.0F);
    run();
    EXPECT_EQ(labelled(0), 116);
}

}  // namespace uncertainty_filter_test
}  // namespace spineseg

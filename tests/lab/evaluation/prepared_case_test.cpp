// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/prepared_case.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <array>

#include "tests/worker/model_grid/drawn_labels.h"
#include "tests/worker/model_grid/sagittal_stack.h"
#include "worker/model_grid/to_source_grid.h"

namespace spineseg {
namespace prepared_case_test {

using namespace testing;

TEST(PreparedCase, DecidedLabelsLoseLessThanAThirdOfAPixelOnTheCoarseGrid) {
    // A disc of 34 × 11 mm: a border error of 0.3 mm all round costs it 0.025 Dice.
    const LabelMap fine = drawn_labels(twice_as_fine(upright_geometry()));
    const auto prepared = prepare_case(numbered(fine.geometry), fine, native_plan());
    ASSERT_TRUE(prepared.has_value()) << prepared.error().describe();
    for (int s = 0; s < kStructures; ++s) {
        const Volume share = restore_map(prepared->labels.eq(s + 1).to(at::kFloat), prepared->trace);
        EXPECT_GT(dice_at_half(share, fine, static_cast<Structure>(s)), 0.97)
            << to_string(static_cast<Structure>(s));
    }
}

TEST(PreparedCase, LabelsOnTheModelsOwnGridAreOnlyRenumbered) {
    const LabelMap labels = drawn_labels(upright_geometry());
    const auto prepared = prepare_case(numbered(labels.geometry), labels, native_plan());
    ASSERT_TRUE(prepared.has_value());
    const at::Tensor grid = covered(prepared->labels, prepared->trace).contiguous();
    const std::array<std::uint8_t, 4> names{0, 100, 1, 201};
    for (std::size_t i = 0; i < labels.voxels.size(); ++i)
        ASSERT_EQ(names.at(grid.data_ptr<std::uint8_t>()[i]), labels.voxels[i]) << "voxel " << i;
}

TEST(PreparedCase, AForeignLabelOrGridIsRefused) {
    LabelMap labels = drawn_labels(upright_geometry());
    labels.voxels[1000] = 7;
    EXPECT_EQ(prepare_case(numbered(labels.geometry), labels, native_plan()).error().code,
              ErrorCode::invalid_argument);
    labels.voxels[1000] = 0;
    Geometry shifted = labels.geometry;
    shifted.origin[2] += 3;
    EXPECT_EQ(prepare_case(numbered(shifted), labels, native_plan()).error().code,
              ErrorCode::invalid_argument);
}

}  // namespace prepared_case_test
}  // namespace spineseg

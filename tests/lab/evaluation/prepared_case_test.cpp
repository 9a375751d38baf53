// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/prepared_case.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "tests/worker/model_grid/drawn_labels.h"
#include "tests/worker/model_grid/sagittal_stack.h"
#include "worker/model_grid/to_source_grid.h"

namespace spineseg {
namespace prepared_case_test {

using namespace testing;

TEST(PreparedCase, FinerLabelsKeepTheirVolumeAndLoseLessThanAThirdOfAPixel) {
    // Half-size masks made by majority held 95 % of the discs, and networks trained on them drew thin borders.
    // A disc of 34 × 11 mm: a border error of 0.3 mm all round costs it 0.025 Dice.
    const LabelMap fine = drawn_labels(twice_as_fine(upright_geometry()));
    const auto prepared = prepare_case(numbered(fine.geometry), fine, native_plan());
    ASSERT_TRUE(prepared.has_value()) << prepared.error().describe();
    for (int s = 0; s < kStructures; ++s) {
        const at::Tensor shares = prepared->shares.select(1, s).to(at::kFloat);
        const auto fine_label = static_cast<std::uint8_t>(label_of(static_cast<Structure>(s)));
        const auto fine_voxels = std::count(fine.voxels.begin(), fine.voxels.end(), fine_label);
        EXPECT_NEAR(4 * shares.sum().item<double>(), static_cast<double>(fine_voxels), 1.0);
        const Volume share = restore_map(shares, prepared->trace);
        EXPECT_GT(dice_at_half(share, fine, static_cast<Structure>(s)), 0.97)
            << to_string(static_cast<Structure>(s));
    }
}

TEST(PreparedCase, LabelsOnTheModelsOwnGridAreOnlyRenumbered) {
    const LabelMap labels = drawn_labels(upright_geometry());
    const auto prepared = prepare_case(numbered(labels.geometry), labels, native_plan());
    ASSERT_TRUE(prepared.has_value());
    const at::Tensor shares = prepared->shares.to(at::kFloat);
    EXPECT_TRUE((shares.eq(0) | shares.eq(1)).all().item<bool>()) << "no pixel is shared";
    const at::Tensor classes = at::cat({0.5 - shares.sum(1, true), shares}, 1).argmax(1).to(at::kByte);
    const at::Tensor grid = covered(classes, prepared->trace).contiguous();
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

// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/model_grid/to_source_grid.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "tests/worker/model_grid/drawn_labels.h"
#include "tests/worker/model_grid/sagittal_stack.h"
#include "worker/model_grid/to_model_grid.h"

namespace spineseg {
namespace to_source_grid_test {

using namespace testing;

TEST(ToSourceGrid, SharesSurviveTheRoundTripFromFineToCoarseAndBack) {
    const LabelMap fine = drawn_labels(twice_as_fine(upright_geometry()));
    for (int s = 0; s < kStructures; ++s) {
        const auto structure = static_cast<Structure>(s);
        Volume one_hot = numbered(fine.geometry);
        for (std::size_t i = 0; i < fine.voxels.size(); ++i)
            one_hot.voxels[i] =
                fine.voxels[i] == static_cast<std::uint8_t>(label_of(structure)) ? 1.0F : 0.0F;
        const auto prepared = prepare(one_hot, native_plan());
        ASSERT_TRUE(prepared.has_value());
        const Volume share = restore_map(prepared->slices.intensities, prepared->trace);
        EXPECT_GT(dice_at_half(share, fine, structure), 0.985) << to_string(structure);
    }
}

}  // namespace to_source_grid_test
}  // namespace spineseg

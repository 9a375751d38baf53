// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/voxel_volume.h"

#include <gtest/gtest.h>

namespace spineseg {
namespace voxel_volume_test {

TEST(VoxelVolume, IsTheProductOfTheSpacings) {
    const Geometry g{.column_spacing = 0.5, .row_spacing = 2.0, .slice_spacing = 4.0};
    EXPECT_DOUBLE_EQ(voxel_millilitres(g), 0.004);
}

// Symptom: three of four copies of this calculation took a sheared stack's voxels for larger than they are.
TEST(VoxelVolume, OfAShearedStackIsThatOfTheParallelepiped) {
    Geometry g{.column_spacing = 0.5, .row_spacing = 2.0, .slice_spacing = 5.0};
    g.slice_direction = {0.6, 0, -0.8};
    EXPECT_DOUBLE_EQ(voxel_millilitres(g), 0.004) << "the slices lie 4 mm apart along their normal";
}

}  // namespace voxel_volume_test
}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/model_grid/sagittal_stack.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "tests/worker/model_grid/sagittal_stack.h"

namespace spineseg {
namespace sagittal_stack_test {

using testing::all_storages;
using testing::numbered;
using testing::oblique;
using testing::store_as;
using testing::upright_geometry;

TEST(SagittalStack, EveryStorageBecomesTheSameSeriesWithEveryVoxelInItsPlace) {
    Geometry small = oblique(upright_geometry(), 14, 6);
    small.columns = 80;
    small.rows = 90;
    const Volume original = numbered(small);
    for (const auto& storage : all_storages()) {
        const auto stack = as_sagittal_stack(store_as(original, storage));
        ASSERT_TRUE(stack.has_value()) << stack.error().describe();
        const Geometry& g = stack->geometry;
        EXPECT_GT(g.row_direction[1], 0.8) << "columns run to the back";
        EXPECT_LT(g.column_direction[2], -0.8) << "rows run to the feet";
        EXPECT_NEAR(dot(cross(g.row_direction, g.column_direction), g.slice_direction), 1.0, 1e-9);
        for (const Vec3& index : {Vec3{0, 0, 0}, Vec3{79, 0, 4}, Vec3{3, 88, 1}}) {
            const float value =
                stack->at(static_cast<int>(index[0]), static_cast<int>(index[1]), static_cast<int>(index[2]));
            const auto place = static_cast<std::size_t>(value);  // a voxel's value is its place in `original`
            const Vec3 expected = original.geometry.position(static_cast<double>(place % 80),
                                                             static_cast<double>(place / 80 % 90),
                                                             static_cast<double>(place / 80 / 90));
            EXPECT_LT(norm(g.position(index[0], index[1], index[2]) - expected), 1e-9);
        }
    }
}

TEST(SagittalStack, AnAxialVolumeHasNoSagittalSlicesToGive) {
    Geometry axial;
    axial.columns = axial.rows = 256;
    axial.slices = 20;
    axial.column_spacing = axial.row_spacing = 0.8;
    axial.slice_spacing = 4.0;
    EXPECT_EQ(as_sagittal_stack(numbered(axial)).error().code, ErrorCode::not_sagittal);
}

}  // namespace sagittal_stack_test
}  // namespace spineseg

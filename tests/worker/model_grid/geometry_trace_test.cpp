// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/model_grid/geometry_trace.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "tests/worker/model_grid/sagittal_stack.h"

namespace spineseg {
namespace geometry_trace_test {

using testing::upright_geometry;

InputPlan plan() {
    InputPlan result;
    result.spacing_mm = 0.9375;
    return result;
}

ErrorCode rejection(const Geometry& geometry) {
    const auto trace = trace_geometry(geometry, plan());
    EXPECT_FALSE(trace.has_value());
    return trace ? ErrorCode::internal : trace.error().code;
}

TEST(GeometryTrace, AnAxialStackIsNotSagittalThoughOneOfItsAxesRunsLeftRight) {
    Geometry axial;
    axial.columns = axial.rows = 512;
    axial.slices = 30;
    axial.row_direction = {1, 0, 0};
    axial.column_direction = {0, 1, 0};
    axial.slice_direction = {0, 0, 1};
    axial.column_spacing = axial.row_spacing = 0.4;
    axial.slice_spacing = 4.0;
    EXPECT_EQ(rejection(axial), ErrorCode::not_sagittal);
}

TEST(GeometryTrace, ACoronalStackIsNotSagittal) {
    Geometry coronal;
    coronal.columns = coronal.rows = 384;
    coronal.slices = 20;
    coronal.row_direction = {1, 0, 0};
    coronal.column_direction = {0, 0, -1};
    coronal.slice_direction = {0, 1, 0};
    coronal.column_spacing = coronal.row_spacing = 0.9;
    coronal.slice_spacing = 4.0;
    EXPECT_EQ(rejection(coronal), ErrorCode::not_sagittal);
}

TEST(GeometryTrace, AStackTurnedByFortyDegreesIsNotSagittalByThirtyItIs) {
    EXPECT_EQ(rejection(testing::oblique(upright_geometry(), 40, 0)), ErrorCode::not_sagittal);
    EXPECT_TRUE(trace_geometry(testing::oblique(upright_geometry(), 30, 0), plan()).has_value());
}

TEST(GeometryTrace, ImpossibleGeometriesAreOutOfRange) {
    Geometry g = upright_geometry();
    g.rows = 0;
    EXPECT_EQ(rejection(g), ErrorCode::geometry_out_of_range) << "no voxels";
    g = upright_geometry();
    g.row_spacing = 0.0;
    EXPECT_EQ(rejection(g), ErrorCode::geometry_out_of_range) << "no spacing";
    g = upright_geometry();
    g.column_spacing = std::numeric_limits<double>::quiet_NaN();
    EXPECT_EQ(rejection(g), ErrorCode::geometry_out_of_range) << "NaN spacing";
    g = upright_geometry();
    g.slice_direction = {0, 0, 0};
    EXPECT_EQ(rejection(g), ErrorCode::geometry_out_of_range) << "no direction";
    g = upright_geometry();
    g.column_direction = g.row_direction;
    EXPECT_EQ(rejection(g), ErrorCode::geometry_out_of_range) << "sheared";
    g = upright_geometry();
    g.rows = 40000;
    EXPECT_EQ(rejection(g), ErrorCode::geometry_out_of_range) << "huge matrix";
    g = upright_geometry();
    g.rows = 1000;
    EXPECT_EQ(rejection(g), ErrorCode::geometry_out_of_range) << "a field of view of 94 cm";
    g = upright_geometry();
    g.rows = 20;
    EXPECT_EQ(rejection(g), ErrorCode::geometry_out_of_range) << "a field of view of 2 cm";
    g = upright_geometry();
    g.slices = 100000;
    EXPECT_EQ(rejection(g), ErrorCode::geometry_out_of_range) << "100,000 slices";
}

TEST(GeometryTrace, TheSourceIsCentredOnTheSmallestGrid) {
    const auto trace = trace_geometry(upright_geometry(), plan());
    ASSERT_TRUE(trace.has_value());
    EXPECT_EQ(trace->row.model_count, 320);
    EXPECT_EQ(trace->row.offset, 96);
    EXPECT_EQ(trace->row.resampled_count, 128);
    EXPECT_EQ(trace->column.offset, 104);
    EXPECT_EQ(trace->row.step, 1.0);
}

TEST(GeometryTrace, ALargerFieldOfViewGrowsTheGridInMultiples) {
    Geometry g = upright_geometry();
    g.rows = 421;
    const auto trace = trace_geometry(g, plan());
    ASSERT_TRUE(trace.has_value());
    EXPECT_EQ(trace->row.model_count, 432);
    EXPECT_EQ(trace->column.model_count, 320);
}

/// In whatever order and direction the axes are stored, the model's pixels lie on the voxels that they were made of.
TEST(GeometryTrace, PixelsOfTheModelsGridLieWhereTheirVoxelsDo) {
    for (const auto& storage : testing::all_storages()) {
        const Volume stored = testing::store_as(testing::numbered(testing::upright_geometry()), storage);
        const auto trace = trace_geometry(stored.geometry, plan());
        ASSERT_TRUE(trace.has_value());
        const Geometry grid = model_grid_geometry(*trace, 1, 3);
        EXPECT_EQ(grid.slices, 3);
        for (const auto& [slice, row, column] : {std::array{0, 0, 0}, {1, 40, 7}, {2, 127, 111}}) {
            const Vec3 place = grid.position(column + trace->column.offset, row + trace->row.offset, slice);
            const Vec3 voxel = stored.geometry.voxel(place);
            const auto index = stored.geometry.index(static_cast<int>(std::lround(voxel[0])),
                                                     static_cast<int>(std::lround(voxel[1])),
                                                     static_cast<int>(std::lround(voxel[2])));
            EXPECT_EQ(index, trace->source_index(slice + 1, row, column));
        }
    }
}

TEST(GeometryTrace, TheModelsGridCoversTheSourceAtItsOwnSpacing) {
    Geometry g = upright_geometry();
    g.row_spacing = 0.7;
    g.column_spacing = 0.8;
    const auto trace = trace_geometry(g, plan());
    ASSERT_TRUE(trace.has_value());
    const Geometry grid = model_grid_geometry(*trace, 0, g.slices);
    EXPECT_NEAR(grid.row_spacing, 0.9375, 1e-9);
    EXPECT_NEAR(grid.column_spacing, 0.9375, 1e-9);
    const Vec3 middle = g.position(0.5 * (g.columns - 1), 0.5 * (g.rows - 1), 2);
    const Vec3 found = grid.voxel(middle);
    EXPECT_NEAR(found[0], trace->column.offset + 0.5 * (trace->column.resampled_count - 1), 1e-9);
    EXPECT_NEAR(found[1], trace->row.offset + 0.5 * (trace->row.resampled_count - 1), 1e-9);
    EXPECT_NEAR(found[2], 2, 1e-9);
}

TEST(GeometryTrace, ARoundedHeaderSpacingCountsAsTheModelsOwn) {
    Geometry g = upright_geometry();
    g.row_spacing = 0.93750001;
    const auto trace = trace_geometry(g, plan());
    ASSERT_TRUE(trace.has_value());
    EXPECT_EQ(trace->row.step, 1.0);
}

}  // namespace geometry_trace_test
}  // namespace spineseg

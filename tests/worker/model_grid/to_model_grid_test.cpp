// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/model_grid/to_model_grid.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>

#include "tests/worker/model_grid/drawn_labels.h"
#include "tests/worker/model_grid/sagittal_stack.h"
#include "worker/inference/segmentation/intensity.h"
#include "worker/model_grid/to_source_grid.h"

namespace spineseg {
namespace to_model_grid_test {

using testing::all_storages;
using testing::covered;
using testing::native_plan;
using testing::numbered;
using testing::oblique;
using testing::store_as;
using testing::twice_as_fine;
using testing::upright_geometry;

InputPlan original_plan() {
    InputPlan result = native_plan();
    result.orientation = SliceOrientation::posterior_anterior__inferior_superior;
    return result;
}

/// Where a model grid pixel lies in the patient, from the trace alone.
Vec3 place_of(const GeometryTrace& trace, int slice, int row, int column) {
    const auto index = trace.source_index(slice, row - trace.row.offset, column - trace.column.offset);
    const auto columns = static_cast<std::size_t>(trace.source.columns);
    const auto rows = static_cast<std::size_t>(trace.source.rows);
    return trace.source.position(static_cast<double>(index % columns),
                                 static_cast<double>(index / columns % rows),
                                 static_cast<double>(index / columns / rows));
}

TEST(ToModelGrid, EveryAxisOrderAndDirectionGivesTheSameGrid) {
    for (const Geometry& geometry : {upright_geometry(), oblique(upright_geometry(), 17, 9)}) {
        const Volume stack = numbered(geometry);
        const auto reference = prepare(stack, native_plan());
        ASSERT_TRUE(reference.has_value()) << reference.error().describe();
        for (const auto& storage : all_storages()) {
            const auto prepared = prepare(store_as(stack, storage), native_plan());
            ASSERT_TRUE(prepared.has_value()) << prepared.error().describe();
            at::Tensor grid = prepared->slices.intensities;
            // Slices keep the source's order, so a stack stored right to left arrives right to left.
            for (std::size_t a = 0; a < 3; ++a) {
                if (storage.order[a] == 2 && storage.reversed[a]) grid = grid.flip({0});
            }
            EXPECT_TRUE(at::equal(grid, reference->slices.intensities));
        }
    }
}

TEST(ToModelGrid, RowsRunToTheFeetAndColumnsToTheBack) {
    for (const auto& storage : all_storages()) {
        const auto prepared =
            prepare(store_as(numbered(oblique(upright_geometry(), 12, 5)), storage), native_plan());
        ASSERT_TRUE(prepared.has_value());
        const auto& trace = prepared->trace;
        const Vec3 here = place_of(trace, 2, 150, 150);
        EXPECT_LT(place_of(trace, 2, 151, 150)[2], here[2] - 0.9) << "the next row is nearer the feet";
        EXPECT_GT(place_of(trace, 2, 150, 151)[1], here[1] + 0.9) << "the next column is nearer the back";
    }
}

TEST(ToModelGrid, TheOriginalOrientationHasRowsToTheBellyAndColumnsToTheHead) {
    const Volume stack = numbered(upright_geometry());
    const auto ours = prepare(stack, native_plan());
    const auto original = prepare(stack, original_plan());
    ASSERT_TRUE(ours.has_value() && original.has_value());
    // docs/method.md §1.3: net[h][w] = dicom[row = R-1-w][col = C-1-h]
    const at::Tensor dicom = covered(ours->slices.intensities, ours->trace);
    const at::Tensor net = covered(original->slices.intensities, original->trace);
    EXPECT_TRUE(at::equal(net, dicom.flip({1, 2}).transpose(1, 2)));
    const Vec3 here = place_of(original->trace, 2, 150, 150);
    EXPECT_LT(place_of(original->trace, 2, 151, 150)[1], here[1]);
    EXPECT_GT(place_of(original->trace, 2, 150, 151)[2], here[2]);
}

TEST(ToModelGrid, MatchingSpacingChangesNoValueThereAndBack) {
    const Volume stack = numbered(oblique(upright_geometry(), 10, 4));
    for (const auto& input_plan : {native_plan(), original_plan()}) {
        for (const auto& storage : all_storages()) {
            const Volume stored = store_as(stack, storage);
            const auto prepared = prepare(stored, input_plan);
            ASSERT_TRUE(prepared.has_value());
            const Volume back = restore_map(prepared->slices.intensities, prepared->trace);
            EXPECT_EQ(back.geometry, stored.geometry);
            EXPECT_EQ(back.voxels, stored.voxels);
        }
    }
}

TEST(ToModelGrid, TheInsideMaskIsExactlyWhereTheSourceHasPixels) {
    Volume ones = numbered(upright_geometry());
    ones.voxels.assign(ones.voxels.size(), 1.0F);
    const auto prepared = prepare(ones, native_plan());
    ASSERT_TRUE(prepared.has_value());
    EXPECT_TRUE(at::equal(prepared->slices.inside, prepared->slices.intensities.eq(1.0F)));
    EXPECT_EQ(prepared->slices.inside.sum().item<std::int64_t>(), 5 * 128 * 112);
}

/// `change` of every voxel of a stack, on the model grid.
at::Tensor model_grid_of(const std::function<float(float)>& change) {
    Volume stack = numbered(oblique(upright_geometry(), 17, 9));
    std::transform(stack.voxels.begin(), stack.voxels.end(), stack.voxels.begin(), change);
    const auto prepared = prepare(stack, native_plan());
    EXPECT_TRUE(prepared.has_value());
    return prepared->slices.intensities;
}

TEST(ToModelGrid, ValuesBelowZeroOrFarAboveItDoNotBlackenOrFlattenTheGrid) {
    const auto reference = model_grid_of([](float value) { return value; });
    for (const float offset : {-200.0F, -2000.0F, -100000.0F, 100000.0F})
        EXPECT_TRUE(at::equal(model_grid_of([=](float value) { return value + offset; }), reference))
            << offset;
}

TEST(ToModelGrid, AZScoredImageGivesTheSameNetworkInputAsTheImageItself) {
    const auto input = [](const at::Tensor& grid) {
        return network_input(grid, at::ones(grid.sizes(), at::kBool), native_plan());
    };
    const auto reference = input(model_grid_of([](float value) { return value; }));
    const auto scored = input(model_grid_of([](float value) { return (value - 30000.0F) / 20000.0F; }));
    EXPECT_TRUE(at::allclose(scored, reference, 1e-3, 1e-3));
    const auto fraction = input(model_grid_of([](float value) { return value / 80000.0F; }));
    EXPECT_TRUE(at::allclose(fraction, reference, 1e-3, 1e-3));
}

TEST(ToModelGrid, AFinerImageIsAveragedNotSkipped) {
    Volume coarse = numbered(upright_geometry());
    for (float& voxel : coarse.voxels) voxel += 500;  // the pattern stays above 0
    Volume fine{twice_as_fine(coarse.geometry), {}};
    fine.voxels.resize(fine.geometry.voxel_count());
    for (int k = 0; k < fine.geometry.slices; ++k) {
        for (int j = 0; j < fine.geometry.rows; ++j) {
            // A pattern that alternates from pixel to pixel: only averaging finds its mean.
            for (int i = 0; i < fine.geometry.columns; ++i)
                fine.at(i, j, k) = coarse.at(i / 2, j / 2, k) + ((i + j) % 2 == 0 ? 500.0F : -500.0F);
        }
    }
    const auto prepared = prepare(fine, native_plan());
    ASSERT_TRUE(prepared.has_value());
    const auto expected = prepare(coarse, native_plan());
    ASSERT_TRUE(expected.has_value());
    const double error =
        (prepared->slices.intensities - expected->slices.intensities).abs().max().item<double>();
    EXPECT_LT(error, 0.02);
}

TEST(ToModelGrid, NanAndInfinityAreRejectedWithTheirOwnCode) {
    for (float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        Volume volume = numbered(upright_geometry());
        volume.voxels[4321] = bad;
        const auto prepared = prepare(volume, native_plan());
        ASSERT_FALSE(prepared.has_value());
        EXPECT_EQ(prepared.error().code, ErrorCode::non_finite_pixels);
    }
}

TEST(ToModelGrid, VoxelsThatDoNotFillTheGridAreRefusedNotRead) {
    Volume volume = numbered(upright_geometry());
    volume.voxels.pop_back();
    EXPECT_EQ(prepare(volume, native_plan()).error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(prepare(Volume{}, native_plan()).error().code, ErrorCode::geometry_out_of_range);
}

TEST(ToModelGrid, ASingleSliceIsPreparedLikeAny) {
    Geometry g = upright_geometry();
    g.slices = 1;
    const auto prepared = prepare(numbered(g), native_plan());
    ASSERT_TRUE(prepared.has_value());
    EXPECT_EQ(prepared->slices.intensities.sizes(), (at::IntArrayRef{1, 320, 320}));
}

}  // namespace to_model_grid_test
}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/preprocessor.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>

#include "sagittal_stack.h"
#include "worker/inference/intensity.h"

namespace spineseg {
namespace preprocessor_test {

using testing::all_storages;
using testing::numbered;
using testing::oblique;
using testing::store_as;
using testing::upright_geometry;

InputPlan plan() {
    InputPlan result;
    result.spacing_mm = 0.9375;
    return result;
}

InputPlan original_plan() {
    InputPlan result = plan();
    result.orientation = SliceOrientation::posterior_anterior__inferior_superior;
    return result;
}

/// The covered part of the canvas.
at::Tensor covered(const at::Tensor& canvas, const GeometryTrace& trace) {
    return canvas.narrow(1, trace.row.offset, trace.row.resampled_count)
        .narrow(2, trace.column.offset, trace.column.resampled_count);
}

/// Where a canvas pixel lies in the patient, from the trace alone.
Vec3 place_of(const GeometryTrace& trace, int slice, int row, int column) {
    const auto index = trace.source_index(slice, row - trace.row.offset, column - trace.column.offset);
    const auto columns = static_cast<std::size_t>(trace.source.columns);
    const auto rows = static_cast<std::size_t>(trace.source.rows);
    return trace.source.position(static_cast<double>(index % columns),
                                 static_cast<double>(index / columns % rows),
                                 static_cast<double>(index / columns / rows));
}

TEST(Preprocessor, EveryAxisOrderAndDirectionGivesTheSameCanvas) {
    for (const Geometry& geometry : {upright_geometry(), oblique(upright_geometry(), 17, 9)}) {
        const Volume stack = numbered(geometry);
        const auto reference = prepare(stack, plan());
        ASSERT_TRUE(reference.has_value()) << reference.error().describe();
        for (const auto& storage : all_storages()) {
            const auto prepared = prepare(store_as(stack, storage), plan());
            ASSERT_TRUE(prepared.has_value()) << prepared.error().describe();
            at::Tensor canvas = prepared->slices.intensities;
            // Slices keep the source's order, so a stack stored right to left arrives right to left.
            for (std::size_t a = 0; a < 3; ++a) {
                if (storage.order[a] == 2 && storage.reversed[a]) canvas = canvas.flip({0});
            }
            EXPECT_TRUE(at::equal(canvas, reference->slices.intensities));
        }
    }
}

TEST(Preprocessor, RowsRunToTheFeetAndColumnsToTheBack) {
    for (const auto& storage : all_storages()) {
        const auto prepared =
            prepare(store_as(numbered(oblique(upright_geometry(), 12, 5)), storage), plan());
        ASSERT_TRUE(prepared.has_value());
        const auto& trace = prepared->trace;
        const Vec3 here = place_of(trace, 2, 150, 150);
        EXPECT_LT(place_of(trace, 2, 151, 150)[2], here[2] - 0.9) << "the next row is nearer the feet";
        EXPECT_GT(place_of(trace, 2, 150, 151)[1], here[1] + 0.9) << "the next column is nearer the back";
    }
}

TEST(Preprocessor, TheOriginalOrientationHasRowsToTheBellyAndColumnsToTheHead) {
    const Volume stack = numbered(upright_geometry());
    const auto ours = prepare(stack, plan());
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

TEST(Preprocessor, MatchingSpacingChangesNoValueThereAndBack) {
    const Volume stack = numbered(oblique(upright_geometry(), 10, 4));
    for (const auto& input_plan : {plan(), original_plan()}) {
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

TEST(Preprocessor, TheInsideMaskIsExactlyWhereTheSourceHasPixels) {
    Volume ones = numbered(upright_geometry());
    ones.voxels.assign(ones.voxels.size(), 1.0F);
    const auto prepared = prepare(ones, plan());
    ASSERT_TRUE(prepared.has_value());
    EXPECT_TRUE(at::equal(prepared->slices.inside, prepared->slices.intensities.eq(1.0F)));
    EXPECT_EQ(prepared->slices.inside.sum().item<std::int64_t>(), 5 * 128 * 112);
}

/// `change` of every voxel of a stack, on the canvas.
at::Tensor canvas_of(const std::function<float(float)>& change) {
    Volume stack = numbered(oblique(upright_geometry(), 17, 9));
    std::transform(stack.voxels.begin(), stack.voxels.end(), stack.voxels.begin(), change);
    const auto prepared = prepare(stack, plan());
    EXPECT_TRUE(prepared.has_value());
    return prepared->slices.intensities;
}

TEST(Preprocessor, ValuesBelowZeroOrFarAboveItDoNotBlackenOrFlattenTheCanvas) {
    const auto reference = canvas_of([](float value) { return value; });
    for (const float offset : {-200.0F, -2000.0F, -100000.0F, 100000.0F})
        EXPECT_TRUE(at::equal(canvas_of([=](float value) { return value + offset; }), reference)) << offset;
}

TEST(Preprocessor, AZScoredImageGivesTheSameNetworkInputAsTheImageItself) {
    const auto input = [](const at::Tensor& canvas) {
        return network_input(canvas, at::ones(canvas.sizes(), at::kBool), plan());
    };
    const auto reference = input(canvas_of([](float value) { return value; }));
    const auto scored = input(canvas_of([](float value) { return (value - 30000.0F) / 20000.0F; }));
    EXPECT_TRUE(at::allclose(scored, reference, 1e-3, 1e-3));
    const auto fraction = input(canvas_of([](float value) { return value / 80000.0F; }));
    EXPECT_TRUE(at::allclose(fraction, reference, 1e-3, 1e-3));
}

/// The same body at twice the resolution: each voxel split into 2 × 2.
Geometry twice_as_fine(Geometry g) {
    g.origin = g.position(-0.25, -0.25, 0);
    g.columns *= 2;
    g.rows *= 2;
    g.column_spacing /= 2;
    g.row_spacing /= 2;
    return g;
}

TEST(Preprocessor, AFinerImageIsAveragedNotSkipped) {
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
    const auto prepared = prepare(fine, plan());
    ASSERT_TRUE(prepared.has_value());
    const auto expected = prepare(coarse, plan());
    ASSERT_TRUE(expected.has_value());
    const double error =
        (prepared->slices.intensities - expected->slices.intensities).abs().max().item<double>();
    EXPECT_LT(error, 0.02);
}

/// A disc-shaped, a canal-shaped and a box-shaped structure at asymmetric places, by position in the patient.
LabelMap drawn_labels(const Geometry& g) {
    LabelMap labels{g, std::vector<std::uint8_t>(g.voxel_count())};
    for (int k = 0; k < g.slices; ++k) {
        for (int j = 0; j < g.rows; ++j) {
            for (int i = 0; i < g.columns; ++i) {
                const Vec3 p = g.position(i, j, k);
                const double y = p[1];
                const double z = p[2];
                auto& label = labels.at(i, j, k);
                if (std::pow((y + 10) / 17, 2) + std::pow((z - 5) / 5.5, 2) < 1)
                    label = 201;
                else if (std::abs(y + 10) < 16 && std::abs(z - 26) < 13)
                    label = 1;
                else if (std::abs(y - 22 - 0.08 * z) < 7)
                    label = 100;
            }
        }
    }
    return labels;
}

double dice(const LabelMap& a, const LabelMap& b, std::uint8_t label) {
    std::size_t both = 0;
    std::size_t sum = 0;
    for (std::size_t i = 0; i < a.voxels.size(); ++i) {
        const bool in_a = a.voxels[i] == label;
        const bool in_b = b.voxels[i] == label;
        both += in_a && in_b;
        sum += static_cast<std::size_t>(in_a) + static_cast<std::size_t>(in_b);
    }
    return 2.0 * static_cast<double>(both) / static_cast<double>(sum);
}

/// A restored share of one structure, decided at one half, against that structure in `truth`.
double dice_at_half(const Volume& share, const LabelMap& truth, Structure structure) {
    const auto label = static_cast<std::uint8_t>(label_of(structure));
    LabelMap decided{truth.geometry, std::vector<std::uint8_t>(truth.voxels.size())};
    for (std::size_t i = 0; i < decided.voxels.size(); ++i)
        decided.voxels[i] = share.voxels[i] > 0.5F ? label : 0;
    return dice(decided, truth, label);
}

TEST(Preprocessor, SharesSurviveTheRoundTripFromFineToCoarseAndBack) {
    const LabelMap fine = drawn_labels(twice_as_fine(upright_geometry()));
    for (int s = 0; s < kStructures; ++s) {
        const auto structure = static_cast<Structure>(s);
        Volume one_hot = numbered(fine.geometry);
        for (std::size_t i = 0; i < fine.voxels.size(); ++i)
            one_hot.voxels[i] =
                fine.voxels[i] == static_cast<std::uint8_t>(label_of(structure)) ? 1.0F : 0.0F;
        const auto prepared = prepare(one_hot, plan());
        ASSERT_TRUE(prepared.has_value());
        const Volume share = restore_map(prepared->slices.intensities, prepared->trace);
        EXPECT_GT(dice_at_half(share, fine, structure), 0.985) << to_string(structure);
    }
}

TEST(Preprocessor, DecidedLabelsLoseLessThanAThirdOfAPixelOnTheCoarseGrid) {
    // A disc of 34 × 11 mm: a border error of 0.3 mm all round costs it 0.025 Dice.
    const LabelMap fine = drawn_labels(twice_as_fine(upright_geometry()));
    const auto prepared = prepare_case(numbered(fine.geometry), fine, plan());
    ASSERT_TRUE(prepared.has_value()) << prepared.error().describe();
    for (int s = 0; s < kStructures; ++s) {
        const Volume share = restore_map(prepared->labels.eq(s + 1).to(at::kFloat), prepared->trace);
        EXPECT_GT(dice_at_half(share, fine, static_cast<Structure>(s)), 0.97)
            << to_string(static_cast<Structure>(s));
    }
}

TEST(Preprocessor, LabelsOnTheModelsOwnGridAreOnlyRenumbered) {
    const LabelMap labels = drawn_labels(upright_geometry());
    const auto prepared = prepare_case(numbered(labels.geometry), labels, plan());
    ASSERT_TRUE(prepared.has_value());
    const at::Tensor canvas = covered(prepared->labels, prepared->trace).contiguous();
    const std::array<std::uint8_t, 4> names{0, 100, 1, 201};
    for (std::size_t i = 0; i < labels.voxels.size(); ++i)
        ASSERT_EQ(names.at(canvas.data_ptr<std::uint8_t>()[i]), labels.voxels[i]) << "voxel " << i;
}

TEST(Preprocessor, AForeignLabelOrGridIsRefused) {
    LabelMap labels = drawn_labels(upright_geometry());
    labels.voxels[1000] = 7;
    EXPECT_EQ(prepare_case(numbered(labels.geometry), labels, plan()).error().code,
              ErrorCode::invalid_argument);
    labels.voxels[1000] = 0;
    Geometry shifted = labels.geometry;
    shifted.origin[2] += 3;
    EXPECT_EQ(prepare_case(numbered(shifted), labels, plan()).error().code, ErrorCode::invalid_argument);
}

TEST(Preprocessor, NanAndInfinityAreRejectedWithTheirOwnCode) {
    for (float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        Volume volume = numbered(upright_geometry());
        volume.voxels[4321] = bad;
        const auto prepared = prepare(volume, plan());
        ASSERT_FALSE(prepared.has_value());
        EXPECT_EQ(prepared.error().code, ErrorCode::non_finite_pixels);
    }
}

TEST(Preprocessor, VoxelsThatDoNotFillTheGridAreRefusedNotRead) {
    Volume volume = numbered(upright_geometry());
    volume.voxels.pop_back();
    EXPECT_EQ(prepare(volume, plan()).error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(prepare(Volume{}, plan()).error().code, ErrorCode::geometry_out_of_range);
}

TEST(Preprocessor, ASingleSliceIsPreparedLikeAny) {
    Geometry g = upright_geometry();
    g.slices = 1;
    const auto prepared = prepare(numbered(g), plan());
    ASSERT_TRUE(prepared.has_value());
    EXPECT_EQ(prepared->slices.intensities.sizes(), (at::IntArrayRef{1, 320, 320}));
}

}  // namespace preprocessor_test
}  // namespace spineseg

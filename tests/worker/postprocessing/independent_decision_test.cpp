// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/postprocessing/independent_decision.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/worker/model_grid/sagittal_stack.h"

namespace spineseg {
namespace independent_decision_test {

using testing::upright_geometry;

/// At the source's own spacing, so that the model grid and the source have the same pixels.
GeometryTrace trace_at(double spacing_mm) {
    InputPlan plan;
    plan.spacing_mm = spacing_mm;
    return trace_geometry(upright_geometry(), plan).value();
}

at::Tensor nothing(const GeometryTrace& trace) {
    return at::zeros({trace.slice.model_count, kStructures, trace.row.model_count, trace.column.model_count});
}

/// A rectangle of a structure on slice 0, in pixels of the model grid that the source covers.
void draw(at::Tensor& probability, const GeometryTrace& trace, Structure structure, int row, int column,
          int rows, int columns, float value = 1.0F) {
    probability[0][static_cast<int>(structure)]
        .narrow(0, trace.row.offset + row, rows)
        .narrow(1, trace.column.offset + column, columns)
        .fill_(value);
}

ModelManifest published() {
    ModelManifest manifest;
    manifest.postprocessing.exclusive = false;
    manifest.postprocessing.on_canvas = true;
    manifest.postprocessing.fill_holes = true;
    manifest.postprocessing.minimum_component_pixels = {64, 16, 64};
    return manifest;
}

std::int64_t pixels_of(const ClassStack& stack, Structure structure) {
    const auto wanted = static_cast<std::uint8_t>(static_cast<int>(structure) + 1);
    return std::count(stack.classes.begin(), stack.classes.end(), wanted);
}

TEST(StructureMasks, EachStructureHasItsOwnSmallestPiece) {
    const auto trace = trace_at(0.9375);
    auto probability = nothing(trace);
    draw(probability, trace, Structure::canal, 2, 2, 7, 9);      // 63 pixels: too few
    draw(probability, trace, Structure::canal, 20, 2, 8, 8);     // 64
    draw(probability, trace, Structure::vertebra, 2, 20, 3, 5);  // 15: too few
    draw(probability, trace, Structure::vertebra, 20, 20, 4, 4);
    draw(probability, trace, Structure::disc, 2, 40, 7, 9);
    const auto stack = decide_independently(probability, trace, published());
    EXPECT_EQ(pixels_of(stack, Structure::canal), 64);
    EXPECT_EQ(pixels_of(stack, Structure::vertebra), 16);
    EXPECT_EQ(pixels_of(stack, Structure::disc), 0);
}

TEST(StructureMasks, AHoleIsFilledBeforePiecesAreCounted) {
    const auto trace = trace_at(0.9375);
    auto probability = nothing(trace);
    draw(probability, trace, Structure::canal, 10, 10, 8, 8);
    draw(probability, trace, Structure::canal, 12, 12, 4, 4, 0.0F);  // a ring of 48 pixels around 16
    EXPECT_EQ(pixels_of(decide_independently(probability, trace, published()), Structure::canal), 64);
    auto without = published();
    without.postprocessing.fill_holes = false;
    EXPECT_EQ(pixels_of(decide_independently(probability, trace, without), Structure::canal), 0);
}

TEST(StructureMasks, OverlappingStructuresAreCleanedBeforeOneIsPaintedOverTheOther) {
    const auto trace = trace_at(0.9375);
    auto probability = nothing(trace);
    draw(probability, trace, Structure::vertebra, 10, 10, 8, 8);
    draw(probability, trace, Structure::disc, 10, 10, 8, 8);
    draw(probability, trace, Structure::disc, 12, 12, 2, 2, 0.0F);  // a hole in the disc, and it is filled
    const auto stack = decide_independently(probability, trace, published());
    EXPECT_EQ(pixels_of(stack, Structure::disc), 64);
    EXPECT_EQ(pixels_of(stack, Structure::vertebra), 0);
}

TEST(StructureMasks, OneHalfIsNotEnough) {
    const auto trace = trace_at(0.9375);
    auto probability = nothing(trace);
    draw(probability, trace, Structure::canal, 10, 10, 10, 10, 0.5F);
    EXPECT_EQ(pixels_of(decide_independently(probability, trace, published()), Structure::canal), 0);
}

TEST(StructureMasks, OnTheGridPiecesAreCountedInItsPixels) {
    // At 1.875 mm a model grid pixel is four of the source's: 20 of them are 80 source pixels.
    const auto trace = trace_at(1.875);
    auto probability = nothing(trace);
    draw(probability, trace, Structure::canal, 10, 10, 4, 5);
    auto manifest = published();
    EXPECT_EQ(pixels_of(decide_independently(probability, trace, manifest), Structure::canal), 0);
    manifest.postprocessing.minimum_component_pixels.canal = 20;
    EXPECT_NEAR(
        static_cast<double>(pixels_of(decide_independently(probability, trace, manifest), Structure::canal)),
        80.0, 20.0);
    manifest = published();
    manifest.postprocessing.on_canvas = false;
    EXPECT_GT(pixels_of(decide_independently(probability, trace, manifest), Structure::canal), 60);
}

TEST(StructureMasks, AnEmptyProbabilityGivesAnEmptyStack) {
    const auto trace = trace_at(0.9375);
    const auto stack = decide_independently(nothing(trace), trace, published());
    EXPECT_EQ(stack.classes.size(),
              static_cast<std::size_t>(trace.slice.source_count) * trace.slice_pixels());
    EXPECT_EQ(std::count(stack.classes.begin(), stack.classes.end(), 0),
              static_cast<std::ptrdiff_t>(stack.classes.size()));
}

}  // namespace independent_decision_test
}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/drawing/slice_drawing.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace spineseg {
namespace slice_drawing_test {

/// A dark image of 100 × 80 with one square vertebra in the slices that are asked for.
struct Scene {
    explicit Scene(int slices, int first, int last) {
        image.geometry = {.columns = 100,
                          .rows = 80,
                          .slices = slices,
                          .origin = {12, 0, 0},
                          .row_direction = {0, 1, 0},
                          .column_direction = {0, 0, -1},
                          .slice_direction = {-1, 0, 0},
                          .slice_spacing = 4};
        image.voxels.assign(image.geometry.voxel_count(), 20.0F);
        image.voxels.front() = 100.0F;
        levels.labels = {image.geometry, std::vector<std::uint8_t>(image.voxels.size())};
        for (int s = first; s <= last; ++s)
            for (int r = 40; r < 60; ++r)
                for (int c = 30; c < 60; ++c) levels.labels.at(c, r, s) = 1;
        levels.structures = {{.structure = Structure::vertebra, .ordinal = 1, .label = 1}};
        levels.numbering = {.determined = true, .confidence = 1, .doubts = {}};
    }
    Volume image;
    SpineLevels levels;
};

struct Pixel {
    int red = 0, green = 0, blue = 0;
};
Pixel pixel(const DrawnSlice& drawn, int column, int row) {
    const std::size_t at = 3 * (static_cast<std::size_t>(row) * 100 * static_cast<std::size_t>(drawn.scale) +
                                static_cast<std::size_t>(column));
    return {drawn.rgb[at], drawn.rgb[at + 1], drawn.rgb[at + 2]};
}

bool is_like(const Pixel& p, const DisplayColour& c) {
    return std::abs(p.red - c.red) < 70 && std::abs(p.green - c.green) < 70 && std::abs(p.blue - c.blue) < 70;
}

TEST(SliceDrawing, OutlinesStandWhereTheStructureEnds) {
    const Scene scene(5, 1, 3);
    const auto drawn = draw_contours(scene.image, scene.levels, {"model 1"}, {.least_pixels = 400});
    ASSERT_TRUE(drawn);
    ASSERT_EQ(drawn->size(), 3u) << "slices without a structure are left out";
    const DrawnSlice& middle = (*drawn)[1];
    EXPECT_EQ(middle.slice, 2);
    EXPECT_EQ(middle.scale, 4);
    ASSERT_EQ(middle.rgb.size(), 3u * 400 * 320);
    const DisplayColour blue = display_colour(Structure::vertebra, 1);
    int on_edge = 0, beside = 0;
    for (int row = 180; row < 220; ++row) {
        bool edge = false;
        for (int column = 117; column <= 122; ++column)
            edge = edge || is_like(pixel(middle, column, row), blue);
        on_edge += edge ? 1 : 0;
        for (int column = 80; column <= 110; ++column)
            beside += is_like(pixel(middle, column, row), blue) ? 1 : 0;
    }
    EXPECT_EQ(on_edge, 40) << "the left edge, column 30 of the source";
    EXPECT_EQ(beside, 0);
}

TEST(SliceDrawing, WarningTextIsBurntIn) {
    const Scene scene(3, 1, 1);
    const auto drawn = draw_contours(scene.image, scene.levels, {"model 1"}, {.least_pixels = 512});
    ASSERT_TRUE(drawn);
    int bright = 0;
    for (int row = 0; row < 60; ++row)
        for (int column = 0; column < 300; ++column)
            bright += pixel(drawn->front(), column, row).red > 200 ? 1 : 0;
    EXPECT_GT(bright, 300);
}

TEST(SliceDrawing, OpenLevelsCarryNoNames) {
    Scene scene(3, 1, 1);
    const auto named = draw_contours(scene.image, scene.levels, {"model 1"});
    scene.levels.numbering = {.determined = false, .confidence = 0, .doubts = {NumberingDoubt::gap}};
    const auto open = draw_contours(scene.image, scene.levels, {"model 1"});
    ASSERT_TRUE(named && open);
    const int scale = named->front().scale;
    int named_bright = 0, open_bright = 0;
    for (int row = 44 * scale; row < 56 * scale; ++row)
        for (int column = 34 * scale; column < 56 * scale; ++column) {
            named_bright += pixel(named->front(), column, row).red > 200 ? 1 : 0;
            open_bright += pixel(open->front(), column, row).red > 200 ? 1 : 0;
        }
    EXPECT_GT(named_bright, 20);
    EXPECT_EQ(open_bright, 0);
}

TEST(SliceDrawing, TheHeatMapLeavesHalfOfTheImage) {
    Scene scene(3, 1, 1);
    for (std::size_t i = 0; i < scene.image.voxels.size(); ++i)
        scene.image.voxels[i] = i % 100 < 20 ? 0.0F : 100.0F;  // black on the left, white elsewhere
    Volume uncertainty{scene.image.geometry, std::vector<float>(scene.image.voxels.size(), 0.4F)};
    const auto drawn = draw_heat_map(scene.image, scene.levels, uncertainty, {"model 1"});
    ASSERT_TRUE(drawn);
    const Pixel p = pixel(drawn->front(), 40 * drawn->front().scale, 40 * drawn->front().scale);
    EXPECT_GE(p.blue, 120) << "white beneath a map without blue";
    EXPECT_LT(p.blue, 240);
}

TEST(SliceDrawing, PicturesAreBoundedAndRepeat) {
    const Scene scene(90, 5, 80);
    const auto a =
        draw_contours(scene.image, scene.levels, {"model 1"}, {.most_pictures = 10, .least_pixels = 1});
    const auto b =
        draw_contours(scene.image, scene.levels, {"model 1"}, {.most_pictures = 10, .least_pixels = 1});
    ASSERT_TRUE(a && b);
    ASSERT_EQ(a->size(), 10u);
    EXPECT_EQ(a->front().slice, 5);
    EXPECT_EQ(a->back().slice, 80);
    for (std::size_t i = 0; i < a->size(); ++i) EXPECT_EQ((*a)[i].rgb, (*b)[i].rgb);
}

TEST(SliceDrawing, RefusesOtherGridsAndDrawsNothingOfNothing) {
    Scene scene(3, 1, 1);
    Volume uncertainty{scene.image.geometry, {}};
    EXPECT_EQ(draw_heat_map(scene.image, scene.levels, uncertainty, {}).error().code,
              ErrorCode::invalid_argument);
    scene.levels.labels.voxels.assign(scene.levels.labels.voxels.size(), 0);
    EXPECT_TRUE(draw_contours(scene.image, scene.levels, {})->empty());
    scene.levels.labels.voxels.pop_back();
    EXPECT_EQ(draw_contours(scene.image, scene.levels, {}).error().code, ErrorCode::invalid_argument);
}

}  // namespace slice_drawing_test
}  // namespace spineseg

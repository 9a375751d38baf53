// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/drawing/contours.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numbers>

namespace spineseg {
namespace contours_test {

Picture<std::uint8_t> blank(int width, int height) {
    return {.width = width,
            .height = height,
            .values = std::vector<std::uint8_t>(static_cast<std::size_t>(width * height))};
}

void paint(Picture<std::uint8_t>& picture, int x, int y, std::uint8_t label) {
    picture.values[static_cast<std::size_t>(y * picture.width + x)] = label;
}

/// The shoelace formula.
double enclosed_area(const Polyline& line) {
    double twice = 0;
    for (std::size_t i = 0; i < line.points.size(); ++i) {
        const PicturePoint& a = line.points[i];
        const PicturePoint& b = line.points[(i + 1) % line.points.size()];
        twice += a.x * b.y - b.x * a.y;
    }
    return std::abs(twice) / 2;
}

TEST(Contours, ADiscHasOneClosedLineAtItsRadius) {
    auto picture = blank(48, 40);
    for (int y = 0; y < 40; ++y) {
        for (int x = 0; x < 48; ++x) {
            if (std::hypot(x - 20.0, y - 18.0) <= 10) paint(picture, x, y, 201);
        }
    }
    const auto lines = contours_of(picture, 201);
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_TRUE(lines[0].closed);
    for (const PicturePoint& p : lines[0].points) EXPECT_NEAR(std::hypot(p.x - 20, p.y - 18), 10.0, 0.8);
    EXPECT_NEAR(enclosed_area(lines[0]), std::numbers::pi * 100, 8.0);
}

TEST(Contours, APlateThatLeavesThePictureIsAnOpenLine) {
    auto picture = blank(20, 20);
    for (int x = 0; x < 8; ++x) {
        for (int y = 5; y < 12; ++y) paint(picture, x, y, 1);
    }
    const auto lines = contours_of(picture, 1);
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_FALSE(lines[0].closed);
    EXPECT_EQ(lines[0].points.front().x, 0.0);
    EXPECT_EQ(lines[0].points.back().x, 0.0);
}

/// Only the label's surroundings are searched.
TEST(Contours, AnOutlineMovesWithItsPieceAndDependsOnNothingElse) {
    const auto drawn = [](int width, int height, int left, int top) {
        auto picture = blank(width, height);
        for (const auto& [x, y] :
             {std::pair{0, 0}, {1, 0}, {2, 0}, {0, 1}, {1, 1}, {1, 2}, {3, 3}, {4, 3}, {4, 4}})
            for (int i = 0; i < 4; ++i) paint(picture, left + 2 * x + i % 2, top + 2 * y + i / 2, 1);
        paint(picture, left + 1, top + 9, 2);
        auto lines = contours_of(picture, 1);
        for (auto& line : lines)
            for (auto& point : line.points) point = {point.x - left, point.y - top};
        return lines;
    };
    const auto tight = drawn(14, 14, 2, 2);
    ASSERT_FALSE(tight.empty());
    for (const auto& [width, height, left, top] : {std::array{90, 60, 70, 40}, {200, 14, 3, 2}}) {
        const auto lines = drawn(width, height, left, top);
        ASSERT_EQ(lines.size(), tight.size());
        for (std::size_t i = 0; i < lines.size(); ++i) {
            ASSERT_EQ(lines[i].points.size(), tight[i].points.size());
            for (std::size_t k = 0; k < lines[i].points.size(); ++k) {
                EXPECT_NEAR(lines[i].points[k].x, tight[i].points[k].x, 1e-5);
                EXPECT_NEAR(lines[i].points[k].y, tight[i].points[k].y, 1e-5);
            }
        }
    }
}

TEST(Contours, PiecesAndHolesHaveLinesOfTheirOwn) {
    auto picture = blank(40, 20);
    for (int y = 3; y < 15; ++y) {
        for (int x = 3; x < 15; ++x) paint(picture, x, y, 1);
        for (int x = 22; x < 34; ++x) paint(picture, x, y, 1);
    }
    for (int y = 7; y < 11; ++y) {
        for (int x = 7; x < 11; ++x) paint(picture, x, y, 100);
    }
    EXPECT_EQ(contours_of(picture, 1).size(), 3U);
    EXPECT_EQ(contours_of(picture, 100).size(), 1U);
    EXPECT_TRUE(contours_of(picture, 201).empty());
}

TEST(Contours, ANoisyMaskIsFollowedToItsEnd) {
    auto picture = blank(64, 64);
    std::uint32_t state = 1;
    for (auto& value : picture.values) {
        state = state * 1664525U + 1013904223U;
        value = (state >> 24U) % 2 == 0 ? 1 : 0;
    }
    for (const Polyline& line : contours_of(picture, 1)) EXPECT_GE(line.points.size(), 2U);
}

}  // namespace contours_test
}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/postprocessing/binary_plane.h"

#include <gtest/gtest.h>

#include <string>

namespace spineseg {
namespace binary_plane_test {

/// '#' is structure.
BinaryPlane drawn(const std::vector<std::string>& rows) {
    BinaryPlane plane{static_cast<int>(rows.size()), static_cast<int>(rows[0].size()), {}};
    for (const auto& row : rows)
        for (const char c : row) plane.pixels.push_back(c == '#' ? 1 : 0);
    return plane;
}

std::vector<std::string> shown(const BinaryPlane& plane) {
    std::vector<std::string> rows;
    for (int r = 0; r < plane.rows; ++r) {
        rows.emplace_back();
        for (int c = 0; c < plane.columns; ++c)
            rows.back() += plane.pixels[static_cast<std::size_t>(r * plane.columns + c)] != 0 ? '#' : '.';
    }
    return rows;
}

using Rows = std::vector<std::string>;

TEST(BinaryPlane, HolesAreFilledWithWhatLiesInThemNotchesAreNot) {
    auto plane = drawn({".......#",  //
                        ".#####.#",  //
                        ".#...#.#",  //
                        ".#.#.#.#",  //
                        ".#...#.#",  //
                        ".#####.#",  //
                        "..#..##.",  //
                        "...##.#."});
    fill_holes(plane);
    EXPECT_EQ(shown(plane), (Rows{".......#",  //
                                  ".#####.#",  //
                                  ".#####.#",  //
                                  ".#####.#",  //
                                  ".#####.#",  //
                                  ".#####.#",  //
                                  "..#####.",  // closed by corners: a hole is what edges cannot leave
                                  "...##.#."}));
}

TEST(BinaryPlane, PiecesConnectByCornersAndCountTheirPixels) {
    const Rows rows{"#..##",  //
                    ".#...",  //
                    "....#"};
    auto plane = drawn(rows);
    drop_small_pieces(plane, 2);
    EXPECT_EQ(shown(plane), (Rows{"#..##", ".#...", "....."}));
    drop_small_pieces(plane, 3);
    EXPECT_EQ(shown(plane), (Rows{".....", ".....", "....."}));
}

TEST(BinaryPlane, EmptyFullAndOnePixelPlanesStayWhatTheyAre) {
    for (const auto& rows : {Rows{"..", ".."}, Rows{"##", "##"}, Rows{"."}, Rows{"#"}}) {
        auto plane = drawn(rows);
        fill_holes(plane);
        drop_small_pieces(plane, 1);
        EXPECT_EQ(shown(plane), rows);
    }
}

}  // namespace binary_plane_test
}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/drawing/sagittal_view.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/worker/drawing/stored_scene.h"

namespace spineseg {
namespace sagittal_view_test {

TEST(SagittalView, HeadIsUpAndBellyLeftWhateverTheStorageOrder) {
    for (const auto& axes : {std::array{1, 2, 0}, std::array{0, 1, 2}, std::array{2, 0, 1}}) {
        for (int flips = 0; flips < 8; ++flips) {
            const Geometry g = stored(axes, {(flips & 1) != 0, (flips & 2) != 0, (flips & 4) != 0});
            const SagittalView view(g);
            EXPECT_EQ(view.left_letter() + view.right_letter() + view.top_letter() + view.bottom_letter(),
                      "APHF");
            EXPECT_EQ(view.width(), 24);
            EXPECT_EQ(view.height(), 40);
            EXPECT_EQ(view.slices(), 9);
            EXPECT_DOUBLE_EQ(view.aspect(), 48.0 / 60.0);
            EXPECT_EQ(view.position(0), "R 16 mm");
            EXPECT_EQ(view.position(8), "L 16 mm");
            const auto height = view.slice_of(filled<float>(g, [](const Vec3& p) { return p[2]; }), 0);
            EXPECT_GT(height.at(0, 0), height.at(0, 39)) << "superior is at the top";
            const auto depth = view.slice_of(filled<float>(g, [](const Vec3& p) { return p[1]; }), 0);
            EXPECT_LT(depth.at(0, 0), depth.at(23, 0)) << "anterior is on the left";
        }
    }
}

TEST(SagittalView, AnObliqueStackHasTwoLettersAtAnEdge) {
    Geometry g = stored({1, 2, 0}, {false, true, true});
    const double c = std::cos(0.4);
    const double s = std::sin(0.4);
    g.row_direction = {-s, c, 0};
    g.slice_direction = {-c, -s, 0};
    const SagittalView view(g);
    EXPECT_EQ(view.right_letter(), "PR");
    EXPECT_EQ(view.left_letter(), "AL");
    EXPECT_EQ(view.top_letter(), "H");
}

TEST(SagittalView, TheMidlineIsWhereMostOfCanalAndVertebraLies) {
    const Geometry g = stored({1, 2, 0}, {false, true, true});
    const auto label_at = [](const Vec3& p) {
        if (std::abs(p[0] - 8.0) < 1) return static_cast<int>(Label::canal);
        if (p[0] < 0 && p[2] > 60) return static_cast<int>(Label::vertebra);
        return static_cast<int>(Label::disc);
    };
    const SagittalView view(g);
    EXPECT_EQ(view.position(view.midline(filled<std::uint8_t>(g, label_at))), "L 8 mm");
    EXPECT_EQ(view.midline(filled<std::uint8_t>(g, [](const Vec3&) { return 0; })), 4);
}

}  // namespace sagittal_view_test
}  // namespace spineseg

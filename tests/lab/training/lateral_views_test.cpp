// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/lateral_views.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

namespace spineseg {
namespace lateral_views_test {

using torch::Tensor;

constexpr int kCanal = kFirstStructurePlane, kVertebra = kFirstStructurePlane + 1,
              kDisc = kFirstStructurePlane + 2;
constexpr double kFatBehind = 0.9, kBone = 0.5;

Tensor area(const Tensor& planes, int plane, int row, int rows, int column, int columns) {
    return planes[plane].narrow(0, row, rows).narrow(1, column, columns);
}

/// 240 × 200: bodies in columns 60..99, discs of 8 rows between them every 40 rows, canal in 105..119 down to
/// `canal_end`, arches in 125..149, fat from 160.
Tensor drawn_spine(int canal_end = 240) {
    Tensor planes = torch::zeros({kSlicePlanes, 240, 200});
    planes[kInsidePlane].fill_(1);
    area(planes, kImagePlane, 0, 240, 160, 40).fill_(kFatBehind);
    area(planes, kImagePlane, 0, 240, 60, 40).fill_(kBone);
    area(planes, kVertebra, 0, 240, 60, 40).fill_(1);
    for (int top = 32; top < 240; top += 40) {
        area(planes, kVertebra, top, 8, 60, 40).fill_(0);
        area(planes, kDisc, top, 8, 60, 40).fill_(1);
        area(planes, kVertebra, top - 20, 15, 125, 25).fill_(1);
    }
    area(planes, kCanal, 0, canal_end, 105, 15).fill_(1);
    return planes;
}

TEST(ArchesFoldedAway, LeavesBodiesAndDiscsAsTheyAreAndNothingBehindThem) {
    const Tensor planes = drawn_spine();
    for (unsigned seed = 0; seed < 6; ++seed) {
        std::mt19937_64 random(seed);
        const Tensor view = arches_folded_away(planes, random);
        EXPECT_TRUE(torch::equal(view.slice(2, 0, 105), planes.slice(2, 0, 105))) << seed;
        EXPECT_EQ(view.slice(0, kFirstStructurePlane).slice(2, 105).sum().item<double>(), 0) << seed;
        EXPECT_TRUE(torch::equal(view.slice(2, 160), planes.slice(2, 160)))
            << "what lies behind the spine stays";
    }
}

TEST(ArchesFoldedAway, ShowsTheTissueFromBehindOrMuscleAndNoneOfTheArches) {
    const Tensor planes = drawn_spine();
    bool folded = false, drawn = false;
    for (unsigned seed = 0; seed < 12; ++seed) {
        std::mt19937_64 random(seed);
        const Tensor cover = area(arches_folded_away(planes, random), kImagePlane, 0, 240, 105, 45);
        const bool fat = torch::allclose(cover, torch::full_like(cover, kFatBehind));
        (fat ? folded : drawn) = true;
        EXPECT_TRUE(fat || cover.std().item<double>() > 0.001) << "muscle has streaks";
    }
    EXPECT_TRUE(folded);
    EXPECT_TRUE(drawn);
}

TEST(ArchesFoldedAway, OfASliceWithoutCanalIsTheSlice) {
    const Tensor planes = drawn_spine(0);
    std::mt19937_64 random(1);
    EXPECT_TRUE(torch::equal(arches_folded_away(planes, random), planes));
}

TEST(RowsBesideCanal, AreTheLongestRunThatHoldsBoneAndNoCanal) {
    const auto rows = rows_beside_canal(drawn_spine(150));
    ASSERT_TRUE(rows);
    EXPECT_EQ(rows->begin, 150);
    EXPECT_EQ(rows->end, 240);
}

TEST(RowsBesideCanal, AreNoneWhereTheCanalIsSeenAlmostToTheEndOrNoBoneIs) {
    EXPECT_FALSE(rows_beside_canal(drawn_spine(205)));
    EXPECT_FALSE(rows_beside_canal(torch::zeros({kSlicePlanes, 240, 200})));
}

TEST(RepeatedRows, FillTheSliceWithThoseRowsAndNoCanal) {
    const Tensor planes = drawn_spine(150);
    const Tensor view = repeated_rows(planes, {150, 240});
    ASSERT_EQ(view.sizes(), planes.sizes());
    EXPECT_TRUE(torch::equal(view.slice(1, 150, 240), planes.slice(1, 150, 240)));
    EXPECT_TRUE(torch::equal(view.slice(1, 60, 150), planes.slice(1, 150, 240)));
    EXPECT_TRUE(torch::equal(view.slice(1, 0, 60), planes.slice(1, 180, 240)));
    EXPECT_EQ(view[kCanal].sum().item<double>(), 0);
}

TEST(RepeatedRows, GoOnAlongTheSlopeOfTheColumn) {
    Tensor planes = torch::zeros({kSlicePlanes, 240, 200});
    planes[kInsidePlane].fill_(1);
    for (int row = 0; row < 240; ++row) area(planes, kVertebra, row, 1, 40 + row / 4, 40).fill_(1);
    const Tensor view = repeated_rows(planes, {100, 180});
    const double same = (view[kVertebra] - planes[kVertebra]).abs().sum().item<double>();
    EXPECT_LT(same, 0.05 * planes[kVertebra].sum().item<double>())
        << "a straight sloping column is its own repetition";
}

}  // namespace lateral_views_test
}  // namespace spineseg

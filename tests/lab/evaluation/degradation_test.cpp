// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/degradation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace spineseg {
namespace degradation_test {

constexpr auto kDisc = static_cast<std::uint8_t>(Label::disc);

/// A bright bar on a grey ground, labelled as a disc.
struct Scene {
    Volume image;
    LabelMap truth;
};

Scene scene() {
    Geometry g;
    g.columns = 40;
    g.rows = 48;
    g.slices = 2;
    g.row_direction = {0, 1, 0};
    g.column_direction = {0, 0, -1};
    g.slice_direction = {1, 0, 0};
    g.slice_spacing = 4.0;
    Scene made{{g, std::vector<float>(g.voxel_count(), 100.0F)},
               {g, std::vector<std::uint8_t>(g.voxel_count())}};
    for (int k = 0; k < g.slices; ++k)
        for (int r = 20; r < 26; ++r)
            for (int c = 24; c < 34; ++c) {
                made.image.at(c, r, k) = 600.0F;
                made.truth.at(c, r, k) = kDisc;
            }
    return made;
}

DegradedSeries degraded(DegradationKind kind, double strength, std::uint64_t seed = 1) {
    const Scene s = scene();
    return degrade(s.image, s.truth, {.kind = kind, .strength = strength, .seed = seed}).value();
}

double difference(const Volume& a, const Volume& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.voxels.size(); ++i)
        sum += std::abs(static_cast<double>(a.voxels[i]) - static_cast<double>(b.voxels[i]));
    return sum / static_cast<double>(a.voxels.size());
}

constexpr DegradationKind kInPlace[] = {DegradationKind::motion, DegradationKind::ghost,
                                        DegradationKind::noise, DegradationKind::blur};

TEST(Degradation, NothingChangesAtStrengthZeroAndMoreAtOneThanAtALittle) {
    const Scene s = scene();
    for (const auto kind : kInPlace) {
        EXPECT_EQ(degraded(kind, 0.0).image.voxels, s.image.voxels) << to_string(kind);
        const double little = difference(degraded(kind, 0.1).image, s.image);
        EXPECT_GT(little, 0.001) << to_string(kind);
        EXPECT_GT(difference(degraded(kind, 1.0).image, s.image), little) << to_string(kind);
        EXPECT_EQ(degraded(kind, 1.0).truth.voxels, s.truth.voxels) << to_string(kind);
    }
}

TEST(Degradation, TheSameSeedGivesTheSameImageAnotherOneAnother) {
    for (const auto kind : {DegradationKind::motion, DegradationKind::ghost, DegradationKind::noise}) {
        EXPECT_EQ(degraded(kind, 0.5, 3).image.voxels, degraded(kind, 0.5, 3).image.voxels);
        EXPECT_NE(degraded(kind, 0.5, 3).image.voxels, degraded(kind, 0.5, 4).image.voxels);
    }
}

TEST(Degradation, ImagesStayMagnitudes) {
    for (const auto kind : kInPlace) {
        const auto made = degraded(kind, 1.0);
        EXPECT_TRUE(std::all_of(made.image.voxels.begin(), made.image.voxels.end(), [](float v) {
            return std::isfinite(v) && v >= 0.0F;
        })) << to_string(kind);
    }
}

TEST(Degradation, ASharpImageBesideItsTruthIsNoMotion) {
    // The middle of k-space had been displaced with the rest: the bar lay up to 15 rows from its label.
    const Scene s = scene();
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        const auto made = degraded(DegradationKind::motion, 1.0, seed);
        const auto fit = [&](int shift) {
            double sum = 0.0;
            for (int r = 0; r < 48; ++r)
                sum += static_cast<double>(made.image.at(28, (r + shift + 48) % 48, 0)) *
                       static_cast<double>(s.image.at(28, r, 0) - 100.0F);
            return sum;
        };
        int best = -20;
        for (int shift = -20; shift <= 20; ++shift)
            if (fit(shift) > fit(best)) best = shift;
        EXPECT_LE(std::abs(best), 2) << "seed " << seed;
    }
}

TEST(Degradation, GhostsLieAlongTheRowsAxisOnly) {
    const Scene s = scene();
    const auto made = degraded(DegradationKind::ghost, 1.0);
    double beside = 0.0;
    double along = 0.0;
    for (int r = 0; r < 48; ++r) {
        for (int c = 0; c < 40; ++c) {
            const auto change = static_cast<double>(std::abs(made.image.at(c, r, 0) - s.image.at(c, r, 0)));
            (c >= 24 && c < 34 ? along : beside) += change;
        }
    }
    EXPECT_GT(along, 100.0);
    EXPECT_LT(beside, 1e-2 * along) << "a column without the bar is constant, and stays so";
}

TEST(Degradation, BlurKeepsTheMean) {
    const Scene s = scene();
    const auto mean = [](const Volume& v) {
        return std::accumulate(v.voxels.begin(), v.voxels.end(), 0.0) / static_cast<double>(v.voxels.size());
    };
    EXPECT_NEAR(mean(degraded(DegradationKind::blur, 1.0).image), mean(s.image), 0.01);
}

TEST(Degradation, AClippedFieldOfViewShowsTheSameAnatomyAtTheSamePlaces) {
    const Scene s = scene();
    const auto made = degraded(DegradationKind::clip, 0.5, 5);
    EXPECT_EQ(made.image.geometry.columns, 26);
    EXPECT_EQ(made.image.geometry.rows, 31);
    EXPECT_EQ(made.image.geometry, made.truth.geometry);
    for (int r = 0; r < 31; ++r) {
        for (int c = 0; c < 26; ++c) {
            const Vec3 there = s.image.geometry.voxel(made.image.geometry.position(c, r, 0));
            const auto column = static_cast<int>(std::lround(there[0]));
            const auto row = static_cast<int>(std::lround(there[1]));
            ASSERT_EQ(made.image.at(c, r, 0), s.image.at(column, row, 0));
            ASSERT_EQ(made.truth.at(c, r, 0), s.truth.at(column, row, 0));
        }
    }
}

TEST(Degradation, AnotherRegionHoldsNothingOfTheSpineAndNoPadding) {
    const auto made = degraded(DegradationKind::region, 1.0);
    EXPECT_EQ(std::count(made.truth.voxels.begin(), made.truth.voxels.end(), kDisc), 0);
    EXPECT_EQ(*std::max_element(made.image.voxels.begin(), made.image.voxels.end()), 100.0F);
    EXPECT_EQ(*std::min_element(made.image.voxels.begin(), made.image.voxels.end()), 100.0F);
    EXPECT_EQ(made.image.geometry.columns, 40);
    const auto half = degraded(DegradationKind::region, 0.5);
    const auto left = std::count(half.truth.voxels.begin(), half.truth.voxels.end(), kDisc);
    EXPECT_EQ(left, 2 * 6 * 5) << "the front half of the bar";
    EXPECT_EQ(std::count(half.image.voxels.begin(), half.image.voxels.end(), 600.0F), left)
        << "what is mirrored holds no spine";
}

TEST(Degradation, ItsTextNamesKindAndStrength) {
    const auto parsed = parse_degradation("ghost:0.25");
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(parsed->kind, DegradationKind::ghost);
    EXPECT_EQ(parsed->strength, 0.25);
    EXPECT_EQ(parse_degradation("clip")->strength, 0.5);
    for (const char* wrong : {"", "dust", "noise:", "noise:2", "noise:-1", "noise:x", "noise:nan", ":0.5"})
        EXPECT_EQ(parse_degradation(wrong).error().code, ErrorCode::invalid_argument) << wrong;
    EXPECT_NE(parse_degradation("dust").error().detail.find("motion"), std::string::npos);
}

TEST(Degradation, AForeignTruthIsRefused) {
    Scene s = scene();
    s.truth.geometry.origin[0] += 1.0;
    EXPECT_EQ(degrade(s.image, s.truth, {}).error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(degrade(s.image, scene().truth, {.strength = 1.5}).error().code, ErrorCode::invalid_argument);
}

int discs(const LabelMap& truth) {
    return static_cast<int>(std::count(truth.voxels.begin(), truth.voxels.end(), kDisc));
}

/// The number of pixels that are bright and labelled, divided by the number of those that are bright or labelled.
double agreement(const DegradedSeries& series) {
    double both = 0, either = 0;
    for (std::size_t i = 0; i < series.truth.voxels.size(); ++i) {
        const bool bright = series.image.voxels[i] > 350.0F, labelled = series.truth.voxels[i] == kDisc;
        both += bright && labelled ? 1 : 0;
        either += bright || labelled ? 1 : 0;
    }
    return both / either;
}

TEST(Degradation, ALeaningSpineIsTurnedWithItsTruthAndKeepsItsSize) {
    const DegradedSeries leaning = degraded(DegradationKind::lean, 1.0);
    EXPECT_GT(agreement(leaning), 0.8);
    EXPECT_NEAR(discs(leaning.truth), discs(scene().truth), 12);
    EXPECT_NE(leaning.truth.voxels, scene().truth.voxels);
}

TEST(Degradation, ASmallSpineShrinksToThreeFifths) {
    const DegradedSeries small = degraded(DegradationKind::small, 1.0);
    EXPECT_GT(agreement(small), 0.6);
    EXPECT_NEAR(discs(small.truth), 0.36 * discs(scene().truth), 12);
}

TEST(Degradation, MetalEmptiesImageAndTruth) {
    const DegradedSeries metal = degraded(DegradationKind::metal, 0.3);
    EXPECT_LT(discs(metal.truth), discs(scene().truth));
    for (std::size_t i = 0; i < metal.truth.voxels.size(); ++i)
        EXPECT_FALSE(metal.truth.voxels[i] == kDisc && metal.image.voxels[i] == 0.0F) << "voxel " << i;
    EXPECT_EQ(*std::min_element(metal.image.voxels.begin(), metal.image.voxels.end()), 0.0F);
}

TEST(Degradation, ALostSliceIsBlackAndItsTruthStays) {
    const DegradedSeries lost = degraded(DegradationKind::lost, 0.1);
    EXPECT_EQ(lost.truth.voxels, scene().truth.voxels);
    const auto black = std::count(lost.image.voxels.begin(), lost.image.voxels.end(), 0.0F);
    EXPECT_EQ(static_cast<std::size_t>(black), lost.image.geometry.slice_voxel_count());
}

TEST(Degradation, AReversedStackHoldsTheSameVoxelsUnderTheSameGrid) {
    for (const auto kind : {DegradationKind::upside_down, DegradationKind::front_to_back}) {
        const DegradedSeries once = degraded(kind, 1.0);
        EXPECT_NE(once.image.voxels, scene().image.voxels);
        EXPECT_EQ(agreement(once), 1.0);
        const auto twice = degrade(once.image, once.truth, {.kind = kind, .strength = 1.0});
        EXPECT_EQ(twice->image.voxels, scene().image.voxels);
        EXPECT_EQ(twice->truth.voxels, scene().truth.voxels);
    }
}

}  // namespace degradation_test
}  // namespace spineseg

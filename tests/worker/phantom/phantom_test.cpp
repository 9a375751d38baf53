// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/phantom/phantom.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <vector>

#include "core/connected_components.h"

namespace spineseg {
namespace phantom_test {

constexpr auto kVertebra = static_cast<std::uint8_t>(Label::vertebra);
constexpr auto kCanal = static_cast<std::uint8_t>(Label::canal);
constexpr auto kDisc = static_cast<std::uint8_t>(Label::disc);

/// The whole field of view, coarse enough for many seeds.
PhantomRequest coarse(std::uint64_t seed) {
    return {.seed = seed, .columns = 130, .rows = 130, .slices = 15, .pixel_spacing = 2.3};
}

/// Quick, for what only the middle of the stack shows.
PhantomRequest sketched(std::uint64_t seed) {
    return {
        .seed = seed, .columns = 100, .rows = 110, .slices = 7, .pixel_spacing = 2.7, .slice_spacing = 5.0};
}

Phantom made(const PhantomRequest& request) {
    auto phantom = make_phantom(request);
    if (!phantom) throw std::runtime_error(phantom.error().describe());
    return *std::move(phantom);
}

double mean_under(const Phantom& phantom, std::uint8_t label) {
    double sum = 0;
    int count = 0;
    for (std::size_t i = 0; i < phantom.labels.voxels.size(); ++i) {
        if (phantom.labels.voxels[i] != label) continue;
        sum += phantom.image.voxels[i];
        ++count;
    }
    return sum / count;
}

Vec3 centroid(const Phantom& phantom, std::uint8_t label) {
    const Geometry& g = phantom.labels.geometry;
    Vec3 sum{};
    double count = 0;
    for (int slice = 0; slice < g.slices; ++slice) {
        for (int row = 0; row < g.rows; ++row) {
            for (int column = 0; column < g.columns; ++column) {
                if (phantom.labels.at(column, row, slice) != label) continue;
                sum = sum + g.position(column, row, slice);
                ++count;
            }
        }
    }
    return (1.0 / count) * sum;
}

/// Sizes of the face-connected components of a label.
std::vector<std::size_t> components(const LabelMap& labels, std::uint8_t label) {
    const Geometry& g = labels.geometry;
    ComponentFinder finder(g.columns, g.rows, g.slices, Connectivity::faces);
    std::vector<std::size_t> sizes;
    const auto wanted = [&](std::size_t voxel) { return labels.voxels[voxel] == label; };
    for (std::size_t voxel = 0; voxel < labels.voxels.size(); ++voxel)
        if (wanted(voxel) && !finder.visited(voxel)) sizes.push_back(finder.collect(voxel, wanted).size());
    std::sort(sizes.rbegin(), sizes.rend());
    return sizes;
}

std::optional<float> intensity_at(const Volume& image, const Vec3& position) {
    const Vec3 index = image.geometry.voxel(position);
    const int column = static_cast<int>(std::lround(index[0]));
    const int row = static_cast<int>(std::lround(index[1]));
    const int slice = static_cast<int>(std::lround(index[2]));
    const Geometry& g = image.geometry;
    if (column < 0 || row < 0 || slice < 0 || column >= g.columns || row >= g.rows || slice >= g.slices)
        return {};
    return image.at(column, row, slice);
}

TEST(Phantom, TheSameSeedGivesTheSameVoxels) {
    const Phantom a = made(sketched(3));
    const Phantom b = made(sketched(3));
    EXPECT_EQ(a.image.voxels, b.image.voxels);
    EXPECT_EQ(a.labels.voxels, b.labels.voxels);
}

TEST(Phantom, AnotherSeedIsAnotherPatient) {
    EXPECT_NE(made(sketched(3)).labels.voxels, made(sketched(4)).labels.voxels);
}

TEST(Phantom, EveryContrastOfASeedShowsTheSamePatient) {
    auto request = sketched(5);
    const Phantom t2 = made(request);
    request.contrast = PhantomContrast::t1;
    const Phantom t1 = made(request);
    request.contrast = PhantomContrast::random;
    const Phantom random = made(request);
    EXPECT_EQ(t1.labels.voxels, t2.labels.voxels);
    EXPECT_EQ(random.labels.voxels, t2.labels.voxels);
    EXPECT_NE(t1.image.voxels, t2.image.voxels);
    EXPECT_NE(random.image.voxels, t2.image.voxels);
}

TEST(Phantom, TheCanalIsTheBrightestStructureOnT2AndTheDarkestOnT1) {
    for (const std::uint64_t seed : {0, 1, 2, 3}) {
        auto request = sketched(seed);
        const Phantom t2 = made(request);
        EXPECT_GT(mean_under(t2, kCanal), 1.5 * mean_under(t2, kVertebra)) << seed;
        EXPECT_GT(mean_under(t2, kCanal), 1.5 * mean_under(t2, kDisc)) << seed;
        request.contrast = PhantomContrast::t1;
        const Phantom t1 = made(request);
        EXPECT_LT(mean_under(t1, kCanal), 0.8 * mean_under(t1, kVertebra)) << seed;
    }
}

TEST(Phantom, TheCanalRunsBehindTheDiscsInTheMidline) {
    const Phantom phantom = made(sketched(6));
    const Vec3 canal = centroid(phantom, kCanal);
    const Vec3 disc = centroid(phantom, kDisc);
    EXPECT_GT(canal[1], disc[1] + 10) << "posterior is +y";
    EXPECT_NEAR(canal[0], 0.0, 4.0);
    EXPECT_NEAR(disc[0], 0.0, 4.0);
}

TEST(Phantom, EachLevelHasOneDiscAndTheCanalIsOnePiece) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
        const Phantom phantom = made(coarse(seed));
        auto discs = components(phantom.labels, kDisc);
        std::erase_if(discs, [](std::size_t size) { return size < 20; });
        EXPECT_GE(discs.size(), 6U) << seed;
        EXPECT_LE(discs.size(), 10U) << seed;
        const auto canal = components(phantom.labels, kCanal);
        ASSERT_FALSE(canal.empty());
        const auto voxels = std::count(phantom.labels.voxels.begin(), phantom.labels.voxels.end(), kCanal);
        EXPECT_GT(static_cast<double>(canal.front()), 0.98 * static_cast<double>(voxels)) << seed;
    }
}

TEST(Phantom, OnlyTheThreeStructuresAreLabelledAndEachIsThere) {
    const Phantom phantom = made(sketched(7));
    const std::set<std::uint8_t> values(phantom.labels.voxels.begin(), phantom.labels.voxels.end());
    EXPECT_EQ(values, (std::set<std::uint8_t>{0, kVertebra, kCanal, kDisc}));
    EXPECT_TRUE(same_grid(phantom.image.geometry, phantom.labels.geometry));
}

TEST(Phantom, TheOutermostSlicesHoldNoSpine) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
        const Phantom phantom = made(coarse(seed));
        const auto slice = static_cast<std::ptrdiff_t>(phantom.labels.geometry.slice_voxel_count());
        const auto labelled = [](std::uint8_t value) { return value != 0; };
        EXPECT_TRUE(
            std::none_of(phantom.labels.voxels.begin(), phantom.labels.voxels.begin() + slice, labelled))
            << seed;
        EXPECT_TRUE(std::none_of(phantom.labels.voxels.end() - slice, phantom.labels.voxels.end(), labelled))
            << seed;
    }
}

TEST(Phantom, IntensitiesAreWholeNumbersThatAScannerCouldWrite) {
    for (const auto contrast : {PhantomContrast::t1, PhantomContrast::t2}) {
        auto request = sketched(8);
        request.contrast = contrast;
        const Phantom phantom = made(request);
        for (const float voxel : phantom.image.voxels) {
            ASSERT_EQ(voxel, std::round(voxel));
            ASSERT_GE(voxel, 0.0F);
            ASSERT_LT(voxel, 1800.0F);
        }
    }
}

/// A capsule is bright where it should be, and there is air where it would be after a flip.
void expect_marker(const Phantom& phantom, const Vec3& marker, const Vec3& flipped) {
    const auto here = intensity_at(phantom.image, marker);
    ASSERT_TRUE(here);
    EXPECT_GT(*here, 120.0F);
    if (const auto there = intensity_at(phantom.image, flipped)) {
        EXPECT_LT(*there, 0.5F * *here);
    }
}

TEST(Phantom, TheMarkersTellLeftFrontAndHead) {
    for (const double tilt : {0.0, -8.0}) {
        auto request = coarse(9);
        request.tilt_degrees = tilt;
        const Phantom phantom = made(request);
        const auto& [left, anterior, cranial] = phantom.markers;
        EXPECT_GT(left[0], 10.0) << "left is +x";
        EXPECT_LT(anterior[1], left[1] - 100) << "anterior is -y";
        EXPECT_GT(cranial[2], 60.0) << "cranial is +z";
        expect_marker(phantom, left, {-left[0], left[1], left[2]});
        expect_marker(phantom, cranial, {cranial[0], cranial[1], -cranial[2]});
        expect_marker(phantom, anterior, {anterior[0], anterior[1] - 14, anterior[2]});
    }
}

TEST(Phantom, SlicesRunFromLeftToRightWithHeadUpAndBellyLeft) {
    const Geometry g = made(sketched(0)).image.geometry;
    EXPECT_EQ(g.row_direction, (Vec3{0, 1, 0}));
    EXPECT_EQ(g.column_direction, (Vec3{0, 0, -1}));
    EXPECT_EQ(g.slice_direction, (Vec3{-1, 0, 0}));
}

TEST(Phantom, ImpossibleRequestsAreRefused) {
    for (const PhantomRequest& request :
         {PhantomRequest{.columns = 0}, PhantomRequest{.rows = 5000}, PhantomRequest{.slices = -1},
          PhantomRequest{.pixel_spacing = 0}, PhantomRequest{.slice_spacing = std::nan("")},
          PhantomRequest{.tilt_degrees = 80}, PhantomRequest{.up_mm = 500},
          PhantomRequest{.findings = {.scoliosis_mm = 90}}, PhantomRequest{.findings = {.fractured = 9}},
          PhantomRequest{.findings = {.cemented = -1}}}) {
        const auto phantom = make_phantom(request);
        ASSERT_FALSE(phantom);
        EXPECT_EQ(phantom.error().code, ErrorCode::invalid_argument);
    }
}

TEST(Phantom, ASixthLumbarVertebraShiftsWhatLiesAboveIt) {
    auto request = coarse(5);
    const Phantom plain = made(request);
    request.findings.six_lumbar = true;
    const Phantom six = made(request);
    const auto highest = [](const Phantom& phantom) {
        int most = 0;
        for (const std::uint8_t level : phantom.levels.voxels)
            if (level < kCanal) most = std::max<int>(most, level);
        return most;
    };
    EXPECT_GE(highest(six), highest(plain) - 1);
    EXPECT_NE(six.labels.voxels, plain.labels.voxels);
}

/// Metal and cement take the signal away; the labels stay, so that they are the truth. A voxel that holds
/// another tissue besides is sampled more finely, and may fall to the other side at a border.
TEST(Phantom, MetalAndCementTakeSignalAndLeaveTheLabels) {
    const Phantom plain = made(sketched(4));
    for (const PhantomFindings& findings : {PhantomFindings{.cemented = 2}, PhantomFindings{.screwed = 1}}) {
        auto request = sketched(4);
        request.findings = findings;
        const Phantom changed = made(request);
        std::size_t labelled = 0, other = 0;
        for (std::size_t i = 0; i < plain.labels.voxels.size(); ++i) {
            labelled += plain.labels.voxels[i] != 0;
            other += plain.labels.voxels[i] != changed.labels.voxels[i];
        }
        EXPECT_LT(other, labelled / 50);
        EXPECT_LT(mean_under(changed, kVertebra), 0.97 * mean_under(plain, kVertebra));
    }
}

TEST(Phantom, AMissingArchTakesBoneAway) {
    const Phantom plain = made(coarse(4));
    auto request = coarse(4);
    request.findings.without_arch = 2;
    const Phantom opened = made(request);
    const auto count = [](const Phantom& phantom, std::uint8_t level) {
        return std::count(phantom.levels.voxels.begin(), phantom.levels.voxels.end(), level);
    };
    EXPECT_LT(count(opened, 2), 0.95 * static_cast<double>(count(plain, 2)));
    EXPECT_EQ(count(opened, 5), count(plain, 5));
}

TEST(Phantom, AScoliosisMovesTheMiddleAside) {
    auto request = coarse(4);
    request.findings.scoliosis_mm = 15;
    EXPECT_GT(centroid(made(request), kCanal)[0], centroid(made(coarse(4)), kCanal)[0] + 3);
}

TEST(Phantom, OneSmallSliceIsPossible) {
    const auto phantom = make_phantom({.columns = 1, .rows = 7, .slices = 1});
    ASSERT_TRUE(phantom);
    EXPECT_EQ(phantom->image.voxels.size(), 7U);
}

}  // namespace phantom_test
}  // namespace spineseg

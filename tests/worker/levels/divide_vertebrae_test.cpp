// SPDX-License-Identifier: GPL-3.0-or-later
/// Bodies and arches against the phantom, which knows both.

#include "worker/levels/divide_vertebrae.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/voxel_volume.h"
#include "worker/levels/find_levels.h"
#include "worker/phantom/phantom.h"

namespace spineseg {
namespace divide_vertebrae_test {

constexpr bool is_arch(std::uint8_t label) {
    return label >= kFirstArchLabel;
}

Phantom whole_stack(std::uint64_t seed, double tilt = 0, double scoliosis = 0) {
    PhantomRequest request;
    request.seed = seed;
    request.columns = request.rows = 200;
    request.pixel_spacing = 1.4;
    request.slices = 15;
    request.tilt_degrees = tilt;
    request.findings.scoliosis_mm = scoliosis;
    auto phantom = make_phantom(request);
    EXPECT_TRUE(phantom);
    return std::move(*phantom);
}

VertebraParts parts_of(const LabelMap& labels) {
    const auto levels = find_levels(labels);
    EXPECT_TRUE(levels) << levels.error().describe();
    auto parts = divide_vertebrae(*levels);
    EXPECT_TRUE(parts) << parts.error().describe();
    return std::move(*parts);
}

bool shows(const LabelMap& labels, int slice, Label label) {
    const auto begin =
        labels.voxels.begin() + static_cast<std::ptrdiff_t>(labels.geometry.index(0, 0, slice));
    const auto end = begin + static_cast<std::ptrdiff_t>(labels.geometry.slice_voxel_count());
    return std::find(begin, end, static_cast<std::uint8_t>(label)) != end;
}

struct PartDice {
    double body = 0, arch = 0;
};

/// Of bodies and of arches, whatever their levels, in slices with or without the canal. Voxels that either map leaves
/// out count in none.
PartDice dice(const Phantom& phantom, const LabelMap& found, bool with_canal) {
    std::map<std::pair<bool, bool>, double> counts;  // (true arch, found arch)
    const Geometry& g = found.geometry;
    for (int slice = 0; slice < g.slices; ++slice) {
        if (shows(phantom.labels, slice, Label::canal) != with_canal) continue;
        for (std::size_t i = g.index(0, 0, slice); i < g.index(0, 0, slice) + g.slice_voxel_count(); ++i)
            if (phantom.parts.voxels[i] != 0 && found.voxels[i] != 0)
                counts[{is_arch(phantom.parts.voxels[i]), is_arch(found.voxels[i])}] += 1;
    }
    const double wrong = counts[{true, false}] + counts[{false, true}];
    const double bodies = counts[{false, false}], arches = counts[{true, true}];
    return {2 * bodies / (2 * bodies + wrong), 2 * arches / (2 * arches + wrong)};
}

TEST(DivideVertebrae, PhantomsAreDividedAsTheyWereMade) {
    for (std::uint64_t seed = 0; seed < 6; ++seed) {
        const double tilt = 4.0 * static_cast<double>(seed) - 10;
        const double scoliosis = seed % 2 == 0 ? 0 : 12.0;
        const Phantom phantom = whole_stack(seed, tilt, scoliosis);
        const VertebraParts parts = parts_of(phantom.labels);
        const PartDice midline = dice(phantom, parts.labels, true);
        const PartDice beside = dice(phantom, parts.labels, false);
        EXPECT_GT(midline.body, 0.985) << "seed " << seed;
        EXPECT_GT(midline.arch, 0.97) << "seed " << seed;
        EXPECT_GT(beside.body, 0.97) << "seed " << seed;
        EXPECT_GT(beside.arch, 0.95) << "seed " << seed;
        std::printf("seed %d  midline %.4f %.4f  beside %.4f %.4f\n", static_cast<int>(seed), midline.body,
                    midline.arch, beside.body, beside.arch);
    }
}

TEST(DivideVertebrae, EveryVoxelOfAVertebraIsInOneOfItsParts) {
    const Phantom phantom = whole_stack(3);
    const auto levels = find_levels(phantom.labels);
    ASSERT_TRUE(levels);
    const auto parts = divide_vertebrae(*levels);
    ASSERT_TRUE(parts);
    std::map<std::uint8_t, double> voxels;
    for (std::size_t i = 0; i < levels->labels.voxels.size(); ++i) {
        const std::uint8_t vertebra = levels->labels.voxels[i];
        const std::uint8_t part = parts->labels.voxels[i];
        if (vertebra == 0 || vertebra >= static_cast<std::uint8_t>(Label::canal)) {
            ASSERT_EQ(part, 0);
            continue;
        }
        ASSERT_TRUE(part == part_label(VertebraPart::body, vertebra) ||
                    part == part_label(VertebraPart::arch, vertebra));
        voxels[part] += 1;
    }
    ASSERT_EQ(voxels.size(), parts->pieces.size());
    for (const VertebraPiece& piece : parts->pieces)
        EXPECT_NEAR(piece.millilitres, voxels[piece.label] * voxel_millilitres(phantom.labels.geometry),
                    1e-9);
}

TEST(DivideVertebrae, AStackBesideTheCanalIsStillDivided) {
    const Phantom phantom = whole_stack(1);
    LabelMap labels = phantom.labels;
    for (auto& voxel : labels.voxels)
        if (voxel == static_cast<std::uint8_t>(Label::canal)) voxel = 0;
    const PartDice found = dice(phantom, parts_of(labels).labels, true);
    EXPECT_GT(found.body, 0.9);
    EXPECT_GT(found.arch, 0.85);
}

TEST(DivideVertebrae, WithoutADiscAVertebraIsAllBody) {
    Phantom phantom = whole_stack(2);
    for (auto& voxel : phantom.labels.voxels)
        if (voxel == static_cast<std::uint8_t>(Label::disc)) voxel = 0;
    const VertebraParts parts = parts_of(phantom.labels);
    ASSERT_EQ(parts.pieces.size(), 1u);
    EXPECT_EQ(parts.pieces[0].part, VertebraPart::body);
}

TEST(DivideVertebrae, NamesSayVertebraAndPart) {
    const VertebraPiece arch{.part = VertebraPart::arch, .ordinal = 2};
    EXPECT_EQ(part_name(arch, {.determined = true}), "L4 vertebra, arch");
    EXPECT_EQ(part_name(arch, {}), "Vertebra 2 from below, level not determined, arch");
}

TEST(DivideVertebrae, RefusesOtherGrids) {
    const Phantom phantom = whole_stack(2);
    const auto levels = find_levels(phantom.labels);
    ASSERT_TRUE(levels);
    const Volume other{{.columns = 2, .rows = 2, .slices = 2}, std::vector<float>(8)};
    EXPECT_EQ(divide_vertebrae(*levels, &other).error().code, ErrorCode::invalid_argument);
}

}  // namespace divide_vertebrae_test
}  // namespace spineseg

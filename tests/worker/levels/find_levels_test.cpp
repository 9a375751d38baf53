// SPDX-License-Identifier: GPL-3.0-or-later
/// Levels against what is known: the phantom's and a block column's own numbers, and real masks that are cut.

#include "worker/levels/find_levels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "tests/worker/levels/block_spine.h"
#include "worker/phantom/phantom.h"
#include "worker/volume_files/volume_file.h"

namespace spineseg {
namespace find_levels_test {

using testing::BlockSpine;
using testing::draw;
using testing::DrawnSpine;
using testing::stack_about;

SpineLevels levels_of(const LabelMap& labels) {
    auto found = find_levels(labels);
    EXPECT_TRUE(found) << found.error().describe();
    return std::move(*found);
}

bool has(const SpineLevels& levels, NumberingDoubt doubt) {
    const auto& doubts = levels.numbering.doubts;
    return std::find(doubts.begin(), doubts.end(), doubt) != doubts.end();
}

/// Share of the truth's voxels, of those that `wanted` accepts, that got the right number.
double agreement(const LabelMap& truth, const LabelMap& found,
                 const std::function<bool(std::uint8_t)>& wanted) {
    std::size_t all = 0, same = 0;
    for (std::size_t i = 0; i < truth.voxels.size(); ++i) {
        if (truth.voxels[i] == 0 || !wanted(truth.voxels[i])) continue;
        ++all;
        same += static_cast<std::size_t>(truth.voxels[i] == found.voxels[i]);
    }
    return all == 0 ? 0 : static_cast<double>(same) / static_cast<double>(all);
}

bool is_disc(std::uint8_t number) {
    return number > 200;
}
bool is_vertebra(std::uint8_t number) {
    return number >= 1 && number <= 25;
}

/// The rows from `first` on are cut off (the image ends higher up).
template <typename T>
Grid<T> without_rows_from(const Grid<T>& grid, int first) {
    Grid<T> cut{grid.geometry, {}};
    cut.geometry.rows = first;
    for (int slice = 0; slice < grid.geometry.slices; ++slice) {
        const auto begin =
            grid.voxels.begin() + static_cast<std::ptrdiff_t>(grid.geometry.index(0, 0, slice));
        cut.voxels.insert(cut.voxels.end(), begin,
                          begin + static_cast<std::ptrdiff_t>(cut.geometry.slice_voxel_count()));
    }
    return cut;
}

template <typename T>
Grid<T> only_slices(const Grid<T>& grid, int first, int count) {
    Grid<T> slab{grid.geometry, {}};
    slab.geometry.slices = count;
    slab.geometry.origin = grid.geometry.position(0, 0, first);
    const auto begin = grid.voxels.begin() + static_cast<std::ptrdiff_t>(grid.geometry.index(0, 0, first));
    slab.voxels.assign(begin, begin + static_cast<std::ptrdiff_t>(slab.geometry.voxel_count()));
    return slab;
}

Phantom small_phantom(std::uint64_t seed, double tilt = 0) {
    PhantomRequest request;
    request.seed = seed;
    request.columns = request.rows = 160;
    request.pixel_spacing = 1.875;
    request.slices = 11;
    request.tilt_degrees = tilt;
    auto phantom = make_phantom(request);
    EXPECT_TRUE(phantom);
    return std::move(*phantom);
}

TEST(SpineLevels, NamesCountFromTheSacrum) {
    EXPECT_EQ(level_name(Structure::vertebra, 1), "L5");
    EXPECT_EQ(level_name(Structure::vertebra, 5), "L1");
    EXPECT_EQ(level_name(Structure::vertebra, 6), "T12");
    EXPECT_EQ(level_name(Structure::vertebra, 17), "T1");
    EXPECT_EQ(level_name(Structure::vertebra, 18), "");
    EXPECT_EQ(level_name(Structure::disc, 1), "L5/S1");
    EXPECT_EQ(level_name(Structure::disc, 2), "L4/L5");
    EXPECT_EQ(level_name(Structure::disc, 6), "T12/L1");
    EXPECT_EQ(level_name(Structure::disc, 7), "T11/T12");
    const SpineStructure third{.structure = Structure::vertebra, .ordinal = 3, .label = 3};
    EXPECT_EQ(structure_name(third, {.determined = true}), "L3 vertebra");
    EXPECT_EQ(structure_name(third, {}), "Vertebra 3 from below, level not determined");
}

TEST(FindLevels, NumbersEveryPhantomFromTheSacrumUp) {
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
        const Phantom phantom = small_phantom(seed, 3.0 * static_cast<double>(seed) - 12);
        const SpineLevels levels = levels_of(phantom.labels);
        EXPECT_TRUE(levels.numbering.determined) << "seed " << seed;
        EXPECT_EQ(agreement(phantom.levels, levels.labels, is_disc), 1.0) << "seed " << seed;
        // Arches that touch at their joints are divided by a plane there, which costs a few voxels.
        EXPECT_GT(agreement(phantom.levels, levels.labels, is_vertebra), 0.95) << "seed " << seed;
        const auto& all = levels.structures;
        EXPECT_EQ(all.back().structure, Structure::canal);
        EXPECT_TRUE(std::is_sorted(all.begin(), all.end() - 1, [](const auto& a, const auto& b) {
            return a.ordinal > b.ordinal;  // from above
        }));
    }
}

TEST(FindLevels, BlocksAreDividedWithoutAnError) {
    const BlockSpine spine = BlockSpine::usual();
    const DrawnSpine drawn = draw(spine, stack_about(spine, 1, 1, 4, 15));
    const SpineLevels levels = levels_of(drawn.labels);
    EXPECT_TRUE(levels.numbering.determined);
    EXPECT_EQ(levels.labels.voxels, drawn.levels.voxels);
    EXPECT_EQ(levels.unassigned_millilitres, 0);
}

TEST(FindLevels, TheOrderFollowsTheColumnNotTheImage) {
    const BlockSpine spine = BlockSpine::usual();
    for (const auto& turns : {std::array{35.0, 0.0, 0.0}, {-40.0, 10.0, 15.0}, {0.0, 20.0, -20.0}}) {
        const DrawnSpine drawn = draw(spine, stack_about(spine, 1.2, 0.9, 4, 21, turns));
        const SpineLevels levels = levels_of(drawn.labels);
        EXPECT_EQ(agreement(drawn.levels, levels.labels, is_disc), 1.0);
        EXPECT_GT(agreement(drawn.levels, levels.labels, is_vertebra), 0.999);
    }
}

TEST(FindLevels, StorageOrderDoesNotMatter) {
    const Phantom phantom = small_phantom(2, 6);
    const SpineLevels straight = levels_of(phantom.labels);
    LabelMap mirrored = phantom.labels;  // columns backwards, slices backwards
    const Geometry& g = phantom.labels.geometry;
    Geometry& m = mirrored.geometry;
    m.origin = g.position(g.columns - 1, 0, g.slices - 1);
    m.row_direction = -1.0 * g.row_direction;
    m.slice_direction = -1.0 * g.slice_direction;
    const auto at = [&](const LabelMap& map, int column, int row, int slice) {
        return map.voxels[g.index(g.columns - 1 - column, row, g.slices - 1 - slice)];
    };
    for (int s = 0; s < g.slices; ++s)
        for (int r = 0; r < g.rows; ++r)
            for (int c = 0; c < g.columns; ++c) mirrored.at(c, r, s) = at(phantom.labels, c, r, s);
    const SpineLevels turned = levels_of(mirrored);
    std::size_t differing = 0;
    for (int s = 0; s < g.slices; ++s)
        for (int r = 0; r < g.rows; ++r)
            for (int c = 0; c < g.columns; ++c)
                differing +=
                    static_cast<std::size_t>(turned.labels.at(c, r, s) != at(straight.labels, c, r, s));
    EXPECT_LE(differing, 5u);  // rounding of sums in another order
    EXPECT_EQ(turned.structures.size(), straight.structures.size());
}

TEST(FindLevels, AMidlineSlabIsNumberedAsTheWholeStack) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
        const Phantom phantom = small_phantom(seed);
        const SpineLevels levels = levels_of(only_slices(phantom.labels, 4, 3));
        const LabelMap truth = only_slices(phantom.levels, 4, 3);
        EXPECT_TRUE(levels.numbering.determined) << seed;
        EXPECT_EQ(agreement(truth, levels.labels, is_disc), 1.0) << seed;
        EXPECT_GT(agreement(truth, levels.labels, is_vertebra), 0.97) << seed;
        for (const auto& structure : levels.structures) EXPECT_FALSE(structure.whole) << int{structure.label};
    }
}

TEST(FindLevels, AnImageThatEndsAnywhereIsNumberedRightlyOrNotAtAll) {
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
        const Phantom phantom = small_phantom(seed);
        int open = 0;
        for (int rows = 60; rows <= phantom.labels.geometry.rows; rows += 2) {
            const SpineLevels levels = levels_of(without_rows_from(phantom.labels, rows));
            if (!levels.numbering.determined) {
                ++open;
                continue;
            }
            const LabelMap truth = without_rows_from(phantom.levels, rows);
            EXPECT_EQ(agreement(truth, levels.labels, is_disc), 1.0)
                << "seed " << seed << ", " << rows << " rows";
        }
        EXPECT_GT(open, 10);
    }
}

TEST(FindLevels, TheTopOfTheImageChangesNoNumber) {
    const BlockSpine spine = BlockSpine::usual();
    BlockSpine shorter = spine;
    shorter.levels.resize(4);
    const DrawnSpine drawn = draw(shorter, stack_about(spine, 1.5, 1.5, 4, 11));
    const SpineLevels levels = levels_of(drawn.labels);
    EXPECT_TRUE(levels.numbering.determined);
    EXPECT_EQ(levels.labels.voxels, drawn.levels.voxels);
}

TEST(FindLevels, AMissedDiscLeavesTheLevelsOpen) {
    const BlockSpine spine = BlockSpine::usual();
    DrawnSpine drawn = draw(spine, stack_about(spine, 1.5, 1.5, 4, 11));
    for (std::size_t i = 0; i < drawn.labels.voxels.size(); ++i)
        if (drawn.levels.voxels[i] == 203) drawn.labels.voxels[i] = 0;
    const SpineLevels levels = levels_of(drawn.labels);
    EXPECT_FALSE(levels.numbering.determined);
    EXPECT_TRUE(has(levels, NumberingDoubt::gap));
    EXPECT_LT(levels.numbering.confidence, 0.5);
}

TEST(FindLevels, AMissedLowestDiscIsNoSacrum) {
    const BlockSpine spine = BlockSpine::usual();
    DrawnSpine drawn = draw(spine, stack_about(spine, 1.5, 1.5, 4, 11));
    for (std::size_t i = 0; i < drawn.labels.voxels.size(); ++i)
        if (drawn.levels.voxels[i] == 201) drawn.labels.voxels[i] = 0;
    const SpineLevels levels = levels_of(drawn.labels);
    EXPECT_FALSE(levels.numbering.determined);
    EXPECT_TRUE(has(levels, NumberingDoubt::bone_below_lowest_disc));
    EXPECT_EQ(agreement(drawn.levels, levels.labels, is_vertebra), 1.0)
        << "the vertebra without a disc counts";
}

TEST(FindLevels, ARudimentaryLowestDiscSuggestsTransitionalAnatomy) {
    BlockSpine spine = BlockSpine::usual();
    spine.levels.insert(spine.levels.begin(), {{4, 3, 15}, {26, 22, 30}, 0});  // S1 on a remnant of S1/S2
    const DrawnSpine drawn = draw(spine, stack_about(spine, 1, 1, 4, 11));
    const SpineLevels levels = levels_of(drawn.labels);
    EXPECT_FALSE(levels.numbering.determined);
    EXPECT_TRUE(has(levels, NumberingDoubt::rudimentary_lowest_disc));
}

TEST(FindLevels, ACollapsedBodyIsStillAVertebra) {
    BlockSpine spine = BlockSpine::usual();
    spine.levels[4].body = {9, 14, 32};
    const DrawnSpine drawn = draw(spine, stack_about(spine, 1, 1, 4, 11));
    const SpineLevels levels = levels_of(drawn.labels);
    EXPECT_TRUE(levels.numbering.determined);
    EXPECT_EQ(agreement(drawn.levels, levels.labels, is_vertebra), 1.0);
}

TEST(FindLevels, ASlipMovesNoNumber) {
    BlockSpine spine = BlockSpine::usual();
    spine.levels[1].slip = 12;
    const DrawnSpine drawn = draw(spine, stack_about(spine, 1, 1, 4, 11));
    const SpineLevels levels = levels_of(drawn.labels);
    EXPECT_TRUE(levels.numbering.determined);
    EXPECT_GT(agreement(drawn.levels, levels.labels, is_vertebra), 0.99);
}

TEST(FindLevels, WorksWithoutACanal) {
    const BlockSpine spine = BlockSpine::usual();
    DrawnSpine drawn = draw(spine, stack_about(spine, 1.5, 1.5, 4, 11));
    for (auto& voxel : drawn.labels.voxels)
        if (voxel == 100) voxel = 0;
    const SpineLevels levels = levels_of(drawn.labels);
    EXPECT_GT(agreement(drawn.levels, levels.labels, [](auto n) { return n != 100; }), 0.999);
}

TEST(FindLevels, TooLittleIsNotNumbered) {
    LabelMap empty{Geometry{.columns = 8, .rows = 8, .slices = 5}, std::vector<std::uint8_t>(320)};
    EXPECT_TRUE(levels_of(empty).structures.empty());
    EXPECT_FALSE(levels_of(empty).numbering.determined);
    empty.voxels[100] = 1;
    EXPECT_EQ(levels_of(empty).structures.size(), 1u);
    BlockSpine two = BlockSpine::usual();
    two.levels.resize(2);
    const SpineLevels levels = levels_of(draw(two, stack_about(two, 1.5, 1.5, 4, 11)).labels);
    EXPECT_FALSE(levels.numbering.determined);
    EXPECT_TRUE(has(levels, NumberingDoubt::too_few_discs));
}

TEST(FindLevels, ConfidenceIsWhatTheUncertaintyLeaves) {
    const BlockSpine spine = BlockSpine::usual();
    const DrawnSpine drawn = draw(spine, stack_about(spine, 1.5, 1.5, 4, 11));
    Volume uncertainty{drawn.labels.geometry, std::vector<float>(drawn.labels.voxels.size(), 0.1F)};
    for (std::size_t i = 0; i < uncertainty.voxels.size(); ++i)
        if (drawn.levels.voxels[i] == 202) uncertainty.voxels[i] = 0.6F;
    const auto levels = find_levels(drawn.labels, &uncertainty);
    ASSERT_TRUE(levels);
    for (const auto& structure : levels->structures)
        EXPECT_NEAR(structure.confidence.value_or(0), structure.label == 202 ? 0.4 : 0.9, 1e-6);
    uncertainty.voxels.pop_back();
    EXPECT_EQ(find_levels(drawn.labels, &uncertainty).error().code, ErrorCode::invalid_argument);
}

/// Masks of 30 patients, without numbers: what can be asked is that nearly all are numbered, that arches and
/// bodies are whole, and that no image that ends above the lowest disc is.
class RealMasks : public ::testing::Test {
  protected:
    void SetUp() override {
        const std::filesystem::path folder = SPINESEG_SOURCE_DIR "/../shared/data/spider/masks";
        if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no shared data beside this checkout";
        for (const auto& entry : std::filesystem::directory_iterator(folder)) {
            auto mask = read_label_map(entry.path());
            ASSERT_TRUE(mask) << mask.error().describe();
            masks_.push_back(std::move(*mask));
        }
        ASSERT_EQ(masks_.size(), 30u);
    }
    std::vector<LabelMap> masks_;
};

TEST_F(RealMasks, AreNumberedButForAnOperatedScoliosisAndAFlatLowestDisc) {
    int numbered = 0;
    for (const auto& mask : masks_) {
        const SpineLevels levels = levels_of(mask);
        numbered += static_cast<int>(levels.numbering.determined);
        EXPECT_LT(levels.unassigned_millilitres, 4);
    }
    EXPECT_EQ(numbered, 28);
}

/// Without L5 and its disc, as where the model does not paint the disc beneath a transitional vertebra, each of
/// these was numbered, and wrongly.
TEST_F(RealMasks, AreMostlyOpenWithoutTheLowestVertebraAndItsDisc) {
    int numbered = 0, asked = 0;
    for (LabelMap& mask : masks_) {
        const SpineLevels whole = levels_of(mask);
        if (!whole.numbering.determined) continue;
        for (std::size_t i = 0; i < mask.voxels.size(); ++i)
            if (whole.labels.voxels[i] == 1 || whole.labels.voxels[i] == kFirstDiscLabel) mask.voxels[i] = 0;
        numbered += static_cast<int>(levels_of(mask).numbering.determined);
        ++asked;
    }
    EXPECT_EQ(asked, 28);
    EXPECT_LE(numbered, 8);
}

/// Voxels that reach below a height are background, and the grid ends there: SPIDER's slices are stored feet
/// first.
LabelMap cut_below(const LabelMap& mask, double z) {
    LabelMap cut = mask;
    const Geometry& g = mask.geometry;
    int first = g.slices;  // x is the slice axis in the file, z the last index
    for (int k = g.slices; k-- > 0;)
        if (g.position(0, 0, k)[2] >= z) first = k;
    cut.geometry.slices = g.slices - first;
    cut.geometry.origin = g.position(0, 0, first);
    cut.voxels.assign(mask.voxels.begin() + static_cast<std::ptrdiff_t>(g.index(0, 0, first)),
                      mask.voxels.end());
    return cut;
}

TEST_F(RealMasks, AreNotNumberedOnceTheLowestDiscIsCutOff) {
    int numbered = 0;
    for (const auto& mask : masks_) {
        const SpineLevels whole = levels_of(mask);
        double top = -1e9;
        for (std::size_t i = 0; i < mask.voxels.size(); ++i) {
            if (whole.labels.voxels[i] != kFirstDiscLabel) continue;
            const auto slice = static_cast<int>(i / mask.geometry.slice_voxel_count());
            top = std::max(top, mask.geometry.position(0, 0, slice)[2]);
        }
        for (const double higher : {2.0, 12.0, 22.0})
            numbered += static_cast<int>(levels_of(cut_below(mask, top + higher)).numbering.determined);
    }
    EXPECT_LE(numbered, 1) << "of 90 cut masks";
}

}  // namespace find_levels_test
}  // namespace spineseg

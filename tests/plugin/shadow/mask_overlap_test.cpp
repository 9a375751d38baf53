// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/shadow/mask_overlap.h"

#include <gmock/gmock.h>

#include <list>

#include "core/split_mix.h"
#include "tests/plugin/shadow/drawn_masks.h"

namespace spineseg {
namespace mask_overlap_test {

using drawn_masks::Frame;
using sample_result::kOtherInstance;
using Frames = std::vector<Frame>;

class MaskOverlapTest : public testing::Test {
  protected:
    SegmentationMasks masks(const Frames& frames, std::uint32_t rows, std::uint32_t columns,
                            const std::vector<drawn_masks::Segment>& segments = drawn_masks::kSegments) {
        files_.push_back(drawn_masks::file(frames, rows, columns, segments).bytes());
        auto masks = read_segmentation_masks(files_.back());
        if (!masks) throw std::runtime_error(masks.error().describe());
        return std::move(*masks);
    }
    /// Of pictures of one row.
    MaskOverlap row_overlap(const Frames& shown, const Frames& shadow) {
        const auto columns = static_cast<std::uint32_t>(shown.front().pixels.size());
        return *overlap_of({masks(shown, 1, columns)}, {masks(shadow, 1, columns)});
    }
    static std::optional<double> of(const MaskOverlap& overlap, Structure structure) {
        return overlap.structures.at(static_cast<std::size_t>(structure));
    }
    static double of(const MaskOverlap& overlap, const std::string& label) {
        for (const auto& one : overlap.labels)
            if (one.label == label) return one.dice;
        ADD_FAILURE() << "no label " << label;
        return -1;
    }

    std::list<std::vector<std::uint8_t>> files_;
};

TEST_F(MaskOverlapTest, TheSameMasksAgreeWhollyAndDisjointOnesNotAtAll) {
    const Frames frames{{1, "##..."}, {2, "..#.."}, {4, "...##"}};
    const auto same = row_overlap(frames, frames);
    EXPECT_EQ(same.mean, 1.0);
    EXPECT_EQ(of(same, "L4/L5 disc"), 1.0);
    const auto apart = row_overlap({{1, "##..."}}, {{1, "..##."}});
    EXPECT_EQ(of(apart, Structure::vertebra), 0.0);
    EXPECT_EQ(apart.mean, 0.0);
}

TEST_F(MaskOverlapTest, DiceIsTwiceTheCommonVoxelsOverTheSumOfBoth) {
    const auto overlap = row_overlap({{1, "####..."}, {3, "....##."}, {4, ".......", kOtherInstance}},
                                     {{1, "..####."}, {3, "......#"}, {4, "#......", kOtherInstance}});
    EXPECT_DOUBLE_EQ(of(overlap, "L4 vertebra"), 2.0 * 2 / (4 + 4));
    EXPECT_DOUBLE_EQ(of(overlap, "L5 vertebra"), 0.0);
    // As a whole: columns 0 to 5 against 2 to 6.
    EXPECT_DOUBLE_EQ(of(overlap, Structure::vertebra).value(), 2.0 * 4 / (6 + 5));
    EXPECT_DOUBLE_EQ(of(overlap, Structure::canal).value(), 0.0);
    EXPECT_FALSE(of(overlap, Structure::disc)) << "neither has one";
    EXPECT_DOUBLE_EQ(overlap.mean.value(), (8.0 / 11.0) / 2);
}

TEST_F(MaskOverlapTest, PlanesAreComparedWithThemselvesOnly) {
    const auto overlap =
        row_overlap({{1, "##"}, {1, "##", kOtherInstance}}, {{1, "##", kOtherInstance}, {1, ".."}});
    EXPECT_DOUBLE_EQ(of(overlap, Structure::vertebra).value(), 2.0 * 2 / (4 + 2));
}

TEST_F(MaskOverlapTest, ALevelThatOnlyOneModelNamesHasNoCommonVoxel) {
    const std::vector<drawn_masks::Segment> open{{"Vertebra 1 from below, level not determined", "51282000"}};
    const auto overlap = *overlap_of({masks({{3, "##.."}}, 1, 4)}, {masks({{1, "##.."}}, 1, 4, open)});
    EXPECT_EQ(of(overlap, Structure::vertebra), 1.0);
    EXPECT_EQ(of(overlap, "L5 vertebra"), 0.0);
    EXPECT_EQ(of(overlap, open[0].label), 0.0);
    EXPECT_EQ(overlap.labels.front().label, "L4 vertebra") << "the shown ones first";
}

TEST_F(MaskOverlapTest, PartsOfOneResultCountTogetherAndOverlappingFramesOnce) {
    const auto whole = masks({{1, "###...."}, {3, "...###."}, {3, "..####."}}, 1, 7);
    const auto overlap = *overlap_of({whole}, {masks({{1, "###...."}}, 1, 7), masks({{3, "..####."}}, 1, 7)});
    EXPECT_EQ(of(overlap, Structure::vertebra), 1.0);
    EXPECT_EQ(of(overlap, "L5 vertebra"), 1.0);
    EXPECT_EQ(of(overlap, "L4 vertebra"), 1.0);
}

TEST_F(MaskOverlapTest, OtherRowsOrColumnsAreRefused) {
    const auto two_by_three = masks({{1, "######"}}, 2, 3), three_by_two = masks({{1, "######"}}, 3, 2);
    EXPECT_EQ(overlap_of({two_by_three}, {three_by_two}).error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(overlap_of({two_by_three}, {}).error().code, ErrorCode::invalid_argument);
}

/// Frames of 7 × 13 pixels begin at any bit of a byte and end within a word.
TEST_F(MaskOverlapTest, RandomMasksGiveWhatCountingVoxelByVoxelGives) {
    SplitMix64 random(20261130);
    for (int round = 0; round < 20; ++round) {
        Frames shown, shadow;
        int both = 0, all = 0;
        for (int plane = 0; plane < 5; ++plane) {
            std::string a, b;
            for (int i = 0; i < 7 * 13; ++i) {
                a += random.next() % 3 == 0 ? '#' : '.';
                b += random.next() % 2 == 0 ? '#' : '.';
                both += a.back() == '#' && b.back() == '#';
                all += (a.back() == '#') + (b.back() == '#');
            }
            shown.push_back({4, a, "1.2." + std::to_string(plane)});
            shadow.insert(shadow.begin(), {4, b, "1.2." + std::to_string(plane)});
        }
        const auto overlap = *overlap_of({masks(shown, 7, 13)}, {masks(shadow, 7, 13)});
        ASSERT_DOUBLE_EQ(of(overlap, Structure::canal).value(), 2.0 * both / all);
        ASSERT_DOUBLE_EQ(of(overlap, "Spinal canal"), 2.0 * both / all);
    }
}

}  // namespace mask_overlap_test
}  // namespace spineseg

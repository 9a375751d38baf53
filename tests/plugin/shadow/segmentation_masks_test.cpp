// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/shadow/segmentation_masks.h"

#include <gmock/gmock.h>

#include "tests/plugin/shadow/drawn_masks.h"

namespace spineseg {
namespace segmentation_masks_test {

using sample_result::Elements;
using testing::HasSubstr;

/// Why a Segmentation with one change cannot be compared.
template <typename Change>
std::string objection_after(Change change) {
    auto file = drawn_masks::file({{1, "####"}, {4, "#..#"}}, 2, 2);
    change(file.dataset);
    const auto bytes = file.bytes();
    const auto masks = read_segmentation_masks(bytes);
    if (masks) return "none";
    EXPECT_EQ(masks.error().code, ErrorCode::invalid_argument);
    return masks.error().detail;
}

Elements frame_of(std::uint32_t segment) {
    Elements image, group;
    image.put(0x00081155, "UI", "1.2.3");
    return group.put_items(0x00089124, {Elements().put_items(0x00082112, {image})})
        .put_items(0x0062000a, {Elements().put_us(0x0062000b, segment)});
}

Elements segment_of(std::uint32_t number, const std::string& code) {
    return Elements()
        .put_us(0x00620004, number)
        .put_items(0x0062000f, {Elements().put(0x00080100, "SH", code)});
}

TEST(SegmentationMasks, FramesSegmentsAndPlanesAreRead) {
    const auto bytes =
        drawn_masks::file({{4, "#..#"}, {2, "####", sample_result::kOtherInstance}}, 2, 2).bytes();
    const auto masks = read_segmentation_masks(bytes);
    ASSERT_TRUE(masks) << masks.error().describe();
    EXPECT_EQ(masks->pixels(), 4u);
    ASSERT_EQ(masks->segments.size(), 4u);
    EXPECT_EQ(masks->segments[1].label, "L4/L5 disc");
    EXPECT_EQ(masks->segments[1].structure, Structure::disc);
    EXPECT_EQ(masks->segments[3].structure, Structure::canal);
    ASSERT_EQ(masks->frames.size(), 2u);
    EXPECT_EQ(masks->frames[0].segment, 3u);
    EXPECT_EQ(masks->frames[1].first_bit, 4u);
    EXPECT_NE(masks->frames[0].plane, masks->frames[1].plane);
    EXPECT_EQ(masks->bits[0], 0xf9);
}

TEST(SegmentationMasks, FramesOfOneInstanceAreTwoPlanes) {
    auto file = drawn_masks::file({{1, "#"}, {1, "#"}}, 1, 1);
    std::vector<Elements> groups;
    for (const std::string frame : {"1", "2"}) {
        Elements image;
        image.put(0x00081155, "UI", "1.2.3").put(0x00081160, "IS", frame);
        groups.push_back(frame_of(1));
        groups.back().put_items(0x00089124, {Elements().put_items(0x00082112, {image})});
    }
    file.dataset.put_items(0x52009230, groups);
    const auto bytes = file.bytes();
    const auto masks = read_segmentation_masks(bytes);
    ASSERT_TRUE(masks) << masks.error().describe();
    EXPECT_NE(masks->frames[0].plane, masks->frames[1].plane);
}

TEST(SegmentationMasks, WhatIsNoBinarySegmentationOfOursIsRefusedByName) {
    EXPECT_EQ(objection_after([](Elements&) {}), "none");
    EXPECT_THAT(objection_after([](Elements& d) { d.put(0x00620001, "CS", "FRACTIONAL"); }),
                HasSubstr("BINARY"));
    EXPECT_THAT(objection_after([](Elements& d) { d.put_us(0x00280100, 8); }), HasSubstr("BINARY"));
    EXPECT_THAT(objection_after([](Elements& d) { d.put_us(0x00280010, 0); }), HasSubstr("no pixels"));
    EXPECT_THAT(objection_after([](Elements& d) { d.remove(0x7fe00010); }), HasSubstr("no pixels"));
    EXPECT_THAT(objection_after([](Elements& d) { d.put_us(0x00280011, 65535); }),
                HasSubstr("end too early"));
    EXPECT_THAT(objection_after([](Elements& d) { d.remove(0x00620002); }), HasSubstr("missing"));
    EXPECT_THAT(objection_after([](Elements& d) { d.put(0x52009230, "LO", "x"); }), HasSubstr("missing"));
    EXPECT_THAT(objection_after([](Elements& d) { d.put(0x00280008, "IS", "3"); }),
                HasSubstr("number of frames"));
    EXPECT_THAT(objection_after([](Elements& d) {
                    d.put_items(0x52009230, {frame_of(1), frame_of(9)});
                }),
                HasSubstr("no segment"));
    EXPECT_THAT(objection_after([](Elements& d) {
                    auto frame = frame_of(1);
                    frame.remove(0x00089124);
                    d.put_items(0x52009230, {frame, frame});
                }),
                HasSubstr("image of the source"));
    EXPECT_THAT(objection_after([](Elements& d) {
                    d.put_items(0x00620002, {segment_of(1, "61853006"), segment_of(1, "61853006")});
                }),
                HasSubstr("one number"));
    EXPECT_THAT(objection_after([](Elements& d) { d.put_items(0x00620002, {segment_of(1, "80891009")}); }),
                HasSubstr("no vertebra"));
}

TEST(SegmentationMasks, SegmentsAndFramesAreBounded) {
    EXPECT_THAT(objection_after([](Elements& d) {
                    std::vector<Elements> segments;
                    for (std::uint32_t i = 1; i <= SegmentationMasks::kMostSegments + 1; ++i)
                        segments.push_back(segment_of(i, "61853006"));
                    d.put_items(0x00620002, segments);
                }),
                HasSubstr("more than 128"));
    EXPECT_THAT(
        objection_after([](Elements& d) {
            d.put_us(0x00280010, 1).put_us(0x00280011, 1).put(0x7fe00010, "OB", std::string(4096, '\0'));
            d.put_items(0x52009230, std::vector<Elements>(SegmentationMasks::kMostFrames + 1, frame_of(1)));
        }),
        HasSubstr("more than 16384"));
}

TEST(SegmentationMasks, ALabelIsPrintableAndShort) {
    const auto bytes =
        drawn_masks::file({{1, "#"}}, 1, 1, {{"L5\n" + std::string(100, 'x'), drawn_masks::kL5Code}}).bytes();
    const auto masks = read_segmentation_masks(bytes);
    ASSERT_TRUE(masks);
    EXPECT_LE(masks->segments[0].label.size(), 64u);
    EXPECT_EQ(masks->segments[0].label.find('\n'), std::string::npos);
}

TEST(SegmentationMasks, DamagedBytesAreRefusedOrReadWithinTheFile) {
    const auto whole = drawn_masks::file({{1, "####"}, {4, "#..#"}}, 2, 2).bytes();
    std::size_t read = 0;
    for (std::size_t i = 0; i < whole.size(); ++i)
        for (const std::uint8_t value : {0x00, 0x7f, 0xff}) {
            auto bytes = whole;
            bytes[i] = value;
            const auto masks = read_segmentation_masks(bytes);
            if (!masks) continue;
            ++read;
            for (const auto& frame : masks->frames) {
                ASSERT_LT(frame.segment, masks->segments.size());
                ASSERT_LE(frame.first_bit + masks->pixels(), masks->bits.size() * 8);
            }
        }
    EXPECT_GT(read, 0u);
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(read_segmentation_masks(Bytes(whole).first(size)));
}

}  // namespace segmentation_masks_test
}  // namespace spineseg

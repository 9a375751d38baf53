// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/write/seg/packed_bits.h"

#include <gtest/gtest.h>

namespace spineseg::dicom {
namespace packed_bits_test {

TEST(PackedBits, FillsBytesFromTheLeastSignificantBitAndPadsToEvenLength) {
    PackedBits bits(17);
    for (int i = 0; i < 17; ++i) bits.push(i == 0 || i == 9 || i == 16);
    EXPECT_EQ(bits.bytes(), (std::vector<std::uint8_t>{0x01, 0x02, 0x01, 0x00}));
}

TEST(PackedBits, SkippedBitsAreZeroAndShiftWhatFollows) {
    PackedBits bits(11);
    bits.push(true);
    bits.skip(9);
    bits.push(true);
    EXPECT_EQ(bits.bytes(), (std::vector<std::uint8_t>{0x01, 0x04}));
}

TEST(PackedBits, AddedFramesEndTheStreamOnSixteenBits) {
    for (std::size_t pixels : {25u, 4851u, 4836u, 5120u, 8u, 12u, 143641u})
        for (std::size_t frames = 1; frames < 40; ++frames) {
            const std::size_t added = frames_to_add(pixels, frames);
            EXPECT_EQ(pixels * (frames + added) % 16, 0u);
            EXPECT_LT(added, 16u);
            for (std::size_t fewer = 0; fewer < added; ++fewer) EXPECT_NE(pixels * (frames + fewer) % 16, 0u);
        }
}

}  // namespace packed_bits_test
}  // namespace spineseg::dicom

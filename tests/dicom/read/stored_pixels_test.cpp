// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/read/stored_pixels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "tests/dicom/changed_cells.h"

namespace spineseg::dicom {
namespace stored_pixels_test {

using namespace testing;
using ::testing::HasSubstr;

TEST(BitsStored, BrightTissueBeyondItDoesNotWrapToDark) {
    const auto brighter = [](DcmDataset& dataset, int) {
        edit_cells(dataset, [](Uint16 word, std::size_t) { return static_cast<Uint16>(word * 2); });
        set_bits(dataset, 12);
    };
    const std::string detail = refusal(brighter);
    EXPECT_THAT(detail, HasSubstr("contradict Bits Stored 12 and High Bit 11"));
    EXPECT_THAT(detail, HasSubstr("correct Bits Stored"));
    const auto right = voxels_with([](DcmDataset& dataset, int) {
        edit_cells(dataset, [](Uint16 word, std::size_t) { return static_cast<Uint16>(word * 2); });
        set_bits(dataset, 16);
    });
    EXPECT_EQ(right[7], plain_volume().voxels[7] * 2);
}

TEST(BitsStored, OneSampleTooLargeInOneSliceIsEnough) {
    EXPECT_THAT(refusal([](DcmDataset& dataset, int slice) {
                    edit_cells(dataset, [slice](Uint16 word, std::size_t i) {
                        return slice == 4 && i == 100 ? Uint16{5000} : word;
                    });
                    set_bits(dataset, 12);
                }),
                HasSubstr("the largest is 5000"));
}

TEST(BitsStored, TheSameBitsAboveHighBitInEveryCellAreNoPartOfTheImage) {
    EXPECT_EQ(voxels_with([](DcmDataset& dataset, int) {
                  edit_cells(dataset,
                             [](Uint16 word, std::size_t) { return static_cast<Uint16>(word | 0xc000); });
                  set_bits(dataset, 14);
              }),
              plain_volume().voxels);
}

TEST(BitsStored, BitsThatAreTheSameWithinASliceButNotInTheNextAreRefused) {
    EXPECT_THAT(refusal([](DcmDataset& dataset, int slice) {
                    edit_cells(dataset, [slice](Uint16 word, std::size_t) {
                        return static_cast<Uint16>(word | (slice == 3 ? 0x4000 : 0));
                    });
                    set_bits(dataset, 14);
                }),
                HasSubstr("differ in the bits above High Bit"));
}

TEST(BitsStored, ChangingJunkAboveHighBitIsRefused) {
    EXPECT_THAT(refusal([](DcmDataset& dataset, int) {
                    edit_cells(dataset, [](Uint16 word, std::size_t i) {
                        return static_cast<Uint16>(word | (i % 7 << 13));
                    });
                    set_bits(dataset, 13);
                }),
                HasSubstr("cannot be known"));
}

/// A scanner's saturated samples, every bit of the cell set, made its whole series unreadable.
TEST(BitsStored, SaturatedSamplesAreTheLargestValue) {
    const auto voxels = voxels_with([](DcmDataset& dataset, int) {
        edit_cells(dataset, [](Uint16 word, std::size_t i) {
            return i == 7 ? Uint16{0xffff} : static_cast<Uint16>(word & 0xfff);
        });
        set_bits(dataset, 12);
    });
    EXPECT_EQ(voxels[7], 4095.0F);
}

TEST(BitsStored, SignedSamplesBeyondItDoNotBecomeNegative) {
    EXPECT_THAT(refusal([](DcmDataset& dataset, int) { set_bits(dataset, 12, true); }), HasSubstr("sign"))
        << "3000 in 12 signed bits would be -1096";
    const auto extended = voxels_with([](DcmDataset& dataset, int) {
        edit_cells(dataset, [](Uint16 word, std::size_t) { return static_cast<Uint16>(word / 2 - 1000); });
        set_bits(dataset, 12, true);
    });
    EXPECT_EQ(extended[7], std::floor(plain_volume().voxels[7] / 2) - 1000);
}

}  // namespace stored_pixels_test
}  // namespace spineseg::dicom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/read/pixel_padding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "tests/dicom/changed_cells.h"

namespace spineseg::dicom {
namespace pixel_padding_test {

using namespace testing;
using ::testing::HasSubstr;

constexpr std::size_t kColumns = 19;

bool in_rim(std::size_t i) {
    return i % kColumns < 3 || i / kColumns < 3;
}

/// Stored as signed or unsigned cells of 16 bits, a rim of `value`, and the attribute in `vr`.
std::function<void(DcmDataset&, int)> rim_of(std::int32_t value, bool is_signed, DcmEVR vr) {
    return [=](DcmDataset& dataset, int) {
        edit_cells(dataset,
                   [&](Uint16 word, std::size_t i) { return in_rim(i) ? static_cast<Uint16>(value) : word; });
        set_bits(dataset, 16, is_signed);
        const DcmTag tag(DCM_PixelPaddingValue, vr);
        if (vr == EVR_SS)
            dataset.putAndInsertSint16(tag, static_cast<Sint16>(value));
        else
            dataset.putAndInsertUint16(tag, static_cast<Uint16>(value));
    };
}

std::vector<float> zero_rim() {
    Volume volume = plain_volume();
    const std::size_t slice = volume.geometry.slice_voxel_count();
    for (std::size_t i = 0; i < volume.voxels.size(); ++i)
        if (in_rim(i % slice)) volume.voxels[i] = 0;
    return volume.voxels;
}

TEST(PixelPadding, ABrightOrDarkRimDoesNotDrownTheAnatomy) {
    for (const std::int32_t value : {32767, -32768, 0, -2000})
        for (const DcmEVR vr : {EVR_SS, EVR_US})
            EXPECT_EQ(voxels_with(rim_of(value, true, vr)), zero_rim()) << value << " signed";
    for (const std::int32_t value : {65535, 63536, 0, 4095})
        for (const DcmEVR vr : {EVR_SS, EVR_US})
            EXPECT_EQ(voxels_with(rim_of(value, false, vr)), zero_rim()) << value << " unsigned";
}

TEST(PixelPadding, ARangeIsPaddingFromEitherEnd) {
    const auto noisy_rim = [](std::int32_t first, std::int32_t limit) {
        return [=](DcmDataset& dataset, int) {
            edit_cells(dataset, [](Uint16 word, std::size_t i) {
                return in_rim(i) ? static_cast<Uint16>(60000 + i % 500) : word;
            });
            set_bits(dataset, 16);
            dataset.putAndInsertUint16(DcmTag(DCM_PixelPaddingValue, EVR_US), static_cast<Uint16>(first));
            dataset.putAndInsertUint16(DcmTag(DCM_PixelPaddingRangeLimit, EVR_US),
                                       static_cast<Uint16>(limit));
        };
    };
    EXPECT_EQ(voxels_with(noisy_rim(60000, 65535)), zero_rim());
    EXPECT_EQ(voxels_with(noisy_rim(65535, 60000)), zero_rim());
    EXPECT_THAT(refusal(noisy_rim(0, 65535)), HasSubstr("every pixel"));
}

TEST(PixelPadding, AValueThatNeedsMoreBitsThanBitsStoredIsStillPadding) {
    EXPECT_EQ(voxels_with([](DcmDataset& dataset, int slice) {
                  rim_of(63536, false, EVR_US)(dataset, slice);
                  set_bits(dataset, 12);
              }),
              zero_rim());
}

TEST(PixelPadding, BesideAnOffsetItLooksLikeTheDarkestPixel) {
    const auto voxels = voxels_with([](DcmDataset& dataset, int) {
        edit_cells(dataset, [](Uint16 word, std::size_t i) {
            return in_rim(i) ? Uint16{0x7fff} : static_cast<Uint16>(word - 2000);
        });
        set_bits(dataset, 16, true);
        dataset.putAndInsertSint16(DcmTag(DCM_PixelPaddingValue, EVR_SS), 32767);
    });
    EXPECT_LE(*std::max_element(voxels.begin(), voxels.end()), 2000);
    EXPECT_EQ(voxels[0], *std::min_element(voxels.begin(), voxels.end()));
}

TEST(PixelPadding, OfAnEnhancedImageLeavesEveryFrame) {
    Volume volume = plain_volume();
    Files files = enhanced_files(volume);
    files.bytes.front() = edited(files.bytes.front(), [&](DcmDataset& dataset) {
        const std::size_t slice = volume.geometry.slice_voxel_count();
        edit_cells(dataset,
                   [&](Uint16 word, std::size_t i) { return in_rim(i % slice) ? Uint16{0xffff} : word; });
        set_bits(dataset, 16);
        dataset.putAndInsertUint16(DcmTag(DCM_PixelPaddingValue, EVR_US), 0xffff);
    });
    EXPECT_EQ(read_good(files).volume.voxels, zero_rim());
}

}  // namespace pixel_padding_test
}  // namespace spineseg::dicom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/read/pixel_decoder.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "dicom/read/sample_rules.h"
#include "tests/dicom/sample_series.h"

namespace spineseg::dicom {
namespace pixel_decoder_test {

using namespace testing;

class Lossless : public ::testing::TestWithParam<const char*> {};

TEST_P(Lossless, DecodesToTheSameVoxels) {
    const Volume volume = random_volume(sagittal_geometry(31, 27, 6, 3), 17);
    Files files = sample_files(volume);
    for (auto& file : files.bytes)
        file = edited(
            file, [](DcmDataset&) {}, GetParam());
    EXPECT_EQ(read_good(files).volume.voxels, volume.voxels);
}

INSTANTIATE_TEST_SUITE_P(Syntaxes, Lossless,
                         ::testing::Values(UID_LittleEndianImplicitTransferSyntax,
                                           UID_LittleEndianExplicitTransferSyntax,
                                           UID_BigEndianExplicitTransferSyntax, UID_RLELosslessTransferSyntax,
                                           UID_JPEGProcess14TransferSyntax,
                                           UID_JPEGProcess14SV1TransferSyntax,
                                           UID_JPEGLSLosslessTransferSyntax));

TEST(TransferSyntax, LossyImagesAreClose) {
    const Geometry geometry = sagittal_geometry(64, 48, 6);
    Volume volume{geometry, std::vector<float>(geometry.voxel_count())};
    for (std::size_t i = 0; i < volume.voxels.size(); ++i)
        volume.voxels[i] = static_cast<float>(i % 64 * 2 + i / 64 % 48);  // smooth, within 8 bits
    const auto eight_bits = [](DcmDataset& dataset, int) {
        const Uint16* words = nullptr;
        unsigned long count = 0;
        dataset.findAndGetUint16Array(DCM_PixelData, words, &count);
        const std::vector<Uint8> cells(words, words + count);
        dataset.putAndInsertUint16(DCM_BitsAllocated, 8);
        dataset.putAndInsertUint16(DCM_BitsStored, 8);
        dataset.putAndInsertUint16(DCM_HighBit, 7);
        dataset.putAndInsertUint8Array(DcmTag(DCM_PixelData, EVR_OB), cells.data(), cells.size());
    };
    const Files eight = sample_files(volume, {}, eight_bits), twelve = sample_files(volume);
    for (const auto& [files, syntax] : {std::pair{eight, UID_JPEGProcess1TransferSyntax},
                                        std::pair{twelve, UID_JPEGProcess2_4TransferSyntax},
                                        std::pair{twelve, UID_JPEGLSLossyTransferSyntax}}) {
        Files lossy = files;
        for (auto& file : lossy.bytes)
            file = edited(
                file, [](DcmDataset&) {}, syntax);
        const Series series = read_good(lossy);
        double largest = 0;
        for (std::size_t i = 0; i < volume.voxels.size(); ++i)
            largest = std::max<double>(largest, std::abs(series.volume.voxels[i] - volume.voxels[i]));
        EXPECT_LT(largest, 8) << syntax;
    }
}

std::vector<float> values(PixelFormat format, std::vector<std::uint16_t> cells, double slope = 1,
                          double intercept = 0) {
    format.rows = 1;
    format.columns = static_cast<int>(cells.size());
    std::vector<float> out(cells.size());
    StoredPixels(std::move(cells)).frame_values(format, {}, 0, slope, out);
    for (float& value : out) value += static_cast<float>(intercept);
    return out;
}

TEST(StoredPixels, BitsAboveHighBitAreNoPartOfTheValue) {
    PixelFormat format;
    format.bits_stored = 12;
    format.high_bit = 11;
    EXPECT_EQ(values(format, {0xf123, 0x0fff, 0x8000}), (std::vector<float>{0x123, 4095, 0}));
    format.is_signed = true;
    EXPECT_EQ(values(format, {0xffff, 0x07ff, 0x0800}), (std::vector<float>{-1, 2047, -2048}));
}

TEST(StoredPixels, ValuesMayStandAboveTheLowestBit) {
    PixelFormat format;
    format.bits_stored = 12;
    format.high_bit = 15;
    EXPECT_EQ(values(format, {0x123f, 0xfff0}), (std::vector<float>{0x123, 4095}));
}

TEST(StoredPixels, Monochrome1IsTurnedRoundBeforeTheRescale) {
    PixelFormat format;
    format.bits_stored = 12;
    format.high_bit = 11;
    format.inverted = true;
    EXPECT_EQ(values(format, {0, 4095, 1}, 2, 10), (std::vector<float>{8200, 10, 8198}));
    format.is_signed = true;
    EXPECT_EQ(values(format, {0x07ff, 0x0800}), (std::vector<float>{-2048, 2047}));
}

TEST(PixelDecoder, EightBitImagesAreRead) {
    const Geometry geometry = sagittal_geometry(9, 7, 6);
    const Files files = sample_files(random_volume(geometry, 4), {}, [](DcmDataset& dataset, int slice) {
        std::vector<Uint8> cells(63);
        for (std::size_t i = 0; i < cells.size(); ++i)
            cells[i] = static_cast<Uint8>(200 + i + static_cast<std::size_t>(slice));
        dataset.putAndInsertUint16(DCM_BitsAllocated, 8);
        dataset.putAndInsertUint16(DCM_BitsStored, 8);
        dataset.putAndInsertUint16(DCM_HighBit, 7);
        const DcmTag tag(DCM_PixelData, EVR_OB);
        cells.push_back(0);  // even length
        dataset.putAndInsertUint8Array(tag, cells.data(), cells.size());
    });
    const Series series = read_good(files);
    EXPECT_EQ(series.volume.at(0, 0, 0), 200);
    EXPECT_EQ(series.volume.at(8, 6, 5), static_cast<float>((200 + 62 + 5) % 256));
}

/// Every stored word of a series passes through `change`.
Files with_words(const Volume& volume, const std::function<Uint16(Uint16)>& change,
                 const std::function<void(DcmDataset&)>& edit) {
    return sample_files(volume, {}, [&](DcmDataset& dataset, int) {
        const Uint16* words = nullptr;
        unsigned long count = 0;
        dataset.findAndGetUint16Array(DCM_PixelData, words, &count);
        std::vector<Uint16> changed(words, words + count);
        std::transform(changed.begin(), changed.end(), changed.begin(), change);
        dataset.putAndInsertUint16Array(DcmTag(DCM_PixelData, EVR_OW), changed.data(), changed.size());
        edit(dataset);
    });
}

TEST(PixelDecoder, OverlaysInTheHighBitsAreNoPartOfTheImage) {
    const Volume volume = random_volume(sagittal_geometry(9, 7, 6), 4);
    const Files files = with_words(
        volume, [](Uint16 word) { return static_cast<Uint16>(word | (word % 3 == 0 ? 0xf000 : 0x1000)); },
        [](DcmDataset& dataset) {
            dataset.putAndInsertUint16(DCM_BitsStored, 12);
            dataset.putAndInsertUint16(DCM_HighBit, 11);
            dataset.putAndInsertUint16(DcmTag(0x6000, 0x0010, EVR_US), 7);
            dataset.putAndInsertUint16(DcmTag(0x6000, 0x0011, EVR_US), 9);
            dataset.putAndInsertUint16(DcmTag(0x6000, 0x0100, EVR_US), 16);
            dataset.putAndInsertUint16(DcmTag(0x6000, 0x0102, EVR_US), 12);
        });
    EXPECT_EQ(read_good(files).volume.voxels, volume.voxels);
}

TEST(PixelDecoder, AMonochrome1SeriesComesOutBrightWhereItIsShownBright) {
    const Volume volume = random_volume(sagittal_geometry(9, 7, 6), 4);
    const Files files = with_words(
        volume, [](Uint16 word) { return static_cast<Uint16>(4095 - word); },
        [](DcmDataset& dataset) {
            dataset.putAndInsertUint16(DCM_BitsStored, 12);
            dataset.putAndInsertUint16(DCM_HighBit, 11);
            dataset.putAndInsertString(DCM_PhotometricInterpretation, "MONOCHROME1");
        });
    EXPECT_EQ(read_good(files).volume.voxels, volume.voxels);
}

TEST(PixelDecoder, RescaleOfEachSliceIsApplied) {
    const Geometry geometry = sagittal_geometry(9, 7, 6);
    const Volume volume = random_volume(geometry, 4);
    const Files files = sample_files(volume, {}, [](DcmDataset& dataset, int slice) {
        dataset.putAndInsertString(DCM_RescaleSlope, slice == 3 ? "2.5" : "1");
        dataset.putAndInsertString(DCM_RescaleIntercept, slice == 3 ? "-7" : "0");
    });
    const Series series = read_good(files);
    EXPECT_EQ(series.volume.at(4, 4, 3), volume.at(4, 4, 3) * 2.5F - 7);
    EXPECT_EQ(series.volume.at(4, 4, 2), volume.at(4, 4, 2));
}

}  // namespace pixel_decoder_test
}  // namespace spineseg::dicom

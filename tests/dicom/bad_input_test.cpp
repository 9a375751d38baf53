// SPDX-License-Identifier: GPL-3.0-or-later
/// What a series must not be: every kind of bad input is made here and must get its own name.

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <stdexcept>
#include <utility>

#include "dicom/read/series.h"
#include "tests/dicom/sample_series.h"

namespace spineseg::dicom {
namespace bad_input_test {

using namespace testing;

Error error_of(const Files& files, const ReadLimits& limits = {}) {
    const auto instances = files.instances();
    const auto series = read_series(instances, limits);
    return series ? Error{ErrorCode::internal, "was read"} : series.error();
}

Files good_files(int slices = 8) {
    return sample_files(random_volume(sagittal_geometry(16, 18, slices), 11));
}

/// A good series with one file changed by DCMTK.
Files with_edit(const std::function<void(DcmDataset&)>& edit, std::size_t index = 3) {
    Files files = good_files();
    files.bytes[index] = edited(files.bytes[index], edit);
    return files;
}

void expect(const Files& files, ErrorCode code) {
    const Error error = error_of(files);
    EXPECT_EQ(to_string(error.code), to_string(code)) << error.detail;
    EXPECT_EQ(fate_of(error.code), JobFate::reject);
    EXPECT_FALSE(error.detail.empty());
}

TEST(BadInput, NothingAtAllIsNotDicom) {
    expect({}, ErrorCode::not_dicom);
}

TEST(BadInput, ATextFileAmongTheImagesIsNotDicom) {
    Files files = good_files();
    files.names.push_back("notes.txt");
    files.bytes.push_back(std::vector<std::uint8_t>(500, 'x'));
    expect(files, ErrorCode::not_dicom);
    EXPECT_NE(error_of(files).detail.find("notes.txt"), std::string::npos);
}

TEST(BadInput, AFileCutAnywhereIsNeverRead) {
    const Files good = good_files(6);
    for (std::size_t length = 0; length < good.bytes[2].size(); length += 7) {
        Files files = good;
        files.bytes[2].resize(length);
        const Error error = error_of(files);
        ASSERT_EQ(fate_of(error.code), JobFate::reject) << length << " " << error.describe();
        ASSERT_NE(error.code, ErrorCode::internal) << length;
    }
}

TEST(BadInput, OneFileCutInItsPixelDataIsTruncatedAndNamed) {
    Files files = good_files();
    files.bytes[5].resize(files.bytes[5].size() - 100);
    expect(files, ErrorCode::truncated_file);
    EXPECT_NE(error_of(files).detail.find(files.names[5]), std::string::npos);
}

TEST(BadInput, AHeaderThatPromisesMorePixelsThanThereAreIsTruncated) {
    expect(with_edit([](DcmDataset& d) { d.putAndInsertUint16(DCM_Rows, 60000); }),
           ErrorCode::truncated_file);
    expect(with_edit([](DcmDataset& d) { d.findAndDeleteElement(DCM_PixelData); }),
           ErrorCode::truncated_file);
}

TEST(BadInput, CompressedDataCutShortIsTruncated) {
    for (const char* syntax : {UID_RLELosslessTransferSyntax, UID_JPEGProcess14SV1TransferSyntax,
                               UID_JPEGLSLosslessTransferSyntax}) {
        Files files = good_files();
        files.bytes[1] = edited(
            files.bytes[1], [](DcmDataset&) {}, syntax);
        files.bytes[1].resize(files.bytes[1].size() - 200);
        expect(files, ErrorCode::truncated_file);
    }
}

TEST(BadInput, AnUnknownOrUndecodableTransferSyntaxIsNamed) {
    Files files = good_files();
    const std::string from = UID_LittleEndianExplicitTransferSyntax;
    const std::string htj2k = "1.2.840.10008.1.2.4.201";  // High-Throughput JPEG 2000
    auto& bytes = files.bytes[0];
    const auto at = std::search(bytes.begin(), bytes.end(), from.begin(), from.end());
    ASSERT_NE(at, bytes.end());
    // The meta header's group length grows with the longer UID.
    const auto begin = at - bytes.begin();
    const auto old_length = static_cast<std::uint16_t>(bytes[static_cast<std::size_t>(begin) - 2]);
    std::string padded = htj2k + std::string(1, '\0');
    bytes[static_cast<std::size_t>(begin) - 2] = static_cast<std::uint8_t>(padded.size());
    bytes.erase(at, at + old_length);
    bytes.insert(bytes.begin() + begin, padded.begin(), padded.end());
    bytes[140] = static_cast<std::uint8_t>(bytes[140] + padded.size() - old_length);
    expect(files, ErrorCode::unsupported_transfer_syntax);
    EXPECT_NE(error_of(files).detail.find(htj2k), std::string::npos);
}

TEST(BadInput, AnotherSopClassIsNamed) {
    expect(with_edit([](DcmDataset& d) { d.putAndInsertString(DCM_SOPClassUID, UID_CTImageStorage); }),
           ErrorCode::unsupported_sop_class);
    expect(with_edit([](DcmDataset& d) { d.putAndInsertString(DCM_SOPClassUID, UID_CTImageStorage); }, 0),
           ErrorCode::unsupported_sop_class);
}

TEST(BadInput, ColourAndOddDepthsAreUnsupportedPixels) {
    const auto code = ErrorCode::unsupported_pixel_format;
    expect(with_edit([](DcmDataset& d) { d.putAndInsertString(DCM_PhotometricInterpretation, "RGB"); }),
           code);
    expect(with_edit([](DcmDataset& d) { d.putAndInsertUint16(DCM_SamplesPerPixel, 3); }), code);
    expect(with_edit([](DcmDataset& d) { d.putAndInsertUint16(DCM_BitsAllocated, 32); }), code);
    expect(with_edit([](DcmDataset& d) { d.putAndInsertUint16(DCM_BitsStored, 17); }), code);
    expect(with_edit([](DcmDataset& d) { d.putAndInsertUint16(DCM_HighBit, 3); }), code);
    expect(with_edit([](DcmDataset& d) { d.putAndInsertString(DCM_NumberOfFrames, "0"); }), code);
    expect(with_edit([](DcmDataset& d) { d.putAndInsertString(DCM_NumberOfFrames, "99999999"); }), code);
}

TEST(BadInput, MissingGeometryIsAMissingAttribute) {
    for (const auto& tag : {DCM_ImagePositionPatient, DCM_ImageOrientationPatient, DCM_PixelSpacing,
                            DCM_FrameOfReferenceUID, DCM_SeriesInstanceUID, DCM_Rows})
        expect(with_edit([&](DcmDataset& d) { d.findAndDeleteElement(tag); }), ErrorCode::missing_attribute);
    expect(with_edit([](DcmDataset& d) { d.putAndInsertString(DCM_ImagePositionPatient, "1\\2"); }),
           ErrorCode::missing_attribute);
    expect(with_edit([](DcmDataset& d) { d.putAndInsertString(DCM_PixelSpacing, "0,5\\0,5"); }),
           ErrorCode::missing_attribute);
    expect(with_edit([](DcmDataset& d) {
               d.putAndInsertString(DCM_ImageOrientationPatient, "nan\\0\\0\\0\\1\\0");
           }),
           ErrorCode::missing_attribute);
}

TEST(BadInput, MixedStudiesSeriesOrFramesOfReferenceAreInconsistent) {
    for (const auto& tag : {DCM_StudyInstanceUID, DCM_SeriesInstanceUID, DCM_FrameOfReferenceUID})
        expect(with_edit([&](DcmDataset& d) { d.putAndInsertString(tag, "1.2.3"); }),
               ErrorCode::inconsistent_series);
    Files files = good_files();
    files.names.push_back("again.dcm");
    files.bytes.push_back(files.bytes[2]);
    expect(files, ErrorCode::inconsistent_series);
}

TEST(BadInput, ASliceTurnedRoundIsMissingFromItsStack) {
    expect(with_edit(
               [](DcmDataset& d) { d.putAndInsertString(DCM_ImageOrientationPatient, "1\\0\\0\\0\\1\\0"); }),
           ErrorCode::missing_slices);
}

TEST(BadInput, PlanesOfWhichNoneIsSagittalAreSeveralOrientations) {
    Files files = good_files();
    for (std::size_t i = 0; i < files.bytes.size(); ++i)
        files.bytes[i] = edited(files.bytes[i], [&](DcmDataset& d) {
            d.putAndInsertString(DCM_ImageOrientationPatient,
                                 i % 2 == 0 ? "1\\0\\0\\0\\1\\0" : "1\\0\\0\\0\\0\\-1");
        });
    expect(files, ErrorCode::multiple_orientations);
}

TEST(BadInput, PhasesOfADynamicSeriesAreSeveralStacks) {
    Files files = good_files();
    for (auto& bytes : files.bytes)
        bytes =
            edited(bytes, [](DcmDataset& d) { d.putAndInsertString(DCM_TemporalPositionIdentifier, "1"); });
    const Files later =
        sample_files(random_volume(sagittal_geometry(16, 18, 8), 12), {}, [](DcmDataset& d, int slice) {
            d.putAndInsertString(DCM_TemporalPositionIdentifier, "2");
            d.putAndInsertString(DCM_SOPInstanceUID, ("1.2.4." + std::to_string(slice)).c_str());
        });
    files.names.insert(files.names.end(), later.names.begin(), later.names.end());
    files.bytes.insert(files.bytes.end(), later.bytes.begin(), later.bytes.end());
    expect(files, ErrorCode::multiple_stacks);
}

TEST(BadInput, AMissingSliceIsNamed) {
    Files files = good_files();
    files.bytes.erase(files.bytes.begin() + 3);
    files.names.erase(files.names.begin() + 3);
    expect(files, ErrorCode::missing_slices);
}

TEST(BadInput, ASeriesOfOneSliceHasTooFew) {
    Files files = good_files();
    files.bytes.resize(1);
    files.names.resize(1);
    expect(files, ErrorCode::too_few_slices);
}

TEST(BadInput, AnInfiniteRescaleIsNonFinite) {
    for (const char* slope : {"0", "1e300", "inf", "x"})
        expect(with_edit([&](DcmDataset& d) { d.putAndInsertString(DCM_RescaleSlope, slope); }),
               ErrorCode::non_finite_pixels);
}

TEST(BadInput, LimitsAreKept) {
    ReadLimits limits;
    limits.max_instances = 7;
    EXPECT_EQ(error_of(good_files(8), limits).code, ErrorCode::geometry_out_of_range);
    limits = {};
    limits.max_voxels = 16 * 18 * 7;
    EXPECT_EQ(error_of(good_files(8), limits).code, ErrorCode::geometry_out_of_range);
}

// A million empty items in a file of 8 MB took 235 MiB, and 25 such files, each within its own limit, ended the worker.
TEST(BadInput, ElementsAndItemsAreCountedOverAllInstances) {
    const Files files =
        sample_files(random_volume(sagittal_geometry(16, 18, 8), 11), {}, [](DcmDataset& d, int) {
            DcmItem* item = nullptr;
            for (int i = 0; i < 100; ++i) d.findOrCreateSequenceItem(DCM_ReferencedImageSequence, item, -2);
        });
    ReadLimits limits;
    limits.max_elements = 8 * 300;
    ASSERT_EQ(error_of(files, limits).detail, "was read");
    limits.max_elements = 400;
    const Error error = error_of(files, limits);
    EXPECT_EQ(error.code, ErrorCode::not_dicom);
    EXPECT_NE(error.detail.find("too many elements"), std::string::npos) << error.detail;
}

/// The series in RLE, with other rows and columns in its headers than its pixels have.
Files rle_files_that_say(std::uint16_t rows, std::uint16_t columns) {
    Files files = good_files();
    for (auto& bytes : files.bytes) {
        bytes = edited(
            bytes, [](DcmDataset&) {}, UID_RLELosslessTransferSyntax);
        for (const auto& [element, value] : {std::pair{0x10, rows}, std::pair{0x11, columns}}) {
            const std::vector<std::uint8_t> header{0x28, 0, static_cast<std::uint8_t>(element), 0, 'U', 'S',
                                                   2,    0};
            const auto at = std::search(bytes.begin(), bytes.end(), header.begin(), header.end());
            if (at == bytes.end()) throw std::runtime_error("no such element");
            at[8] = static_cast<std::uint8_t>(value & 0xff);
            at[9] = static_cast<std::uint8_t>(value >> 8);
        }
    }
    return files;
}

// RLE of 8000 × 8000 was decoded before the limit of 4096 was read: 3.1 GiB.
TEST(BadInput, TheSizeOfCompressedPixelsIsCheckedBeforeTheyAreDecoded) {
    // Decoding it would find that the pixels are fewer.
    expect(rle_files_that_say(1000, 1000), ErrorCode::truncated_file);
    const Files large = rle_files_that_say(8000, 8000);
    expect(large, ErrorCode::geometry_out_of_range);
    EXPECT_NE(error_of(large).detail.find("8000 rows"), std::string::npos);
    expect(rle_files_that_say(4096, 4097), ErrorCode::geometry_out_of_range);
    // Each within the limit, together 8 x 16.8 million voxels.
    const Files many = rle_files_that_say(4096, 4096);
    expect(many, ErrorCode::truncated_file);
    ReadLimits limits;
    limits.max_decoded_voxels = std::size_t{8} * 4096 * 4096 - 1;
    EXPECT_EQ(error_of(many, limits).code, ErrorCode::geometry_out_of_range);
}

TEST(BadInput, AMissingFolderIsNotFound) {
    EXPECT_EQ(read_series("/nonexistent/folder").error().code, ErrorCode::file_not_found);
}

}  // namespace bad_input_test
}  // namespace spineseg::dicom

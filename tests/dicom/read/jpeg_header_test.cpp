// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/read/jpeg_header.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/dicom/sample_series.h"

namespace spineseg::dicom {
namespace jpeg_header_test {

using namespace testing;

using Bytes = std::vector<std::uint8_t>;

const Bytes kComment = {0xff, 0xfe, 0x00, 0x04, 'h', 'i'};
const Bytes kFrame = {0xff, 0xc3, 0x00, 0x0b, 12, 0x01, 0x02, 0x00, 0x40, 1, 1, 0x11, 0};

Bytes stream(std::initializer_list<Bytes> segments) {
    Bytes bytes = {0xff, 0xd8};
    for (const auto& segment : segments) bytes.insert(bytes.end(), segment.begin(), segment.end());
    return bytes;
}

TEST(JpegHeader, FindsTheFrameHeaderBehindOtherSegments) {
    const auto header = read_jpeg_header(stream({kComment, kComment, kFrame}));
    ASSERT_TRUE(header);
    EXPECT_EQ(header->precision, 12);
    EXPECT_EQ(header->rows, 0x102);
    EXPECT_EQ(header->columns, 0x40);
    EXPECT_EQ(header->components, 1);
}

TEST(JpegHeader, RefusesWhatIsNoSoundHeader) {
    EXPECT_FALSE(read_jpeg_header({}));
    EXPECT_FALSE(read_jpeg_header(kFrame));
    EXPECT_FALSE(read_jpeg_header(stream({})));
    EXPECT_FALSE(read_jpeg_header(stream({{0xff, 0xfe, 0x00, 0x01}, kFrame})));
    EXPECT_FALSE(read_jpeg_header(stream({{0xff, 0xfe, 0xff, 0xff}, kFrame})));
    EXPECT_FALSE(read_jpeg_header(stream({{0xff, 0xc2, 0x00, 0x0b}, kFrame})));  // progressive
    const Bytes good = stream({kComment, kFrame});
    for (std::size_t length = 0; length < good.size(); ++length)
        EXPECT_FALSE(read_jpeg_header(std::span(good).first(length))) << length;
}

TEST(JpegHeader, ATemMarkerIsRefusedInsteadOfReadForEver) {
    // Symptom: one flipped byte in a JPEG series kept the reader busy until the process was killed.
    Files files = sample_files(random_volume(sagittal_geometry(16, 18, 6), 1));
    for (auto& bytes : files.bytes)
        bytes = edited(
            bytes, [](DcmDataset&) {}, UID_JPEGProcess14SV1TransferSyntax);
    auto& bytes = files.bytes[0];
    const Bytes start = {0xff, 0xd8, 0xff};
    const auto at = std::search(bytes.begin(), bytes.end(), start.begin(), start.end());
    ASSERT_NE(at, bytes.end());
    at[3] = 0x01;
    const auto instances = files.instances();
    EXPECT_EQ(read_series(instances).error().code, ErrorCode::truncated_file);
}

}  // namespace jpeg_header_test
}  // namespace spineseg::dicom

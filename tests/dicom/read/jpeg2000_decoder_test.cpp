// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/read/jpeg2000_decoder.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/dicom/sample_jpeg2000.h"

namespace spineseg::dicom {
namespace jpeg2000_decoder_test {

using namespace testing;

TEST(Jpeg2000Decoder, ASeriesDecodesToTheSameVoxels) {
    const Volume volume = random_volume(sagittal_geometry(33, 41, 6), 8);
    EXPECT_EQ(read_good(jpeg2000_files(volume, false)).volume.voxels, volume.voxels);
    const Volume negative = random_volume(sagittal_geometry(33, 41, 6), 8, true);
    EXPECT_EQ(read_good(jpeg2000_files(negative, true)).volume.voxels, negative.voxels);
}

TEST(Jpeg2000Decoder, AShortenedStreamIsTruncated) {
    const Files files = jpeg2000_files(random_volume(sagittal_geometry(33, 41, 6), 8), false, 400);
    const auto instances = files.instances();
    const auto series = read_series(instances);
    ASSERT_FALSE(series);
    EXPECT_EQ(series.error().code, ErrorCode::truncated_file) << series.error().detail;
}

TEST(Jpeg2000Decoder, AnotherSizeThanTheHeaderSaysIsRefusedBeforeDecoding) {
    const auto stream = jpeg2000_stream(std::vector<std::int32_t>(30 * 20), 30, 20, false);
    std::vector<std::uint16_t> out(30 * 20);
    EXPECT_TRUE(decode_jpeg2000_frame(stream, 30, 20, out));
    EXPECT_FALSE(decode_jpeg2000_frame(stream, 20, 30, out));
    EXPECT_FALSE(decode_jpeg2000_frame(stream, 31, 20, out));
}

TEST(Jpeg2000Decoder, DamagedStreamsAreRefused) {
    const auto stream = jpeg2000_stream(std::vector<std::int32_t>(30 * 20, 7), 30, 20, false);
    std::vector<std::uint16_t> out(30 * 20);
    for (std::size_t length = 0; length < stream.size() / 2; ++length) {
        const std::vector<std::uint8_t> cut(stream.begin(),
                                            stream.begin() + static_cast<std::ptrdiff_t>(length));
        EXPECT_FALSE(decode_jpeg2000_frame(cut, 30, 20, out)) << length;
    }
}

}  // namespace jpeg2000_decoder_test
}  // namespace spineseg::dicom

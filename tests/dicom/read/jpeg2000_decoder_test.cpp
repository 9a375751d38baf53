// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/read/jpeg2000_decoder.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dctk.h>
#include <gtest/gtest.h>
#include <openjpeg.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "tests/dicom/sample_series.h"

namespace spineseg::dicom {
namespace jpeg2000_decoder_test {

using namespace testing;

/// Lossless, by OpenJPEG's encoder.
std::vector<std::uint8_t> encoded(const std::vector<std::int32_t>& samples, unsigned columns, unsigned rows,
                                  bool is_signed) {
    opj_image_cmptparm_t component{};
    component.dx = component.dy = 1;
    component.w = columns;
    component.h = rows;
    component.prec = 16;
    component.sgnd = is_signed;
    opj_image_t* image = opj_image_create(1, &component, OPJ_CLRSPC_GRAY);
    image->x1 = columns;
    image->y1 = rows;
    std::copy(samples.begin(), samples.end(), image->comps[0].data);
    opj_cparameters_t parameters;
    opj_set_default_encoder_parameters(&parameters);
    parameters.tcp_numlayers = 1;
    parameters.cp_disto_alloc = 1;
    parameters.numresolution = 3;
    opj_codec_t* codec = opj_create_compress(OPJ_CODEC_J2K);
    const TemporaryFolder folder;
    const auto file = folder.path() / "image.j2k";
    opj_stream_t* stream = opj_stream_create_default_file_stream(file.c_str(), OPJ_FALSE);
    EXPECT_TRUE(opj_setup_encoder(codec, &parameters, image) && opj_start_compress(codec, image, stream) &&
                opj_encode(codec, stream) && opj_end_compress(codec, stream));
    opj_stream_destroy(stream);
    opj_destroy_codec(codec);
    opj_image_destroy(image);
    return read_bytes(file);
}

std::vector<std::int32_t> slice_of(const Volume& volume, int slice) {
    const auto count = static_cast<std::ptrdiff_t>(volume.geometry.slice_voxel_count());
    return {volume.voxels.begin() + count * slice, volume.voxels.begin() + count * (slice + 1)};
}

/// A series whose slices are JPEG 2000; `cut` bytes are missing from the code stream of slice 2.
Files jpeg2000_files(const Volume& volume, bool is_signed, std::size_t cut = 0) {
    Files files = sample_files(volume);
    for (int slice = 0; slice < volume.geometry.slices; ++slice) {
        DcmFileFormat format;
        const TemporaryFolder folder;
        const auto path = folder.path() / "slice.dcm";
        write_bytes(path, files.bytes[static_cast<std::size_t>(slice)]);
        EXPECT_TRUE(format.loadFile(path.c_str()).good());
        auto stream = encoded(slice_of(volume, slice), static_cast<unsigned>(volume.geometry.columns),
                              static_cast<unsigned>(volume.geometry.rows), is_signed);
        if (slice == 2) stream.resize(stream.size() - cut);
        auto* sequence = new DcmPixelSequence(DCM_PixelSequenceTag);
        sequence->insert(new DcmPixelItem(DCM_PixelItemTag));
        DcmOffsetList offsets;
        sequence->storeCompressedFrame(offsets, stream.data(), static_cast<Uint32>(stream.size()), 0);
        auto* pixels = new DcmPixelData(DCM_PixelData);
        pixels->putOriginalRepresentation(EXS_JPEG2000LosslessOnly, nullptr, sequence);
        EXPECT_TRUE(format.getDataset()->insert(pixels, OFTrue).good());
        EXPECT_TRUE(format.saveFile(path.c_str(), EXS_JPEG2000LosslessOnly).good());
        files.bytes[static_cast<std::size_t>(slice)] = read_bytes(path);
    }
    return files;
}

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
    const auto stream = encoded(std::vector<std::int32_t>(30 * 20), 30, 20, false);
    std::vector<std::uint16_t> out(30 * 20);
    EXPECT_TRUE(decode_jpeg2000_frame(stream, 30, 20, out));
    EXPECT_FALSE(decode_jpeg2000_frame(stream, 20, 30, out));
    EXPECT_FALSE(decode_jpeg2000_frame(stream, 31, 20, out));
}

TEST(Jpeg2000Decoder, DamagedStreamsAreRefused) {
    const auto stream = encoded(std::vector<std::int32_t>(30 * 20, 7), 30, 20, false);
    std::vector<std::uint16_t> out(30 * 20);
    for (std::size_t length = 0; length < stream.size() / 2; ++length) {
        const std::vector<std::uint8_t> cut(stream.begin(),
                                            stream.begin() + static_cast<std::ptrdiff_t>(length));
        EXPECT_FALSE(decode_jpeg2000_frame(cut, 30, 20, out)) << length;
    }
}

}  // namespace jpeg2000_decoder_test
}  // namespace spineseg::dicom

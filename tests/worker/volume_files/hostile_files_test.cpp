// SPDX-License-Identifier: GPL-3.0-or-later
/// Headers that lie, files that end early, and many random ones: each is refused with its reason or read, and
/// none allocates more than its own size can justify.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <random>

#include "tests/worker/volume_files/allocation_meter.h"
#include "tests/worker/volume_files/scratch_folder.h"
#include "worker/volume_files/byte_stream.h"
#include "worker/volume_files/metaimage.h"
#include "worker/volume_files/nifti.h"
#include "worker/volume_files/volume_file.h"

namespace spineseg {
namespace hostile_files_test {

using ::testing::HasSubstr;

std::span<const std::byte> bytes_of(const std::string& text) {
    return std::as_bytes(std::span(text));
}

const std::string kHeader =
    "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = "
    "False\n"
    "TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\nElementSpacing = 1 1 1\nDimSize = 2 2 2\n"
    "ElementType = MET_SHORT\nElementDataFile = LOCAL\n";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

std::string reason(const Result<Volume>& result) {
    return result ? "it was read" : result.error().describe();
}

std::string refusal(const std::string& file) {
    return reason(decode_metaimage(bytes_of(file)));
}

TEST(HostileMetaImage, TheFileThatTheOtherTestsDamageIsReadable) {
    const auto volume =
        decode_metaimage(bytes_of(kHeader + std::string("\x01\x00\xff\xff", 4) + std::string(12, '\0')));
    ASSERT_TRUE(volume) << volume.error().describe();
    EXPECT_EQ(volume->voxels, (std::vector<float>{1, -1, 0, 0, 0, 0, 0, 0}));
}

TEST(HostileMetaImage, BigEndianVoxelsAreTurnedRound) {
    const auto volume = decode_metaimage(bytes_of(replaced(kHeader, "MSB = False", "MSB = True") +
                                                  std::string("\x01\x02", 2) + std::string(14, '\0')));
    ASSERT_TRUE(volume) << volume.error().describe();
    EXPECT_EQ(volume->voxels[0], 258.0F);
}

TEST(HostileMetaImage, EveryElementTypeHasItsWidth) {
    const std::vector<std::pair<std::string, std::size_t>> types{
        {"MET_CHAR", 1},      {"MET_UCHAR", 1},      {"MET_SHORT", 2}, {"MET_USHORT", 2},
        {"MET_INT", 4},       {"MET_UINT", 4},       {"MET_LONG", 4},  {"MET_ULONG", 4},
        {"MET_LONG_LONG", 8}, {"MET_ULONG_LONG", 8}, {"MET_FLOAT", 4}, {"MET_DOUBLE", 8}};
    for (const auto& [type, width] : types) {
        const auto header = replaced(kHeader, "MET_SHORT", type);
        EXPECT_EQ(refusal(header + std::string(8 * width, '\0')), "it was read") << type;
        EXPECT_THAT(refusal(header + std::string(8 * width - 1, '\0')), HasSubstr("too short")) << type;
        EXPECT_THAT(refusal(header + std::string(8 * width + 1, '\0')), HasSubstr("more voxel data")) << type;
    }
}

TEST(HostileMetaImage, EachLieIsNamed) {
    const std::string voxels(16, '\0');
    const std::vector<std::array<std::string, 3>> lies{
        {"DimSize = 2 2 2", "DimSize = 2 2 0", "size of 0"},
        {"DimSize = 2 2 2", "DimSize = 2 2 -2", "size of -2"},
        {"DimSize = 2 2 2", "DimSize = 2 2", "not 3 numbers"},
        {"DimSize = 2 2 2", "DimSize = 2 2 2x", "not 3 numbers"},
        {"DimSize = 2 2 2", "DimSize = 8192 8192 8192", "more than"},
        {"DimSize = 2 2 2", "DimSize = 99999999999999999999 2 2", "not 3 numbers"},
        {"DimSize = 2 2 2", "DimSize = 512 512 512", "too short"},
        {"NDims = 3", "NDims = 2", "NDims"},
        {"BinaryData = True", "BinaryData = False", "text"},
        {"BinaryData = True", "BinaryData = perhaps", "neither True nor False"},
        {"MET_SHORT", "MET_SHORT_ARRAY", "MET_SHORT_ARRAY"},
        {"= LOCAL", "= /etc/passwd", "another file"},
        {"= LOCAL", "= LIST", "another file"},
        {"1 0 0 0 1 0 0 0 1", "1 0 0 0 1 0 0 0.5 1", "length"},
        {"1 0 0 0 1 0 0 0 1", "1 0 0 1 0 0 0 0 1", "right angles"},
        {"1 0 0 0 1 0 0 0 1", "0 0 0 0 0 0 0 0 0", "length"},
        {"1 0 0 0 1 0 0 0 1", "nan 0 0 0 1 0 0 0 1", "length"},
        {"ElementSpacing = 1 1 1", "ElementSpacing = 1 0 1", "spacing"},
        {"ElementSpacing = 1 1 1", "ElementSpacing = 1 inf 1", "spacing"},
        {"ElementSpacing = 1 1 1", "ElementSpacing = 1 -1 1", "spacing"},
        {"Offset = 0 0 0", "Offset = 0 nan 0", "origin"},
        {"Offset = 0 0 0", "Offset = 0 0 0\nOffset = 1 0 0", "twice"},
        {"Offset = 0 0 0", "HeaderSize = 100000", "HeaderSize"},
        {"Offset = 0 0 0", "ElementNumberOfChannels = 3", "channel"},
        {"Offset = 0 0 0", "no equals sign", "no '='"}};
    for (const auto& [from, to, expected] : lies) {
        EXPECT_THAT(refusal(replaced(kHeader, from, to) + voxels), HasSubstr(expected)) << to;
    }
    EXPECT_THAT(refusal(""), HasSubstr("not a MetaImage"));
    EXPECT_THAT(refusal(std::string(100000, 'x')), HasSubstr("not a MetaImage"));
}

TEST(HostileMetaImage, CompressedDataAreHeldToTheirWord) {
    const std::string voxels(16, '\x07');
    const auto packed = deflate(bytes_of(voxels));
    const std::string body(reinterpret_cast<const char*>(packed.data()), packed.size());
    const auto header = [&](std::size_t size) {
        return replaced(kHeader, "CompressedData = False",
                        "CompressedData = True\nCompressedDataSize = " + std::to_string(size));
    };
    EXPECT_EQ(refusal(header(body.size()) + body), "it was read");
    EXPECT_EQ(refusal(header(0) + body), "it was read");
    EXPECT_THAT(refusal(header(body.size() + 1) + body), HasSubstr("CompressedDataSize"));
    EXPECT_THAT(refusal(header(body.size() - 1) + body), HasSubstr("CompressedDataSize"));
    EXPECT_THAT(refusal(header(0) + body.substr(0, body.size() - 5)), HasSubstr("too early"));
    EXPECT_THAT(refusal(header(0) + body.substr(0, 1)), HasSubstr("too early"));
    auto damaged = body;
    damaged.back() = static_cast<char>(damaged.back() ^ 1);
    EXPECT_THAT(refusal(header(0) + damaged), HasSubstr("damaged"));
    EXPECT_THAT(refusal(replaced(header(0), "DimSize = 2 2 2", "DimSize = 2 2 1") + body),
                HasSubstr("more voxel data"));
    EXPECT_THAT(refusal(replaced(header(0), "DimSize = 2 2 2", "DimSize = 2 2 3") + body),
                HasSubstr("too early"));
}

TEST(HostileMetaImage, AVoxelThatIsNotANumberIsRefused) {
    const auto header = replaced(kHeader, "MET_SHORT", "MET_FLOAT");
    const auto volume =
        decode_metaimage(bytes_of(header + std::string(28, '\0') + std::string("\x00\x00\xc0\x7f", 4)));
    ASSERT_FALSE(volume);
    EXPECT_EQ(volume.error().code, ErrorCode::non_finite_pixels);
}

TEST(HostileFiles, ATinyFileThatPromisesAHugeVolumeAllocatesLittle) {
    const std::string huge = replaced(kHeader, "DimSize = 2 2 2", "DimSize = 512 512 512");
    for (const auto* compressed : {"CompressedData = False", "CompressedData = True"}) {
        const auto file = replaced(huge, "CompressedData = False", compressed) + std::string(100, '\x78');
        reset_largest_allocation();
        EXPECT_FALSE(decode_metaimage(bytes_of(file)));
        EXPECT_LT(largest_allocation(), std::size_t{1} << 20);
    }
}

/// A NIfTI-1 header of 2 × 2 × 2 shorts, little-endian, placed by its sform.
std::string nifti_file() {
    std::string file(352 + 16, '\0');
    const auto put = [&]<typename T>(std::size_t offset, T value) {
        std::memcpy(file.data() + offset, &value, sizeof value);
    };
    put(0, std::int32_t{348});
    for (std::size_t i = 0; i < 8; ++i)
        put(40 + 2 * i, static_cast<std::int16_t>(i == 0 ? 3 : (i < 4 ? 2 : 1)));
    put(70, std::int16_t{4});
    put(72, std::int16_t{16});
    for (std::size_t i = 0; i < 4; ++i) put(76 + 4 * i, 1.0F);
    put(108, 352.0F);
    put(123, std::uint8_t{2});
    put(254, std::int16_t{1});
    for (std::size_t i = 0; i < 3; ++i) put(280 + 20 * i, 1.0F);
    std::memcpy(file.data() + 344, "n+1", 4);
    return file;
}

template <typename T>
std::string with(std::string file, std::size_t offset, T value) {
    std::memcpy(file.data() + offset, &value, sizeof value);
    return file;
}

std::string nifti_refusal(const std::string& file) {
    return reason(decode_nifti(bytes_of(file)));
}

TEST(HostileNifti, EachLieIsNamed) {
    EXPECT_EQ(nifti_refusal(nifti_file()), "it was read");
    EXPECT_THAT(nifti_refusal(""), HasSubstr("not a NIfTI"));
    EXPECT_THAT(nifti_refusal(with(nifti_file(), 0, 349)), HasSubstr("not a NIfTI"));
    EXPECT_THAT(nifti_refusal(nifti_file().substr(0, 200)), HasSubstr("too early"));
    EXPECT_THAT(nifti_refusal(with(nifti_file(), 344, 'x')), HasSubstr("voxels inside"));
    EXPECT_THAT(nifti_refusal(with(nifti_file(), 40, std::int16_t{2})), HasSubstr("dimensions"));
    EXPECT_THAT(nifti_refusal(with(with(nifti_file(), 40, std::int16_t{4}), 48, std::int16_t{5})),
                HasSubstr("one volume"));
    EXPECT_THAT(nifti_refusal(with(nifti_file(), 42, std::int16_t{-7})), HasSubstr("size of -7"));
    EXPECT_THAT(nifti_refusal(with(nifti_file(), 42, std::int16_t{3000})), HasSubstr("too short"));
    EXPECT_THAT(nifti_refusal(with(nifti_file(), 70, std::int16_t{128})), HasSubstr("datatype 128"));
    EXPECT_THAT(nifti_refusal(with(nifti_file(), 72, std::int16_t{8})), HasSubstr("bitpix"));
    EXPECT_THAT(nifti_refusal(with(nifti_file(), 108, -1.0F)), HasSubstr("offset"));
    EXPECT_THAT(nifti_refusal(with(nifti_file(), 108, 1e30F)), HasSubstr("offset"));
    EXPECT_THAT(nifti_refusal(with(nifti_file(), 254, std::int16_t{0})), HasSubstr("sform nor qform"));
    EXPECT_THAT(nifti_refusal(with(nifti_file(), 284, 0.5F)), HasSubstr("right angles"));
    EXPECT_THAT(nifti_refusal(with(nifti_file(), 280, 0.0F)), HasSubstr("not usable"));
    EXPECT_THAT(nifti_refusal(nifti_file() + "x"), HasSubstr("more voxel data"));
    EXPECT_THAT(nifti_refusal(nifti_file().substr(0, 360)), HasSubstr("too short"));
    const auto long_quaternion =
        with(with(with(nifti_file(), 254, std::int16_t{0}), 252, std::int16_t{1}), 256, 3.0F);
    EXPECT_THAT(nifti_refusal(long_quaternion), HasSubstr("quaternion"));
}

/// The file placed by a qform too: no turn, the origin at `x`.
std::string with_qform(std::string file, float x = 0.0F) {
    return with(with(std::move(file), 252, std::int16_t{1}), 268, x);
}

std::string with_steps(std::string file, float step) {
    for (std::size_t axis = 0; axis < 3; ++axis) file = with(file, 280 + 20 * axis, step);
    return file;
}

TEST(HostileNifti, AnSformOfAnotherSizeThanPixdimIsRefusedAndNotMeasured) {
    EXPECT_THAT(nifti_refusal(with_steps(nifti_file(), 1.2F)), HasSubstr("sform and pixdim disagree"));
    EXPECT_THAT(nifti_refusal(with_qform(with_steps(nifti_file(), 1.2F))),
                HasSubstr("1.2 x 1.2 x 1.2 and 1 x 1 x 1"));
    EXPECT_THAT(nifti_refusal(with(nifti_file(), 88, 1.02F)), HasSubstr("sform and pixdim disagree"))
        << "the distance of slices alone";
    EXPECT_EQ(nifti_refusal(with(nifti_file(), 80, 1.0004F)), "it was read") << "rounding";
    EXPECT_EQ(nifti_refusal(with(with(with(nifti_file(), 80, 0.0F), 84, 0.0F), 88, 0.0F)), "it was read")
        << "pixdim states nothing";
}

TEST(HostileNifti, AnSformThatTurnsOrShiftsTheQformIsRefused) {
    EXPECT_EQ(nifti_refusal(with_qform(nifti_file())), "it was read");
    EXPECT_THAT(nifti_refusal(with_qform(with(nifti_file(), 280, -1.0F))), HasSubstr("direction of axis 1"))
        << "left and right exchanged";
    EXPECT_THAT(nifti_refusal(with(with_qform(nifti_file()), 264, 0.1F)), HasSubstr("direction of axis 1"))
        << "11 degrees about the third axis";
    EXPECT_THAT(nifti_refusal(with_qform(nifti_file(), 5.0F)), HasSubstr("place"));
    EXPECT_EQ(nifti_refusal(with_qform(nifti_file(), 0.01F)), "it was read");
    EXPECT_THAT(nifti_refusal(with(with_qform(nifti_file()), 256, 3.0F)), HasSubstr("quaternion"));
}

TEST(HostileMetaImage, WithoutElementSpacingTheSizeIsNotTakenForOneMillimetre) {
    const std::string voxels(16, '\0');
    EXPECT_THAT(refusal(replaced(kHeader, "ElementSpacing = 1 1 1\n", "") + voxels),
                HasSubstr("no ElementSpacing"));
    EXPECT_EQ(refusal(replaced(kHeader, "ElementSpacing", "ElementSize") + voxels), "it was read");
}

/// Every file that damage can make out of a good one is read or refused; what it allocates stays near its own
/// size.
void expect_survival(const std::string& good, Result<Volume> (*decode)(std::span<const std::byte>)) {
    std::mt19937_64 random(20261122);
    int refused = 0;
    for (int round = 0; round < 20000; ++round) {
        std::string file = good;
        const auto changes = 1 + random() % 4;
        for (std::uint64_t i = 0; i < changes; ++i)
            file[random() % file.size()] = static_cast<char>(random());
        if (random() % 4 == 0) file.resize(random() % file.size());
        reset_largest_allocation();
        const auto volume = decode(bytes_of(file));
        EXPECT_LE(largest_allocation(), 4 * 1032 * (file.size() + 64));
        if (volume) {
            EXPECT_EQ(volume->voxels.size(), volume->geometry.voxel_count());
        } else {
            ++refused;
            EXPECT_FALSE(volume.error().detail.empty());
        }
    }
    EXPECT_GT(refused, 1000);
}

TEST(HostileFiles, DamagedMetaImagesAreReadOrRefused) {
    expect_survival(kHeader + std::string(16, '\x05'), decode_metaimage);
}

TEST(HostileFiles, DamagedCompressedMetaImagesAreReadOrRefused) {
    const auto packed = deflate(bytes_of(std::string(16, '\x05')));
    expect_survival(replaced(kHeader, "CompressedData = False", "CompressedData = True") +
                        std::string(reinterpret_cast<const char*>(packed.data()), packed.size()),
                    decode_metaimage);
}

TEST(HostileFiles, DamagedNiftiFilesAreReadOrRefused) {
    expect_survival(nifti_file(), decode_nifti);
}

}  // namespace hostile_files_test
}  // namespace spineseg

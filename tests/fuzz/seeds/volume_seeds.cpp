// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/seeds/seeds.h"

#include <span>

#include "worker/volume_files/byte_stream.h"
#include "worker/volume_files/metaimage.h"

namespace spineseg::fuzz {
namespace seeds {

namespace {

/// 2 x 2 x 2 shorts, placed by both forms.
std::string nifti1() {
    std::string file(352 + 16, '\0');
    put(file, 0, std::int32_t{348});
    for (std::size_t i = 0; i < 8; ++i)
        put(file, 40 + 2 * i, static_cast<std::int16_t>(i == 0 ? 3 : i < 4 ? 2 : 1));
    put(file, 70, std::int16_t{4});
    put(file, 72, std::int16_t{16});
    for (std::size_t i = 0; i < 4; ++i) put(file, 76 + 4 * i, 1.0F);
    put(file, 108, 352.0F);
    put(file, 112, 2.0F);
    put(file, 123, std::uint8_t{2});
    put(file, 252, std::int16_t{1});
    put(file, 254, std::int16_t{1});
    for (std::size_t i = 0; i < 3; ++i) put(file, 280 + 20 * i, 1.0F);
    std::memcpy(file.data() + 344, "n+1", 4);
    return file;
}

/// 2 x 2 x 2 doubles.
std::string nifti2() {
    std::string file(544 + 64, '\0');
    put(file, 0, std::int32_t{540});
    std::memcpy(file.data() + 4, "n+2\0\r\n\x1a\n", 8);
    put(file, 12, std::int16_t{64});
    put(file, 14, std::int16_t{64});
    for (std::size_t i = 0; i < 8; ++i) put(file, 16 + 8 * i, std::int64_t{i == 0 ? 3 : i < 4 ? 2 : 1});
    for (std::size_t i = 0; i < 4; ++i) put(file, 104 + 8 * i, 1.0);
    put(file, 168, std::int64_t{544});
    put(file, 348, std::int32_t{1});
    for (std::size_t i = 0; i < 3; ++i) put(file, 400 + 40 * i, 1.0);
    put(file, 500, std::int32_t{2});
    return file;
}

}  // namespace

void write_volumes(const Folder& folder) {
    const Volume volume = small_phantom();
    const auto packed = deflate(std::as_bytes(std::span(volume.voxels)));
    const std::string body(reinterpret_cast<const char*>(packed.data()), packed.size());
    folder.write("volume", "phantom.mha",
                 metaimage_header(volume.geometry, "MET_FLOAT", packed.size()) + body);
    const std::string head =
        "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = True\n"
        "CompressedData = False\nTransformMatrix = 0 1 0 0 0 -1 1 0 0\nOffset = -3 0 1e2\n"
        "ElementSpacing = 1 0.5 4\nDimSize = 2 2 2\n";
    const std::pair<const char*, std::size_t> types[] = {
        {"MET_UCHAR", 8}, {"MET_SHORT", 16}, {"MET_DOUBLE", 64}, {"MET_ULONG_LONG", 64}};
    for (const auto& [type, bytes] : types)
        folder.write(
            "volume", type,
            head + "ElementType = " + type + "\nElementDataFile = LOCAL\n" + std::string(bytes, '\1'));
    folder.write("volume", "nifti1", nifti1());
    folder.write("volume", "nifti2", nifti2());
    folder.write(
        "volume", "dataset",
        R"({"channel_names":{"0":"T2"},"labels":{"background":0,"SC":1,"vertebrae":2,"IVD":3},"file_ending":".nii.gz"})");
    folder.write("volume", "old_dataset",
                 R"({"modality":{"0":"MRI"},"labels":{"0":"background","1":"canal","2":"VB","3":"disc"}})");
}

}  // namespace seeds
}  // namespace spineseg::fuzz

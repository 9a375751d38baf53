// SPDX-License-Identifier: GPL-3.0-or-later
/// Files that others wrote, byte for byte, and what those others say about them. The voxels are 0, 1, 2, ...

#include <gtest/gtest.h>

#include "tests/worker/volume_files/scratch_folder.h"
#include "worker/volume_files/volume_file.h"

namespace spineseg {
namespace foreign_files_test {

/// SimpleITK 2.5: 4 × 3 × 2 shorts, turned by 0.3 about the third axis, spacing (1, 2, 3), origin (5, 6, 7),
/// compressed.
constexpr std::string_view kItkMetaImage =
    "4f626a65637454797065203d20496d6167650a4e44696d73203d20330a42696e61727944617461203d20547275650a42"
    "696e61727944617461427974654f726465724d5342203d2046616c73650a436f6d7072657373656444617461203d2054"
    "7275650a436f6d707265737365644461746153697a65203d2034340a5472616e73666f726d4d6174726978203d20302e"
    "393535333336343839313235363035393820302e32393535323032303636363133333935352030202d302e3239353532"
    "30323036363631333339353520302e393535333336343839313235363035393820302030203020310a4f666673657420"
    "3d2035203620370a43656e7465724f66526f746174696f6e203d2030203020300a416e61746f6d6963616c4f7269656e"
    "746174696f6e203d205241490a456c656d656e7453706163696e67203d2031203220330a44696d53697a65203d203420"
    "3320320a456c656d656e7454797065203d204d45545f53484f52540a456c656d656e744461746146696c65203d204c4f"
    "43414c0a785e05c1850180200000b05918800122ff7feac66034992d82d566778892ec74b93d8aead57cba1f12280115";
/// nibabel 5.4: 4 × 3 × 2 shorts, oblique, left-handed, slope 2, intercept -3, gzipped; placed by sform, and
/// by qform.
constexpr std::string_view kNibabelSform =
    "1f8b08000000000002038b6164200a3033b0003113032314a20216060130ddb09f81e1803d90e1004440dc608f8a3738"
    "43e50e0069268601078c0c3aea9e76592215fbf37f8aee63605070646058709081e183e3dfeb1bf62b55d9eddf707883"
    "1d483cb15374ff52a787f6eadc81fb216a181872fdc4ed37e7983b80d4a39b9ca76d08b783091c7aac0c6c0cec0c1c0c"
    "9c0c5c0cdc0c3c0cbc0c7c0cfcc070136410621066106110651063106700002e7463d790010000";
constexpr std::string_view kNibabelQform =
    "1f8b08000000000002038b6164200a3033b0003113032314a20216060130ddb09f81e1803d90e1004440dc608f8a3738"
    "43e50e006926860106205fe8a87bda658954eccfff29ba8f8141c1918161c14106860f8e7faf6fd8af5465b77fc3e10d"
    "7620f1c44ed1fd4b9d1edaab7307ee87a86160c8f513b7df9c63ee00528f6e769eb621dc162670e8b132b031b0337030"
    "703270317033f030f032f031f003c34d904188419841844194418c419c01009632efc690010000";

void expect_near(const Vec3& actual, const Vec3& expected, double tolerance) {
    for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(actual[i], expected[i], tolerance) << "coordinate " << i;
}

TEST(ForeignFiles, AnObliqueMetaImageOfItkLiesWhereItkSaysItDoes) {
    const ScratchFolder folder;
    const auto volume = read_volume(folder.file("itk.mha", from_hex(kItkMetaImage)));
    ASSERT_TRUE(volume) << volume.error().describe();
    // image.TransformIndexToPhysicalPoint((1, 0, 0)) in SimpleITK; the transposed matrix would give y = 5.70.
    expect_near(volume->geometry.position(1, 0, 0), {5.955336489125606, 6.295520206661339, 7.0}, 1e-12);
    expect_near(volume->geometry.position(0, 0, 1), {5.0, 6.0, 10.0}, 1e-12);
    ASSERT_EQ(volume->voxels.size(), 24U);
    EXPECT_EQ(volume->at(3, 2, 1), 23.0F);
    EXPECT_EQ(volume->at(1, 0, 0), 1.0F);
    EXPECT_EQ(volume->at(0, 1, 0), 4.0F);
}

TEST(ForeignFiles, ANiftiPlacedBySformIsReadInLps) {
    const ScratchFolder folder;
    const auto volume = read_volume(folder.file("s.nii.gz", from_hex(kNibabelSform)));
    ASSERT_TRUE(volume) << volume.error().describe();
    // nibabel: affine @ (1, 2, 1) = (7.47554934, -17.88101125, 34.04809034) in RAS.
    expect_near(volume->geometry.position(1, 2, 1), {-7.47554934, 17.88101125, 34.04809034}, 1e-5);
    EXPECT_EQ(volume->at(1, 2, 1), 39.0F) << "21 × 2 - 3";
    EXPECT_NEAR(volume->geometry.column_spacing, 1.5, 1e-6);
}

TEST(ForeignFiles, ANiftiPlacedByQformIsReadInLps) {
    const ScratchFolder folder;
    const auto volume = read_volume(folder.file("q.nii.gz", from_hex(kNibabelQform)));
    ASSERT_TRUE(volume) << volume.error().describe();
    expect_near(volume->geometry.position(1, 2, 1), {-7.47554716, 17.88101152, 34.04808914}, 1e-5);
    EXPECT_EQ(volume->at(1, 2, 1), 39.0F);
}

}  // namespace foreign_files_test
}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
/// Real volumes beside the checkout, where they are; the expected figures come from SimpleITK and nibabel.

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "worker/volume_files/volume_file.h"

namespace spineseg {
namespace real_volumes_test {

const std::filesystem::path kData = std::filesystem::path(SPINESEG_SOURCE_DIR) / "../shared/data";

double sum(const Volume& volume) {
    return std::accumulate(volume.voxels.begin(), volume.voxels.end(), 0.0);
}

TEST(RealVolumes, ASpiderImageReadsAsItkReadsIt) {
    const auto file = kData / "spider/images/98_t2_SPACE.mha";
    if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is not here";
    const auto volume = read_volume(file);
    ASSERT_TRUE(volume) << volume.error().describe();
    EXPECT_EQ(volume->geometry.columns, 17);
    EXPECT_EQ(volume->geometry.rows, 256);
    EXPECT_EQ(volume->geometry.slices, 320);
    EXPECT_EQ(volume->geometry.column_spacing, 0.9);
    EXPECT_EQ(volume->at(3, 120, 200), 122.0F);
    EXPECT_EQ(volume->at(7, 80, 100), 12.0F);
    EXPECT_EQ(sum(*volume), 179243959.0);
}

TEST(RealVolumes, ASpiderMaskHasTheCountsThatItkFinds) {
    const auto file = kData / "spider/masks/98_t2_SPACE.mha";
    if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is not here";
    const auto labels = read_label_map(file);
    ASSERT_TRUE(labels) << labels.error().describe();
    const auto count = [&](int label) {
        return std::count(labels->voxels.begin(), labels->voxels.end(), label);
    };
    EXPECT_EQ(count(0), 1228658);
    EXPECT_EQ(count(1), 96357);
    EXPECT_EQ(count(100), 47745);
    EXPECT_EQ(count(201), 19880);
}

TEST(RealVolumes, AThoracolumbarNiftiLiesWhereNibabelSaysItDoes) {
    const auto file = kData / "sct-t2-lumbar/t2_lumbar.nii.gz";
    if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is not here";
    const auto volume = read_volume(file);
    ASSERT_TRUE(volume) << volume.error().describe();
    EXPECT_EQ(volume->at(10, 100, 150), 54.0F);
    EXPECT_EQ(sum(*volume), 72599485.0);
    const Vec3 position = volume->geometry.position(10, 100, 150);  // affine @ index, x and y negated
    EXPECT_NEAR(position[0], 2.19518661, 1e-5);
    EXPECT_NEAR(position[1], 50.93780521, 1e-5);
    EXPECT_NEAR(position[2], -362.30255125, 1e-5);
}

}  // namespace real_volumes_test
}  // namespace spineseg

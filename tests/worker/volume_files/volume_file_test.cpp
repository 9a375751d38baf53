// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/volume_files/volume_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "tests/worker/volume_files/scratch_folder.h"
#include "worker/volume_files/label_mapping.h"

namespace spineseg {
namespace volume_file_test {

using ::testing::HasSubstr;

/// Oblique and left-handed: nothing about it may be taken for granted.
Geometry oblique_geometry() {
    const double c = std::cos(0.3);
    const double s = std::sin(0.3);
    return {.columns = 5,
            .rows = 4,
            .slices = 3,
            .origin = {12.5, -7.0 / 3.0, 1e-3},
            .row_direction = {c, s, 0},
            .column_direction = {0, 0, -1},
            .slice_direction = {s, -c, 0},
            .column_spacing = 0.46875,
            .row_spacing = 0.9375,
            .slice_spacing = 4.4};
}

Volume ramp(const Geometry& geometry) {
    Volume volume{.geometry = geometry, .voxels = std::vector<float>(geometry.voxel_count())};
    std::iota(volume.voxels.begin(), volume.voxels.end(), -3.25F);
    return volume;
}

TEST(VolumeFile, AnObliqueFloatVolumeReadsBackAsItWasWritten) {
    const ScratchFolder folder;
    const Volume volume = ramp(oblique_geometry());
    ASSERT_TRUE(write_mha(volume, folder.file("v.mha")));
    const auto read = read_volume(folder.file("v.mha"));
    ASSERT_TRUE(read) << read.error().describe();
    EXPECT_TRUE(same_grid(read->geometry, volume.geometry, 1e-9));
    EXPECT_EQ(read->voxels, volume.voxels);
}

TEST(VolumeFile, ALabelMapReadsBackAsItWasWritten) {
    const ScratchFolder folder;
    LabelMap labels{.geometry = oblique_geometry(), .voxels = std::vector<std::uint8_t>(60, 0)};
    labels.voxels[7] = 1;
    labels.voxels[8] = 100;
    labels.voxels[59] = 201;
    ASSERT_TRUE(write_mha(labels, folder.file("l.mha")));
    const auto read = read_label_map(folder.file("l.mha"));
    ASSERT_TRUE(read) << read.error().describe();
    EXPECT_TRUE(same_grid(read->geometry, labels.geometry, 1e-9));
    EXPECT_EQ(read->voxels, labels.voxels);
}

TEST(VolumeFile, NothingIsLeftBesideAVolumeThatCannotBeWritten) {
    const ScratchFolder folder;
    const auto missing = write_mha(ramp(oblique_geometry()), folder.file("no/such/folder/v.mha"));
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, ErrorCode::file_unwritable);
    std::filesystem::create_directory(folder.file("v.mha"));
    const auto folder_in_the_way = write_mha(ramp(oblique_geometry()), folder.file("v.mha"));
    ASSERT_FALSE(folder_in_the_way);
    EXPECT_EQ(folder_in_the_way.error().code, ErrorCode::file_unwritable);
    EXPECT_FALSE(std::filesystem::exists(folder.file("v.mha.part")));
}

TEST(VolumeFile, AVolumeThatContradictsItsGeometryIsNotWritten) {
    const ScratchFolder folder;
    Volume volume = ramp(oblique_geometry());
    volume.voxels.pop_back();
    const auto written = write_mha(volume, folder.file("v.mha"));
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, ErrorCode::invalid_argument);
}

TEST(VolumeFile, AnAbsentFileIsNotFoundAndAFolderIsUnreadable) {
    const ScratchFolder folder;
    const auto absent = read_volume(folder.file("absent.mha"));
    ASSERT_FALSE(absent);
    EXPECT_EQ(absent.error().code, ErrorCode::file_not_found);
    std::filesystem::create_directory(folder.file("folder.mha"));
    const auto not_a_file = read_volume(folder.file("folder.mha"));
    ASSERT_FALSE(not_a_file);
    EXPECT_EQ(not_a_file.error().code, ErrorCode::file_unreadable);
    EXPECT_THAT(not_a_file.error().detail, HasSubstr("folder.mha"));
}

TEST(LabelFolding, SpiderLevelIdsBecomeTheirStructure) {
    const LabelCode& code = LabelCode::spider();
    for (const int vertebra : {1, 2, 9, 25, 101, 108, 125}) {
        EXPECT_EQ(code(static_cast<float>(vertebra)), Label::vertebra) << vertebra;
    }
    for (const int disc : {201, 207, 225}) EXPECT_EQ(code(static_cast<float>(disc)), Label::disc) << disc;
    EXPECT_EQ(code(100.0F), Label::canal);
    EXPECT_EQ(code(0.0F), Label::background);
    for (const float other :
         {-1.0F, 0.5F, 26.0F, 99.0F, 126.0F, 200.0F, 226.0F, 255.0F, 1e9F, std::nanf("")}) {
        EXPECT_FALSE(code(other)) << other;
    }
}

TEST(LabelFolding, AValueThatIsNoLabelIsRefusedByNumber) {
    const ScratchFolder folder;
    Volume volume = ramp(oblique_geometry());
    volume.voxels.assign(60, 0.0F);
    volume.voxels[33] = 77.0F;
    ASSERT_TRUE(write_mha(volume, folder.file("odd.mha")));
    const auto read = read_label_map(folder.file("odd.mha"));
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ErrorCode::file_unreadable);
    EXPECT_THAT(read.error().detail, HasSubstr("odd.mha"));
    EXPECT_THAT(read.error().detail, HasSubstr("77"));
}

}  // namespace volume_file_test
}  // namespace spineseg

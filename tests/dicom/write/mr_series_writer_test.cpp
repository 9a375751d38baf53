// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/write/mr_series_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "tests/dicom/sample_series.h"

namespace spineseg::dicom {
namespace mr_series_writer_test {

using namespace testing;

ErrorCode code_of(const Volume& volume, const MrSeriesHeader& header = {}) {
    const TemporaryFolder folder;
    const auto files = write_mr_series(volume, header, folder.path());
    return files ? ErrorCode::internal : files.error().code;
}

TEST(MrSeriesWriter, TheSameSeedGivesTheSameBytes) {
    const Volume volume = random_volume(sagittal_geometry(16, 18, 6, 5), 1);
    EXPECT_EQ(sample_files(volume).bytes, sample_files(volume).bytes);
    MrSeriesHeader other;
    other.uid_seed = "other";
    EXPECT_NE(read_good(sample_files(volume)).series_instance_uid,
              read_good(sample_files(volume, other)).series_instance_uid);
}

TEST(MrSeriesWriter, TwoSeriesOfOneSeedShareStudyAndFrameOfReference) {
    const Volume volume = random_volume(sagittal_geometry(16, 18, 6), 1);
    MrSeriesHeader t1;
    t1.series_number = 4;
    const Series a = read_good(sample_files(volume)), b = read_good(sample_files(volume, t1));
    EXPECT_EQ(a.study_instance_uid, b.study_instance_uid);
    EXPECT_EQ(a.frame_of_reference_uid, b.frame_of_reference_uid);
    EXPECT_NE(a.series_instance_uid, b.series_instance_uid);
    EXPECT_NE(a.sources[0].sop_instance_uid, b.sources[0].sop_instance_uid);
}

TEST(MrSeriesWriter, TakesRealHeaderValuesByKeyword) {
    MrSeriesHeader header;
    header.elements = {{"RepetitionTime", "3563.07250976562"},
                       {"SAR", "2.7881188392639102"},
                       {"Manufacturer", "Philips Healthcare"},
                       {"SoftwareVersions", "5.6.1\\5.6.1.2"},
                       {"SliceThickness", "4"},
                       {"PatientSex", "F"}};
    const Series series = read_good(sample_files(random_volume(sagittal_geometry(16, 18, 6), 1), header));
    EXPECT_EQ(series.slice_thickness, "4");
}

TEST(MrSeriesWriter, RefusesKeywordsThatItCannotHonour) {
    const Volume volume = random_volume(sagittal_geometry(16, 18, 6), 1);
    for (const auto& [keyword, value] : {std::pair{"NoSuchKeyword", "1"},
                                         {"PixelSpacing", "1\\1"},
                                         {"SOPInstanceUID", "1.2"},
                                         {"ReferencedImageSequence", "1"},
                                         {"PatientSex", "not a sex"},
                                         {"RepetitionTime", "slow"}}) {
        MrSeriesHeader header;
        header.elements = {{keyword, value}};
        EXPECT_EQ(code_of(volume, header), ErrorCode::invalid_argument) << keyword;
    }
}

TEST(MrSeriesWriter, RefusesVolumesThatSixteenBitsCannotHold) {
    Volume volume = random_volume(sagittal_geometry(16, 18, 6), 1);
    volume.voxels[100] = 70000;
    EXPECT_EQ(code_of(volume), ErrorCode::invalid_argument);
    volume.voxels[100] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_EQ(code_of(volume), ErrorCode::non_finite_pixels);
    volume.voxels.pop_back();
    EXPECT_EQ(code_of(volume), ErrorCode::invalid_argument);
    EXPECT_EQ(code_of({}), ErrorCode::invalid_argument);
}

TEST(MrSeriesWriter, RoundsToWholeNumbersUpToTheLimitsOfSixteenBits) {
    Volume volume = random_volume(sagittal_geometry(16, 18, 6), 1);
    volume.voxels[0] = 65535;
    volume.voxels[1] = 12.5F;
    Series series = read_good(sample_files(volume));
    EXPECT_EQ(series.volume.voxels[0], 65535);
    EXPECT_EQ(series.volume.voxels[1], 13);
    volume.voxels[0] = -32768;
    series = read_good(sample_files(volume));
    EXPECT_EQ(series.volume.voxels[0], -32768);
}

/// The series that dicomize makes of a volume, as the reader sees it, in the volume's own units.
void expect_same_image(const Volume& volume, double tolerance) {
    const auto voxels = read_good(sample_files(volume)).volume.voxels;
    const float lowest = *std::min_element(volume.voxels.begin(), volume.voxels.end());
    for (std::size_t i = 0; i < voxels.size(); ++i)
        ASSERT_NEAR(voxels[i], volume.voxels[i] - lowest, tolerance);
}

TEST(MrSeriesWriter, AnImageFromZeroToOneDoesNotBecomeTwoGreyValues) {
    Volume volume = random_uncertainty(sagittal_geometry(16, 18, 6), 1);
    volume.voxels[3] = 0;
    expect_same_image(volume, 1.0 / 65535);
}

TEST(MrSeriesWriter, AZScoredImageDoesNotBecomeAHandfulOfGreyValues) {
    Volume volume = random_uncertainty(sagittal_geometry(16, 18, 6), 2);
    for (float& voxel : volume.voxels) voxel = 7 * voxel - 2.3F;
    expect_same_image(volume, 7.0 / 65535);
}

TEST(MrSeriesWriter, SmallAndOffsetFractionsKeepTheirGreyValues) {
    Volume volume = random_uncertainty(sagittal_geometry(16, 18, 6), 3);
    for (float& voxel : volume.voxels) voxel = 100000 + 50 * voxel;
    expect_same_image(volume, 50.0 / 65535 + 0.01);
    for (float& voxel : volume.voxels) voxel = (voxel - 100000) * 1e-6F;
    const TemporaryFolder folder;
    const auto written = write_mr_series(volume, {}, folder.path());
    ASSERT_FALSE(written) << "a slope that the reader would refuse";
    EXPECT_EQ(written.error().code, ErrorCode::invalid_argument);
}

}  // namespace mr_series_writer_test
}  // namespace spineseg::dicom

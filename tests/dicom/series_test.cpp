// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/series.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "tests/dicom/sample_series.h"

namespace spineseg::dicom {
namespace {

using namespace testing;

/// Size, tilt in degrees, slices stored against row × column.
class RoundTrip : public ::testing::TestWithParam<std::tuple<std::pair<int, int>, double, bool>> {};

TEST_P(RoundTrip, VoxelsAndTheirPlacesInThePatientAreKept) {
    const auto [size, tilt, flipped] = GetParam();
    const Volume volume = random_volume(sagittal_geometry(size.first, size.second, 7, tilt, flipped), 5);
    const Series series = read_good(sample_files(volume));
    const Geometry& read = series.volume.geometry;
    EXPECT_GT(dot(read.slice_direction, cross(read.row_direction, read.column_direction)), 0.999999);
    for (int slice = 0; slice < 7; ++slice) {
        const int written = flipped ? 6 - slice : slice;
        for (int corner = 0; corner < 4; ++corner) {
            const double column = corner % 2 == 0 ? 0 : read.columns - 1,
                         row = corner < 2 ? 0 : read.rows - 1;
            EXPECT_LT(
                norm(read.position(column, row, slice) - volume.geometry.position(column, row, written)),
                1e-6);
        }
        const auto count = static_cast<std::ptrdiff_t>(read.slice_voxel_count());
        ASSERT_TRUE(std::equal(series.volume.voxels.begin() + count * slice,
                               series.volume.voxels.begin() + count * (slice + 1),
                               volume.voxels.begin() + count * written));
    }
}

INSTANTIATE_TEST_SUITE_P(Grids, RoundTrip,
                         ::testing::Combine(::testing::Values(std::pair{63, 77}, std::pair{62, 78},
                                                              std::pair{5, 5}, std::pair{64, 80}),
                                            ::testing::Values(0.0, 7.5, -21.0), ::testing::Bool()));

TEST(SeriesReader, NegativeIntensitiesComeBackNegative) {
    const Volume volume = random_volume(sagittal_geometry(20, 22, 6), 9, true);
    EXPECT_EQ(read_good(sample_files(volume)).volume.voxels, volume.voxels);
}

TEST(SeriesReader, TheOrderOfTheFilesDoesNotMatter) {
    Files files = sample_files(random_volume(sagittal_geometry(20, 22, 9, 4), 1));
    const Series forward = read_good(files);
    std::reverse(files.bytes.begin(), files.bytes.end());
    const Series backward = read_good(files);
    EXPECT_EQ(forward.volume.voxels, backward.volume.voxels);
    EXPECT_EQ(forward.volume.geometry, backward.volume.geometry);
    for (std::size_t i = 0; i < forward.sources.size(); ++i)
        EXPECT_EQ(forward.sources[i].sop_instance_uid, backward.sources[i].sop_instance_uid);
}

TEST(SeriesReader, EverySliceKnowsItsInstanceAndItsStoredPosition) {
    const Volume volume = random_volume(sagittal_geometry(20, 22, 6), 2);
    std::vector<std::string> positions(6), uids(6);
    const Files files = sample_files(volume, {}, [&](DcmDataset& dataset, int slice) {
        // Trailing zeros and a plus sign: must survive as text.
        const Vec3 p = volume.geometry.position(0, 0, slice);
        char text[64];
        std::snprintf(text, sizeof text, "%+.3f\\%.6f\\%.1f0", p[0], p[1], p[2]);
        dataset.putAndInsertString(DCM_ImagePositionPatient, text);
        positions[static_cast<std::size_t>(slice)] = text;
        OFString uid;
        dataset.findAndGetOFString(DCM_SOPInstanceUID, uid);
        uids[static_cast<std::size_t>(slice)] = uid.c_str();
    });
    const Series series = read_good(files);
    ASSERT_EQ(series.sources.size(), 6u);
    for (std::size_t i = 0; i < 6; ++i) {
        EXPECT_EQ(series.sources[i].image_position_patient, positions[i]);
        EXPECT_EQ(series.sources[i].sop_instance_uid, uids[i]);
        EXPECT_EQ(series.sources[i].sop_class_uid, UID_MRImageStorage);
        EXPECT_EQ(series.sources[i].frame_number, 0);
    }
}

TEST(SeriesReader, ReadsAFolderLikeMemoryAndSkipsDicomdir) {
    const Volume volume = random_volume(sagittal_geometry(20, 22, 6), 3);
    const TemporaryFolder folder;
    ASSERT_TRUE(write_mr_series(volume, {}, folder.path()));
    write_bytes(folder.path() / "DICOMDIR", {1, 2, 3});
    const auto series = read_series(folder.path());
    ASSERT_TRUE(series) << series.error().describe();
    EXPECT_EQ(series->volume.voxels, volume.voxels);
    EXPECT_EQ(series->series_description, "T2 SAG");
    EXPECT_EQ(series->series_number, 3);
    EXPECT_EQ(series->modality, "MR");
}

TEST(SeriesReader, OfARepeatedSeriesTheLaterAcquisitionIsRead) {
    const Geometry geometry = sagittal_geometry(20, 22, 6);
    MrSeriesHeader header;
    Files files = sample_files(random_volume(geometry, 1), header);
    const Volume later = random_volume(geometry, 2);
    const Files repeat = sample_files(later, header, [](DcmDataset& dataset, int slice) {
        dataset.putAndInsertString(DCM_AcquisitionNumber, "2");
        dataset.putAndInsertString(DCM_SOPInstanceUID, ("1.2.3." + std::to_string(slice)).c_str());
    });
    files.names.insert(files.names.end(), repeat.names.begin(), repeat.names.end());
    files.bytes.insert(files.bytes.end(), repeat.bytes.begin(), repeat.bytes.end());
    const Series series = read_good(files);
    EXPECT_EQ(series.volume.voxels, later.voxels);
    EXPECT_EQ(series.sources.front().sop_instance_uid, "1.2.3.0");
}

}  // namespace
}  // namespace spineseg::dicom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/read/result_reader.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <gtest/gtest.h>

#include "dicom/read/series.h"
#include "dicom/write/pmap/parametric_map_writer.h"
#include "dicom/write/result_file.h"
#include "dicom/write/seg/segmentation_writer.h"
#include "tests/dicom/sample_series.h"

namespace spineseg::dicom {
namespace result_reader_test {

using namespace testing;

/// An odd matrix on a tilted stack: bits of neighbouring frames share bytes, and no direction is an axis.
Series odd_series(int columns = 13, int rows = 11) {
    return read_good(sample_files(random_volume(sagittal_geometry(columns, rows, 9, 17.0), 11)));
}

std::vector<std::uint8_t> written(const Result<ResultFile>& result) {
    return result.value().dicom;
}

// The writers themselves are held against other readers elsewhere (dcmdump, pydicom): here it is the way
// back.
TEST(ResultReader, ASegmentationComesBackVoxelByVoxel) {
    const Series series = odd_series();
    const LabelMap labels = random_labels(series.volume.geometry, 3);
    const auto file = written(write_segmentation(series, labels, sample_provenance()));
    const auto read = read_segmentation({"seg", file}, series);
    ASSERT_TRUE(read) << read.error().describe();
    EXPECT_EQ(read->voxels, labels.voxels);
}

TEST(ResultReader, AParametricMapComesBackInPercent) {
    const Series series = odd_series();
    const Volume uncertainty = random_uncertainty(series.volume.geometry, 4);
    const auto file = written(write_parametric_map(series, uncertainty, sample_provenance()));
    const auto read = read_parametric_map({"map", file}, series);
    ASSERT_TRUE(read) << read.error().describe();
    for (std::size_t i = 0; i < read->voxels.size(); ++i)
        ASSERT_NEAR(read->voxels[i], 100 * uncertainty.voxels[i], 1e-4);
}

TEST(ResultReader, FramesAreFoundByTheirPositionNotByTheirOrder) {
    const Series series = odd_series(16, 16);
    const Volume uncertainty = random_uncertainty(series.volume.geometry, 4);
    const auto file = written(write_parametric_map(series, uncertainty, sample_provenance()));
    const auto swapped = edited(file, [](DcmDataset& dataset) {
        const auto position = [&](int frame) {
            DcmItem *groups = nullptr, *plane = nullptr;
            dataset.findAndGetSequenceItem(DCM_PerFrameFunctionalGroupsSequence, groups, frame);
            groups->findAndGetSequenceItem(DCM_PlanePositionSequence, plane);
            return plane;
        };
        OFString first, second;
        position(0)->findAndGetOFStringArray(DCM_ImagePositionPatient, first);
        position(1)->findAndGetOFStringArray(DCM_ImagePositionPatient, second);
        position(0)->putAndInsertOFStringArray(DCM_ImagePositionPatient, second);
        position(1)->putAndInsertOFStringArray(DCM_ImagePositionPatient, first);
    });
    const auto read = read_parametric_map({"map", swapped}, series);
    ASSERT_TRUE(read) << read.error().describe();
    EXPECT_NEAR(read->at(5, 6, 0), 100 * uncertainty.at(5, 6, 1), 1e-4);
    EXPECT_NEAR(read->at(5, 6, 1), 100 * uncertainty.at(5, 6, 0), 1e-4);
}

TEST(ResultReader, AResultOfAnotherSeriesIsRefused) {
    const Series series = odd_series();
    const auto file =
        written(write_segmentation(series, random_labels(series.volume.geometry, 3), sample_provenance()));
    const Series bigger = odd_series(14, 11);
    const auto other_matrix = read_segmentation({"seg", file}, bigger);
    ASSERT_FALSE(other_matrix);
    EXPECT_EQ(other_matrix.error().code, ErrorCode::invalid_argument);

    Series elsewhere = series;
    elsewhere.volume.geometry.origin[0] += 1.0;
    const auto other_place = read_segmentation({"seg", file}, elsewhere);
    ASSERT_FALSE(other_place);
    EXPECT_EQ(other_place.error().code, ErrorCode::invalid_argument);
}

TEST(ResultReader, AnotherSopClassIsRefused) {
    const Series series = odd_series();
    const auto file =
        written(write_segmentation(series, random_labels(series.volume.geometry, 3), sample_provenance()));
    const auto read = read_parametric_map({"seg", file}, series);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ErrorCode::unsupported_sop_class);
}

TEST(ResultReader, EveryTruncationIsAnErrorAndNeverACrash) {
    const Series series = odd_series();
    const auto file =
        written(write_segmentation(series, random_labels(series.volume.geometry, 3), sample_provenance()));
    for (std::size_t length = 0; length < file.size(); length += 37) {
        const std::vector<std::uint8_t> cut(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(length));
        EXPECT_FALSE(read_segmentation({"seg", cut}, series)) << length;
    }
}

}  // namespace result_reader_test
}  // namespace spineseg::dicom

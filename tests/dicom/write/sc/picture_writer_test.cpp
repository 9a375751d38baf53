// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/write/sc/picture_writer.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <gtest/gtest.h>

#include "core/decimal_string.h"
#include "tests/dicom/parsed_file.h"
#include "tests/dicom/sample_series.h"

namespace spineseg::dicom {
namespace picture_writer_test {

using namespace testing;

std::vector<SlicePicture> pictures_of(const Series& series, int scale) {
    const std::size_t pixels = series.volume.geometry.slice_voxel_count();
    std::vector<SlicePicture> pictures;
    for (const int slice : {2, 4, 5}) {
        const auto square = static_cast<std::size_t>(scale * scale);
        pictures.push_back(
            {slice, scale, std::vector<std::uint8_t>(3 * pixels * square, std::uint8_t(40 * slice))});
    }
    return pictures;
}

TEST(PictureWriter, EveryPictureStandsBesideItsSlice) {
    const Series series = read_good(sample_files(random_volume(sagittal_geometry(15, 17, 9, 8), 11)));
    for (const int scale : {1, 3}) {
        const auto files =
            write_pictures(series, ResultKind::contours, pictures_of(series, scale), sample_provenance());
        ASSERT_TRUE(files);
        ASSERT_EQ(files->size(), 3u);
        for (std::size_t i = 0; i < 3; ++i) {
            const int slice = std::vector{2, 4, 5}[i];
            const auto file = parsed((*files)[i].dicom);
            DcmDataset& dataset = *file->getDataset();
            const auto position = *parse_decimals(text(dataset, DCM_ImagePositionPatient));
            const auto spacing = *parse_decimals(text(dataset, DCM_PixelSpacing));
            // The picture's middle is the slice's middle.
            const Geometry& g = series.volume.geometry;
            const double columns = g.columns * scale - 1, rows = g.rows * scale - 1;
            const Vec3 first{position[0], position[1], position[2]};
            const Vec3 middle = first + (0.5 * columns * spacing[1]) * g.row_direction +
                                (0.5 * rows * spacing[0]) * g.column_direction;
            EXPECT_LT(norm(middle - g.position(0.5 * (g.columns - 1), 0.5 * (g.rows - 1), slice)), 1e-3);
            EXPECT_EQ(text(dataset, DCM_BurnedInAnnotation), "YES");
            EXPECT_EQ(text(dataset, DCM_InstanceNumber), std::to_string(i + 1));
            EXPECT_EQ((*files)[i].object.series_instance_uid, files->front().object.series_instance_uid);
            DcmItem* source = nullptr;
            ASSERT_TRUE(dataset.findAndGetSequenceItem(DCM_SourceImageSequence, source, 0).good());
            EXPECT_EQ(text(*source, DCM_ReferencedSOPInstanceUID),
                      series.sources[static_cast<std::size_t>(slice)].sop_instance_uid);
        }
    }
}

TEST(PictureWriter, KindsAreSeriesOfTheirOwnAndBytesRepeat) {
    const Series series = read_good(sample_files(random_volume(sagittal_geometry(16, 18, 9), 11)));
    const auto pictures = pictures_of(series, 1);
    const auto a = write_pictures(series, ResultKind::contours, pictures, sample_provenance());
    const auto b = write_pictures(series, ResultKind::contours, pictures, sample_provenance());
    const auto heat = write_pictures(series, ResultKind::heat_map, pictures, sample_provenance());
    ASSERT_TRUE(a && b && heat);
    EXPECT_EQ(a->at(1).dicom, b->at(1).dicom);
    EXPECT_NE(a->at(0).object.sop_instance_uid, a->at(1).object.sop_instance_uid);
    EXPECT_NE(a->front().object.series_instance_uid, heat->front().object.series_instance_uid);
}

TEST(PictureWriter, RefusesWhatFitsNoSlice) {
    const Series series = read_good(sample_files(random_volume(sagittal_geometry(16, 18, 9), 11)));
    auto pictures = pictures_of(series, 1);
    EXPECT_FALSE(write_pictures(series, ResultKind::segmentation, pictures, sample_provenance()));
    pictures[1].slice = 9;
    EXPECT_FALSE(write_pictures(series, ResultKind::contours, pictures, sample_provenance()));
    pictures[1].slice = 4;
    pictures[1].rgb.pop_back();
    EXPECT_EQ(write_pictures(series, ResultKind::contours, pictures, sample_provenance()).error().code,
              ErrorCode::invalid_argument);
}

}  // namespace picture_writer_test
}  // namespace spineseg::dicom

// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <limits>

#include "dicom/read/series.h"
#include "dicom/write/pmap/parametric_map_writer.h"
#include "dicom/write/result_file.h"
#include "dicom/write/seg/segmentation_writer.h"
#include "tests/dicom/sample_series.h"

namespace spineseg::dicom {
namespace parametric_map_writer_test {

using namespace testing;

Series sample_series() {
    return read_good(sample_files(random_volume(sagittal_geometry(16, 18, 9), 11)));
}

TEST(ParametricMapWriter, TheSameInputGivesTheSameUidsAndBytes) {
    const Series series = sample_series();
    const Volume map = random_uncertainty(series.volume.geometry, 3);
    const auto a = write_parametric_map(series, map, sample_provenance());
    const auto b = write_parametric_map(sample_series(), map, sample_provenance());
    ASSERT_TRUE(a) << a.error().describe();
    ASSERT_TRUE(b);
    EXPECT_EQ(a->dicom, b->dicom);
    EXPECT_EQ(a->object.kind, ResultKind::parametric_map);
}

TEST(ParametricMapWriter, StandsInASeriesOfItsOwn) {
    const Series series = sample_series();
    const auto map =
        write_parametric_map(series, random_uncertainty(series.volume.geometry, 3), sample_provenance());
    const auto seg =
        write_segmentation(series, random_labels(series.volume.geometry, 3), sample_provenance());
    EXPECT_NE(map->object.series_instance_uid, seg->object.series_instance_uid);
    EXPECT_NE(map->object.series_instance_uid, series.series_instance_uid);
}

TEST(ParametricMapWriter, MutualInformationIsAnotherObjectThatSaysWhatItIs) {
    const Series series = sample_series();
    const Volume map = random_uncertainty(series.volume.geometry, 3);
    const auto entropy = write_parametric_map(series, map, sample_provenance());
    const auto mutual =
        write_parametric_map(series, map, sample_provenance(), MapQuantity::mutual_information);
    ASSERT_TRUE(mutual) << mutual.error().describe();
    EXPECT_EQ(mutual->object.kind, ResultKind::disagreement_map);
    EXPECT_NE(mutual->object.series_instance_uid, entropy->object.series_instance_uid);
    EXPECT_NE(mutual->object.sop_instance_uid, entropy->object.sop_instance_uid);
    const std::string bytes(mutual->dicom.begin(), mutual->dicom.end());
    EXPECT_NE(bytes.find("MUTUALINFO"), std::string::npos);
    EXPECT_EQ(bytes.find("PREDENTROPY"), std::string::npos);
}

TEST(ParametricMapWriter, RefusesWhatIsNoUncertainty) {
    const Series series = sample_series();
    for (const float value :
         {-0.1F, 1.1F, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        Volume map = random_uncertainty(series.volume.geometry, 3);
        map.voxels[5] = value;
        EXPECT_EQ(write_parametric_map(series, map, sample_provenance()).error().code,
                  ErrorCode::invalid_argument);
    }
    Volume map = random_uncertainty(series.volume.geometry, 3);
    map.geometry.slice_spacing += 0.1;
    EXPECT_EQ(write_parametric_map(series, map, sample_provenance()).error().code,
              ErrorCode::invalid_argument);
}

}  // namespace parametric_map_writer_test
}  // namespace spineseg::dicom

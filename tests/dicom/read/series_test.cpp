// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/read/series.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <tuple>

#include "core/decimal_string.h"
#include "core/digest.h"
#include "tests/dicom/sample_series.h"

namespace spineseg::dicom {
namespace series_test {

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

TEST(SeriesReader, ClassicEnhancedAndLegacyConvertedGiveTheSameVolumeToTheLastBit) {
    const Volume volume = random_volume(sagittal_geometry(33, 29, 9, 6), 8);
    const Series classic = read_good(sample_files(volume));
    for (const bool legacy : {false, true}) {
        const Series enhanced = read_good(enhanced_files(volume, legacy));
        EXPECT_EQ(enhanced.volume.voxels, classic.volume.voxels);
        EXPECT_EQ(enhanced.volume.geometry, classic.volume.geometry);
        ASSERT_EQ(enhanced.sources.size(), 9u);
        for (std::size_t i = 0; i < 9; ++i) {
            // enhanced_files() stores slice (2 f + 1) mod 9 as frame f + 1.
            EXPECT_EQ((2 * (enhanced.sources[i].frame_number - 1) + 1) % 9, static_cast<int>(i));
            EXPECT_EQ(enhanced.sources[i].image_position_patient, classic.sources[i].image_position_patient);
        }
    }
}

TEST(SeriesReader, OfTwoEchoesTheLaterIsReadAndOnlyItsInstancesAreItsSources) {
    const Geometry geometry = sagittal_geometry(20, 22, 8);
    const auto echo = [&](std::uint32_t seed, const char* time, const std::string& root) {
        return sample_files(random_volume(geometry, seed), {}, [&](DcmDataset& d, int slice) {
            d.putAndInsertString(DCM_EchoTime, time);
            d.putAndInsertString(DCM_SOPInstanceUID, (root + std::to_string(slice)).c_str());
        });
    };
    Files files = echo(1, "20", "1.2.3."), later = echo(2, "95", "1.2.4.");
    files.names.insert(files.names.end(), later.names.begin(), later.names.end());
    files.bytes.insert(files.bytes.end(), later.bytes.begin(), later.bytes.end());
    const Series series = read_good(files);
    EXPECT_EQ(series.volume.voxels, random_volume(geometry, 2).voxels);
    for (const auto& source : series.sources) EXPECT_TRUE(source.sop_instance_uid.starts_with("1.2.4."));
    // The seed follows from all that the archive holds, as the plugin sees it.
    std::vector<std::string> uids;
    for (int slice = 0; slice < 8; ++slice)
        for (const char* root : {"1.2.3.", "1.2.4."}) uids.push_back(root + std::to_string(slice));
    EXPECT_EQ(series.fingerprint, series_fingerprint(uids));
}

/// Property: whatever lies between and in whatever order, each slice of the volume holds the pixels of the
/// instance and frame that it names.
TEST(SeriesReader, ASliceNeverLosesItsInstance) {
    for (std::uint32_t seed = 0; seed < 25; ++seed) {
        std::mt19937 random(seed);
        const int slices = 5 + static_cast<int>(random() % 8);
        const Geometry geometry =
            sagittal_geometry(12, 10, slices, random() % 2 == 0 ? 0 : 11, random() % 2 == 0);
        // Every pixel of an instance is its own number, which its UID names, too.
        const auto numbered = [&](const std::string& root, int first, auto edit) {
            Volume volume{geometry, std::vector<float>(geometry.voxel_count())};
            for (std::size_t i = 0; i < volume.voxels.size(); ++i)
                volume.voxels[i] =
                    static_cast<float>(first + static_cast<int>(i / geometry.slice_voxel_count()));
            return sample_files(volume, {}, [&](DcmDataset& d, int slice) {
                d.putAndInsertString(DCM_SOPInstanceUID, (root + std::to_string(first + slice)).c_str());
                edit(d);
            });
        };
        Files files =
            numbered("1.2.9.", 100, [](DcmDataset& d) { d.putAndInsertString(DCM_EchoTime, "90"); });
        const auto mix = [&](const Files& more) {
            files.names.insert(files.names.end(), more.names.begin(), more.names.end());
            files.bytes.insert(files.bytes.end(), more.bytes.begin(), more.bytes.end());
        };
        if (random() % 2 == 0)
            mix(numbered("1.2.9.", 300, [](DcmDataset& d) { d.putAndInsertString(DCM_EchoTime, "15"); }));
        if (random() % 2 == 0)
            mix(numbered("1.2.9.", 500, [](DcmDataset& d) {
                d.putAndInsertString(DCM_ImageOrientationPatient, "1\\0\\0\\0\\1\\0");
            }));
        std::shuffle(files.bytes.begin(), files.bytes.end(), random);
        const Series series = read_good(files);
        ASSERT_EQ(series.sources.size(), static_cast<std::size_t>(slices));
        for (int slice = 0; slice < slices; ++slice) {
            const auto& source = series.sources[static_cast<std::size_t>(slice)];
            const auto value = series.volume.at(5, 5, slice);
            EXPECT_EQ(source.sop_instance_uid, "1.2.9." + std::to_string(static_cast<int>(value)));
            const auto position = parse_decimals(source.image_position_patient);
            ASSERT_TRUE(position);
            EXPECT_LT(norm(series.volume.geometry.position(0, 0, slice) -
                           Vec3{(*position)[0], (*position)[1], (*position)[2]}),
                      1e-6);
        }
    }
}

TEST(InspectSeries, SaysWhatWouldBeReadWithoutReadingIt) {
    const Geometry geometry = sagittal_geometry(20, 22, 8);
    Files files = sample_files(random_volume(geometry, 1));
    const Files axial = sample_files(random_volume(geometry, 2), {}, [](DcmDataset& d, int slice) {
        d.putAndInsertString(DCM_SOPInstanceUID, ("1.2.3." + std::to_string(slice)).c_str());
        d.putAndInsertString(DCM_ImageOrientationPatient, "1\\0\\0\\0\\1\\0");
    });
    files.names.insert(files.names.end(), axial.names.begin(), axial.names.end());
    files.bytes.insert(files.bytes.end(), axial.bytes.begin(), axial.bytes.end());
    const auto inspection = inspect_series(files.instances());
    EXPECT_FALSE(inspection.fault);
    ASSERT_EQ(inspection.stacks.size(), 2u);
    for (const auto& stack : inspection.stacks)
        EXPECT_EQ(stack.chosen, stack.description.starts_with("8 sagittal images, 20 x 22"))
            << stack.description;
    files.bytes[3].resize(500);
    EXPECT_TRUE(inspect_series(files.instances()).fault);
    EXPECT_TRUE(inspect_series({}).fault);
}

/// A Secondary Capture under the series' UID made the whole series unreadable.
TEST(SeriesReader, AnInstanceThatIsNoMrImageIsLeftAsideAndNamed) {
    const Volume volume = random_volume(sagittal_geometry(20, 22, 6), 3);
    Files files = sample_files(volume);
    files.names.push_back("picture.dcm");
    files.bytes.push_back(edited(files.bytes.front(), [](DcmDataset& dataset) {
        dataset.putAndInsertString(DCM_SOPClassUID, UID_SecondaryCaptureImageStorage);
        dataset.putAndInsertString(DCM_SOPInstanceUID, "1.2.3.4");
    }));
    EXPECT_EQ(read_good(files).volume.voxels, volume.voxels);
    const auto inspection = inspect_series(files.instances());
    EXPECT_FALSE(inspection.fault);
    ASSERT_EQ(inspection.left_aside.size(), 1U);
    EXPECT_NE(inspection.left_aside.front().find("picture.dcm"), std::string::npos);
    Files picture;
    picture.names.push_back(files.names.back());
    picture.bytes.push_back(files.bytes.back());
    EXPECT_EQ(read_series(picture.instances()).error().code, ErrorCode::unsupported_sop_class);
}

/// A Dixon series with its water and fat images: fat was read, or water, as the files were ordered.
TEST(SeriesReader, OfWaterAndFatInOneSeriesWaterIsReadInEveryOrder) {
    const auto stack = [](const char* type, const std::string& uid, const char* acquisition,
                          std::uint32_t seed) {
        return sample_files(
            random_volume(sagittal_geometry(20, 22, 6), seed), {}, [=](DcmDataset& d, int slice) {
                d.putAndInsertString(DCM_ImageType,
                                     (std::string("DERIVED\\PRIMARY\\M\\NORM\\") + type).c_str());
                d.putAndInsertString(DCM_SOPInstanceUID, (uid + std::to_string(slice)).c_str());
                d.putAndInsertString(DCM_AcquisitionNumber, acquisition);
            });
    };
    const Volume water = random_volume(sagittal_geometry(20, 22, 6), 11);
    Files files = stack("WATER\\DIS2D\\MFSPLIT", "1.2.1.", "1", 11);
    const Files fat = stack("FAT\\DIS2D\\MFSPLIT", "1.2.2.", "2", 12);
    files.names.insert(files.names.end(), fat.names.begin(), fat.names.end());
    files.bytes.insert(files.bytes.end(), fat.bytes.begin(), fat.bytes.end());
    std::mt19937 random(1);
    for (int order = 0; order < 6; ++order) {
        EXPECT_EQ(read_good(files).volume.voxels, water.voxels);
        std::shuffle(files.bytes.begin(), files.bytes.end(), random);
    }
    EXPECT_EQ(read_series(fat.instances()).error().code, ErrorCode::no_anatomical_images);
}

}  // namespace series_test
}  // namespace spineseg::dicom

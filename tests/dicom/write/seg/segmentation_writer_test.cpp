// SPDX-License-Identifier: GPL-3.0-or-later
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "dicom/read/series.h"
#include "dicom/write/result_file.h"
#include "dicom/write/seg/segmentation_writer.h"
#include "tests/dicom/parsed_file.h"
#include "tests/dicom/sample_series.h"

namespace spineseg::dicom {
namespace segmentation_writer_test {

using namespace testing;

Series sample_series(int columns = 16, int rows = 18, int slices = 9) {
    return read_good(sample_files(random_volume(sagittal_geometry(columns, rows, slices), 11)));
}

TEST(SegmentationWriter, TheSameInputGivesTheSameUidsAndBytes) {
    const Series series = sample_series();
    const LabelMap labels = random_labels(series.volume.geometry, 3);
    const auto a = write_segmentation(series, labels, sample_provenance());
    const auto b = write_segmentation(sample_series(), labels, sample_provenance());
    ASSERT_TRUE(a) << a.error().describe();
    ASSERT_TRUE(b);
    EXPECT_EQ(a->dicom, b->dicom);
    EXPECT_EQ(a->object, b->object);
    EXPECT_EQ(a->object.kind, ResultKind::segmentation);
    EXPECT_EQ(a->object.sop_class_uid, UID_SegmentationStorage);
}

TEST(SegmentationWriter, AnotherModelSeedOrSourceIsAnotherObject) {
    const Series series = sample_series();
    const LabelMap labels = random_labels(series.volume.geometry, 3);
    const auto uid = [&](const Series& source, const LabelMap& map, auto change) {
        Provenance provenance = sample_provenance();
        change(provenance);
        return write_segmentation(source, map, provenance)->object.sop_instance_uid;
    };
    const std::string first = uid(series, labels, [](Provenance&) {});
    EXPECT_NE(first, uid(series, labels, [](Provenance& p) { p.model_digest = "b"; }));
    EXPECT_NE(first, uid(series, labels, [](Provenance& p) { p.request.seed = 1; }));
    EXPECT_NE(first, uid(series, labels, [](Provenance& p) { p.software_version = "2"; }));
    const Series longer = sample_series(16, 18, 10);
    EXPECT_NE(first, uid(longer, random_labels(longer.volume.geometry, 3), [](Provenance&) {}));
}

/// A copy of a series under another Patient ID, and a series whose pixels were replaced under the same UIDs,
/// gave objects with the same SOP Instance UID and other bytes.
TEST(SegmentationWriter, WhateverChangesTheBytesChangesTheUid) {
    const auto uid = [](std::uint32_t pixels, const DcmTagKey& tag, const char* value) {
        const Series series =
            read_good(sample_files(random_volume(sagittal_geometry(16, 18, 8), pixels), {},
                                   [&](DcmDataset& d, int) { d.putAndInsertString(tag, value); }));
        const LabelMap labels = random_labels(series.volume.geometry, 3);
        return write_segmentation(series, labels, sample_provenance())->object.sop_instance_uid;
    };
    const std::string first = uid(1, DCM_PatientID, "A");
    EXPECT_EQ(first, uid(1, DCM_PatientID, "A"));
    EXPECT_NE(first, uid(1, DCM_PatientID, "B"));
    EXPECT_NE(first, uid(2, DCM_PatientID, "A"));
    for (const auto& tag :
         {DCM_IssuerOfPatientID, DCM_PatientName, DCM_StudyDescription, DCM_AccessionNumber})
        EXPECT_NE(uid(1, tag, "A"), uid(1, tag, "B")) << tag.toString();
}

TEST(SegmentationWriter, TrackingUidsOutliveTheModelVersion) {
    const Series series = sample_series();
    const LabelMap labels = random_labels(series.volume.geometry, 3);
    const auto tracking = [&](const std::string& version) {
        Provenance provenance = sample_provenance();
        provenance.model_version = version;
        const auto file = parsed(write_segmentation(series, labels, provenance)->dicom);
        DcmItem* segment = nullptr;
        EXPECT_TRUE(file->getDataset()->findAndGetSequenceItem(DCM_SegmentSequence, segment, 0).good());
        return text(*segment, DCM_TrackingUID);
    };
    EXPECT_EQ(tracking("1.0"), tracking("2.0"));
    EXPECT_FALSE(tracking("1.0").empty());
}

TEST(SegmentationWriter, OnlySegmentsThatOwnVoxelsAreListed) {
    const Series series = sample_series();
    LabelMap labels{series.volume.geometry, std::vector<std::uint8_t>(series.volume.voxels.size())};
    labels.at(3, 4, 5) = 201;
    const auto result = write_segmentation(series, labels, sample_provenance());
    ASSERT_TRUE(result);
    const auto file = parsed(result->dicom);
    DcmSequenceOfItems* segments = nullptr;
    ASSERT_TRUE(file->getDataset()->findAndGetSequence(DCM_SegmentSequence, segments).good());
    ASSERT_EQ(segments->card(), 1u);
    EXPECT_EQ(text(*segments->getItem(0), DCM_SegmentLabel), "Intervertebral discs");
    EXPECT_EQ(text(*file->getDataset(), DCM_SegmentationType), "BINARY");
    EXPECT_EQ(text(*file->getDataset(), DCM_ContentQualification), "RESEARCH");
    EXPECT_NE(text(*file->getDataset(), DCM_SeriesDescription).find("RESEARCH"), std::string::npos);
}

TEST(SegmentationWriter, EmptyFramesAreAddedUntilTheBitsEndOnSixteen) {
    const Series series = sample_series(63, 77, 12);
    const LabelMap labels = random_labels(series.volume.geometry, 3);
    const auto file = parsed(write_segmentation(series, labels, sample_provenance())->dicom);
    const int frames = std::stoi(text(*file->getDataset(), DCM_NumberOfFrames));
    EXPECT_EQ(63 * 77 * frames % 16, 0);
    const Uint8* bits = nullptr;
    unsigned long count = 0;
    ASSERT_TRUE(file->getDataset()->findAndGetUint8Array(DCM_PixelData, bits, &count).good());
    EXPECT_EQ(count, 63ul * 77 * static_cast<unsigned long>(frames) / 8);
    DcmSequenceOfItems* groups = nullptr;
    ASSERT_TRUE(file->getDataset()->findAndGetSequence(DCM_PerFrameFunctionalGroupsSequence, groups).good());
    EXPECT_EQ(groups->card(), static_cast<unsigned long>(frames));
}

TEST(SegmentationWriter, WhereTooFewPairsAreLeftTheFileIsWrittenUnpadded) {
    const Series series = sample_series(5, 5, 5);
    LabelMap labels{series.volume.geometry, std::vector<std::uint8_t>(series.volume.voxels.size())};
    labels.at(1, 1, 2) = 1;
    const auto result = write_segmentation(series, labels, sample_provenance());
    ASSERT_TRUE(result);
    EXPECT_EQ(text(*parsed(result->dicom)->getDataset(), DCM_NumberOfFrames), "1");
}

TEST(SegmentationWriter, AnEmptyMapIsNoAnatomy) {
    const Series series = sample_series();
    const LabelMap labels{series.volume.geometry, std::vector<std::uint8_t>(series.volume.voxels.size())};
    EXPECT_EQ(write_segmentation(series, labels, sample_provenance()).error().code,
              ErrorCode::no_anatomy_found);
}

TEST(SegmentationWriter, RefusesAnotherGridAndUnknownLabels) {
    const Series series = sample_series();
    LabelMap labels = random_labels(series.volume.geometry, 3);
    labels.geometry.origin[0] += 1;
    EXPECT_EQ(write_segmentation(series, labels, sample_provenance()).error().code,
              ErrorCode::invalid_argument);
    labels = random_labels(series.volume.geometry, 3);
    labels.voxels[7] = 2;
    EXPECT_EQ(write_segmentation(series, labels, sample_provenance()).error().code,
              ErrorCode::invalid_argument);
    labels.voxels.pop_back();
    EXPECT_EQ(write_segmentation(series, labels, sample_provenance()).error().code,
              ErrorCode::invalid_argument);
    EXPECT_EQ(write_segmentation({}, LabelMap{}, sample_provenance()).error().code,
              ErrorCode::invalid_argument);
}

}  // namespace segmentation_writer_test
}  // namespace spineseg::dicom

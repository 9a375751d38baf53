// SPDX-License-Identifier: GPL-3.0-or-later
/// Segmentations by level: names, codes, colours, shares of 400 frames, label maps.

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "dicom/encoding/segment_catalogue.h"
#include "dicom/read/result_reader.h"
#include "dicom/read/series.h"
#include "dicom/write/result_file.h"
#include "dicom/write/seg/segment_frames.h"
#include "dicom/write/seg/segmentation_writer.h"
#include "tests/dicom/parsed_file.h"
#include "tests/dicom/sample_levels.h"
#include "tests/dicom/sample_series.h"

namespace spineseg::dicom {
namespace level_segmentation_test {

using namespace testing;

Series series_of(int slices = 9) {
    return read_good(sample_files(random_volume(sagittal_geometry(16, 18, slices), 11)));
}

/// Segment labels of one instance, in order.
std::vector<std::string> labels_of(const ResultFile& file) {
    const auto dicom = parsed(file.dicom);
    std::vector<std::string> names;
    DcmItem* segment = nullptr;
    for (long i = 0; dicom->getDataset()->findAndGetSequenceItem(DCM_SegmentSequence, segment, i).good(); ++i)
        names.push_back(text(*segment, DCM_SegmentLabel));
    return names;
}

TEST(LevelSegmentation, OneSegmentALevelFromAboveWithTheCanalLast) {
    const Series series = series_of();
    const auto files = write_segmentation(series, sample_levels(series.volume.geometry), sample_provenance());
    ASSERT_TRUE(files) << files.error().describe();
    ASSERT_EQ(files->size(), 1u);
    EXPECT_EQ(
        labels_of(files->front()),
        (std::vector<std::string>{"T12 vertebra", "T12/L1 disc", "L1 vertebra", "L1/L2 disc", "L2 vertebra",
                                  "L2/L3 disc", "L3 vertebra", "L3/L4 disc", "L4 vertebra", "L4/L5 disc",
                                  "L5 vertebra", "L5/S1 disc", "Spinal canal"}));
}

TEST(LevelSegmentation, OpenLevelsSaySoAndClaimNoCode) {
    const Series series = series_of();
    SpineLevels levels = sample_levels(series.volume.geometry);
    levels.numbering = {.determined = false, .confidence = 0, .doubts = {NumberingDoubt::gap}};
    const auto descriptions = describe_segments(levels, {"1.2", "1.3", "model"});
    EXPECT_EQ(descriptions[0].name, "Vertebra 6 from below, level not determined");
    std::set<std::string> uids;
    for (const auto& d : descriptions) {
        EXPECT_LE(d.name.size(), 64u);
        uids.insert(d.tracking_uid);
    }
    EXPECT_EQ(uids.size(), descriptions.size());
    EXPECT_EQ(descriptions[0].type, codes::kVertebra);
    EXPECT_EQ(descriptions[1].type, codes::kDisc);
    EXPECT_EQ(describe_segments(levels, {"1.2", "1.4", "model"})[12].tracking_uid,
              descriptions[12].tracking_uid);
    EXPECT_NE(describe_segments(levels, {"1.2", "1.4", "model"})[0].tracking_uid,
              descriptions[0].tracking_uid)
        << "the third from below of another series may be another vertebra";
}

void expect_near(const DisplayColour& colour, const std::array<int, 3>& expected) {
    const auto found = cielab_of(colour);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(found[i], expected[i], 2);  // of 65535: rounding
}

TEST(LevelSegmentation, ColoursAreThoseOfTheTable) {
    // docs/dicom.md §2, computed with DCMTK's formula.
    expect_near({0, 114, 178}, {30128, 32193, 22262});
    expect_near({240, 228, 66}, {58400, 29473, 52287});
    expect_near({120, 180, 220}, {46355, 30629, 26171});
    expect_near({255, 213, 128}, {57143, 34031, 45035});
}

TEST(VertebraPartsSegmentation, HasABodyAndAnArchOfEachVertebraFromAbove) {
    const Series series = series_of();
    const SpineLevels levels = sample_levels(series.volume.geometry);
    const auto files =
        write_vertebra_parts(series, sample_parts(levels), levels.numbering, sample_provenance());
    ASSERT_TRUE(files) << files.error().describe();
    ASSERT_EQ(files->size(), 1u);
    EXPECT_EQ(files->front().object.kind, ResultKind::vertebra_parts);
    const auto labels = labels_of(files->front());
    ASSERT_EQ(labels.size(), 12u);
    EXPECT_EQ(labels[0], "T12 vertebra, body");
    EXPECT_EQ(labels[1], "T12 vertebra, arch");
    EXPECT_EQ(labels[11], "L5 vertebra, arch");
    const auto read = read_segmentation({"parts", files->front().dicom}, series);
    ASSERT_TRUE(read) << read.error().describe();
    for (std::size_t i = 0; i < read->voxels.size(); ++i) {
        const std::uint8_t level = levels.labels.voxels[i];
        ASSERT_EQ(read->voxels[i], level > 0 && level < 100 ? 1 : 0) << i;
    }
}

TEST(VertebraPartsSegmentation, CodesNamePartAndLevelOnlyWhereBothAreKnown) {
    const Series series = series_of();
    SpineLevels levels = sample_levels(series.volume.geometry);
    const VertebraParts parts = sample_parts(levels);
    const auto named = describe_parts(parts, levels.numbering, {"1.2", "1.3", "model"});
    EXPECT_STREQ(named[0].type.value, "280849005");  // of T12, first from above
    EXPECT_STREQ(named[10].type.value, "21799000");  // of L5
    EXPECT_STREQ(named[10].region.value, "49668003");
    EXPECT_EQ(named[11].type, codes::kVertebralArch);
    EXPECT_STREQ(named[11].region.value, "49668003");
    levels.numbering = {.determined = false, .confidence = 0, .doubts = {NumberingDoubt::gap}};
    const auto open = describe_parts(parts, levels.numbering, {"1.2", "1.3", "model"});
    EXPECT_EQ(open[10].type, codes::kVertebralBody);
    EXPECT_EQ(open[10].region, codes::kLumbarSpine);
    EXPECT_EQ(open[10].name, "Vertebra 1 from below, level not determined, body");
    std::set<std::string> uids;
    for (const auto& d : named) uids.insert(d.tracking_uid);
    for (const auto& d : describe_segments(levels, {"1.2", "1.3", "model"})) uids.insert(d.tracking_uid);
    EXPECT_EQ(uids.size(), named.size() + levels.structures.size());
    for (const auto& d : open) EXPECT_LE(d.name.size(), 64u);
}

/// The same series has a Segmentation of whole vertebrae and one of parts.
TEST(VertebraPartsSegmentation, IsAnObjectOfItsOwn) {
    const Series series = series_of();
    const SpineLevels levels = sample_levels(series.volume.geometry);
    const auto whole = write_segmentation(series, levels, sample_provenance());
    const auto parts =
        write_vertebra_parts(series, sample_parts(levels), levels.numbering, sample_provenance());
    ASSERT_TRUE(whole && parts);
    EXPECT_NE(whole->front().object.sop_instance_uid, parts->front().object.sop_instance_uid);
    EXPECT_NE(whole->front().object.series_instance_uid, parts->front().object.series_instance_uid);
    const auto number = [](const ResultFile& file) {
        return text(*parsed(file.dicom)->getDataset(), DCM_SeriesNumber).back();
    };
    EXPECT_EQ(number(whole->front()), '1');
    EXPECT_EQ(number(parts->front()), '8');
}

TEST(LevelSegmentation, ReadsBackAsItsStructures) {
    const Series series = series_of();
    const SpineLevels levels = sample_levels(series.volume.geometry);
    const auto files = write_segmentation(series, levels, sample_provenance());
    ASSERT_TRUE(files);
    const auto read = read_segmentation({"seg", files->front().dicom}, series);
    ASSERT_TRUE(read) << read.error().describe();
    for (std::size_t i = 0; i < read->voxels.size(); ++i) {
        const std::uint8_t number = levels.labels.voxels[i];
        const std::uint8_t expected = number == 0 ? 0 : number < 100 ? 1 : number == 100 ? 100 : 201;
        ASSERT_EQ(read->voxels[i], expected) << i;
    }
}

TEST(LevelSegmentation, ManyFramesAreSharedOutAmongSeriesOfTheirOwn) {
    const Series series = series_of(60);
    const SpineLevels levels = sample_levels(series.volume.geometry);
    const auto files = write_segmentation(series, levels, sample_provenance());
    ASSERT_TRUE(files);
    ASSERT_GT(files->size(), 1u);
    std::set<std::string> in_series;
    std::vector<std::string> all;
    for (const auto& file : *files) {
        EXPECT_LE(std::stoi(text(*parsed(file.dicom)->getDataset(), DCM_NumberOfFrames)), 400);
        in_series.insert(file.object.series_instance_uid);
        for (const auto& name : labels_of(file)) all.push_back(name);
        EXPECT_TRUE(read_segmentation({"seg", file.dicom}, series));
    }
    EXPECT_EQ(in_series.size(), files->size());
    EXPECT_EQ(all.size(), levels.structures.size()) << "no segment is cut where it fits";
}

TEST(SegmentFrames, ASegmentThatIsTooLongIsCutBySlices) {
    const SegmentDescription description{.value = 1};
    const auto shared = share_out({{&description, std::vector<bool>(25, true)}}, 10);
    ASSERT_EQ(shared.size(), 3u);
    EXPECT_EQ(std::count(shared[2][0].slices.begin(), shared[2][0].slices.end(), true), 5);
}

TEST(LevelSegmentation, ALabelMapHasOneFrameASliceAndSegmentNumbersAsValues) {
    const Series series = series_of();
    const SpineLevels levels = sample_levels(series.volume.geometry);
    const auto files =
        write_segmentation(series, levels, sample_provenance(), SegmentationEncoding::label_map);
    ASSERT_TRUE(files);
    ASSERT_EQ(files->size(), 1u);
    const auto file = parsed(files->front().dicom);
    EXPECT_EQ(text(*file->getDataset(), DCM_SegmentationType), "LABELMAP");
    EXPECT_EQ(text(*file->getDataset(), DCM_SOPClassUID), "1.2.840.10008.5.1.4.1.1.66.7");
    const Uint8* pixels = nullptr;
    unsigned long count = 0;
    ASSERT_TRUE(file->getDataset()->findAndGetUint8Array(DCM_PixelData, pixels, &count).good());
    ASSERT_GE(count, levels.labels.voxels.size());
    std::map<std::uint8_t, int> numbers;
    for (const auto& segment : files->front().segments) numbers[segment.label] = segment.number;
    for (std::size_t i = 0; i < levels.labels.voxels.size(); ++i)
        ASSERT_EQ(int{pixels[i]}, numbers[levels.labels.voxels[i]]) << i;
    const auto binary = write_segmentation(series, levels, sample_provenance());
    EXPECT_NE(binary->front().object.sop_instance_uid, files->front().object.sop_instance_uid);
}

TEST(LevelSegmentation, TheSameInputGivesTheSameBytes) {
    const Series series = series_of();
    const SpineLevels levels = sample_levels(series.volume.geometry);
    const auto a = write_segmentation(series, levels, sample_provenance());
    const auto b = write_segmentation(series_of(), levels, sample_provenance());
    ASSERT_TRUE(a && b);
    EXPECT_EQ(a->front().dicom, b->front().dicom);
}

}  // namespace level_segmentation_test
}  // namespace spineseg::dicom

// SPDX-License-Identifier: GPL-3.0-or-later
/// What every kind of result says beside its pixels: when it was made, and how far it may be trusted.

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "core/result_difference.h"
#include "dicom/read/series.h"
#include "dicom/write/pmap/parametric_map_writer.h"
#include "dicom/write/result_file.h"
#include "dicom/write/sc/picture_writer.h"
#include "dicom/write/seg/segmentation_writer.h"
#include "dicom/write/sr/report_writer.h"
#include "tests/dicom/parsed_file.h"
#include "tests/dicom/sample_levels.h"
#include "tests/dicom/sample_series.h"

namespace spineseg::dicom {
namespace common_modules_test {

using namespace testing;
using std::chrono::hours;

Series source_with(const char* study_time, const char* offset = nullptr) {
    return read_good(
        sample_files(random_volume(sagittal_geometry(16, 18, 8), 1), {}, [&](DcmDataset& d, int) {
            d.putAndInsertString(DCM_StudyDate, "20220103");
            d.putAndInsertString(DCM_StudyTime, study_time);
            if (offset != nullptr) d.putAndInsertString(DCM_TimezoneOffsetFromUTC, offset);
        }));
}

/// One of each kind.
std::vector<ResultFile> all_kinds(const Series& series, const Provenance& provenance) {
    const SpineLevels levels = sample_levels(series.volume.geometry);
    const Volume uncertainty = random_uncertainty(series.volume.geometry, 4);
    std::vector<ResultFile> files = *write_segmentation(series, levels, provenance);
    files.push_back(write_segmentation(series, levels, provenance, SegmentationEncoding::label_map)->front());
    files.push_back(*write_parametric_map(series, uncertainty, provenance));
    files.push_back(*write_parametric_map(series, uncertainty, provenance, MapQuantity::mutual_information));
    const SlicePicture picture{3, 1,
                               std::vector<std::uint8_t>(3 * series.volume.geometry.slice_voxel_count())};
    for (const auto kind : {ResultKind::contours, ResultKind::heat_map})
        files.push_back(write_pictures(series, kind, {picture}, provenance)->front());
    const auto measurements = sample_measurements(levels);
    files.push_back(*write_report(series, {levels, measurements, QualityStatement{provenance.verdict, "why"}},
                                  files, provenance));
    return files;
}

std::string text_in(const ResultFile& file, const DcmTagKey& tag) {
    return text(*parsed(file.dicom)->getDataset(), tag);
}

/// Results that were made years after the study looked as if they had been made with it.
TEST(ResultHeader, EveryObjectSaysWhenItWasMadeAndKeepsTheStudysDate) {
    for (const auto& file : all_kinds(source_with("093000"), sample_provenance())) {
        const auto kind = to_string(file.object.kind);
        EXPECT_EQ(text_in(file, DCM_StudyDate), "20220103") << kind;
        EXPECT_EQ(text_in(file, DCM_StudyTime), "093000") << kind;
        for (const auto& tag : {DCM_InstanceCreationDate, DCM_SeriesDate, DCM_ContentDate})
            EXPECT_EQ(text_in(file, tag), "20261122") << kind << " " << tag.toString();
        for (const auto& tag : {DCM_InstanceCreationTime, DCM_SeriesTime, DCM_ContentTime})
            EXPECT_EQ(text_in(file, tag), "101112") << kind << " " << tag.toString();
        const auto parsed_object = parsed(file.dicom);
        for (const long place : {0L, 1L}) {
            DcmItem* equipment = nullptr;
            ASSERT_TRUE(parsed_object->getDataset()
                            ->findAndGetSequenceItem(DCM_ContributingEquipmentSequence, equipment, place)
                            .good());
            EXPECT_EQ(text(*equipment, DCM_ContributionDateTime), "20261122101112+0000") << kind;
        }
    }
}

TEST(ResultHeader, TimesStandInTheZoneThatTheSourceDeclares) {
    Provenance provenance = sample_provenance();
    provenance.made.offset_minutes = -300;  // of the machine
    const auto file = all_kinds(source_with("093000", "+0545"), provenance).front();
    EXPECT_EQ(text_in(file, DCM_TimezoneOffsetFromUTC), "+0545");
    EXPECT_EQ(text_in(file, DCM_InstanceCreationTime), "155612");
    const auto local = all_kinds(source_with("093000"), provenance).front();
    EXPECT_EQ(text_in(local, DCM_InstanceCreationTime), "051112");
    const auto dataset = parsed(local.dicom);
    EXPECT_FALSE(dataset->getDataset()->tagExists(DCM_TimezoneOffsetFromUTC))
        << "it would move the times of the study, whose zone nobody knows";
}

/// The plugin compares what Orthanc holds with what a rerun made.
TEST(ResultHeader, ARerunIsTheSameObjectButForItsTimes) {
    const Series series = source_with("093000");
    Provenance later = sample_provenance();
    later.made.utc += hours(1000);
    later.made.offset_minutes = 60;
    const auto first = all_kinds(series, sample_provenance()), second = all_kinds(series, later);
    ASSERT_EQ(first.size(), second.size());
    for (std::size_t i = 0; i < first.size(); ++i) {
        const auto kind = to_string(first[i].object.kind);
        EXPECT_EQ(first[i].object, second[i].object) << kind;
        EXPECT_NE(first[i].dicom, second[i].dicom) << kind;
        const auto difference = result_difference(first[i].dicom, second[i].dicom);
        ASSERT_TRUE(difference) << kind << ": " << difference.error().describe();
        EXPECT_EQ(difference->value_or("none"), "none") << kind;
    }
}

TEST(ResultHeader, AnotherPixelIsADifferenceInEveryKindOfImage) {
    const Series series = source_with("093000");
    for (const auto& file : all_kinds(series, sample_provenance())) {
        auto other = file.dicom;
        other[other.size() - 1] ^= 1;
        const auto difference = result_difference(file.dicom, other);
        ASSERT_TRUE(difference);
        EXPECT_TRUE(difference->has_value()) << to_string(file.object.kind);
    }
}

TEST(ResultHeader, AnObjectWithoutATimeIsNotWritten) {
    Provenance provenance = sample_provenance();
    provenance.made = {};
    const Series series = source_with("093000");
    const auto file = write_segmentation(series, random_labels(series.volume.geometry, 3), provenance);
    ASSERT_FALSE(file);
    EXPECT_NE(file.error().detail.find("time of the analysis"), std::string::npos);
}

/// Objects of "pass", "review" and "reject" looked alike wherever the report was not at hand.
TEST(ResultHeader, TheVerdictStandsFirstInWhatPeopleRead) {
    const Series series = source_with("093000");
    Provenance provenance = sample_provenance();
    provenance.model_version = "1.22.333-rc44";
    const std::vector<std::pair<QualityVerdict, std::string>> marks{{QualityVerdict::pass, ""},
                                                                    {QualityVerdict::review, "REVIEW: "},
                                                                    {QualityVerdict::reject, "REJECTED: "}};
    for (const auto& [verdict, mark] : marks) {
        provenance.verdict = verdict;
        for (const auto& file : all_kinds(series, provenance)) {
            const std::string described = text_in(file, DCM_SeriesDescription);
            EXPECT_TRUE(described.starts_with(mark + "AI Lumbar ")) << described;
            EXPECT_TRUE(described.ends_with(" RESEARCH")) << described;
            EXPECT_LE(described.size(), 64U);
            for (const auto& tag : {DCM_ContentDescription, DCM_DerivationDescription}) {
                const std::string content = text_in(file, tag);
                if (content.empty()) continue;
                EXPECT_TRUE(content.starts_with(mark)) << content;
                EXPECT_EQ(content.find("RE", mark.size()), std::string::npos) << content;
                EXPECT_LE(content.size(), 64U + (tag == DCM_DerivationDescription ? 64U : 0U)) << content;
            }
        }
    }
}

TEST(ResultHeader, SeriesNumbersKeepTheirOrderWhateverTheVerdict) {
    const Series series = source_with("093000");
    Provenance provenance = sample_provenance();
    provenance.verdict = QualityVerdict::review;
    std::vector<int> numbers;
    for (const auto& file : all_kinds(series, provenance))
        numbers.push_back(std::stoi(text_in(file, DCM_SeriesNumber)) - 90000 - 10 * series.series_number);
    EXPECT_EQ(numbers, (std::vector<int>{1, 1, 2, 7, 4, 5, 3}));
}

TEST(ResultHeader, DamagedResultsEndTheComparisonInsteadOfTheProcess) {
    const Series series = source_with("093000");
    const auto file =
        write_segmentation(series, sample_levels(series.volume.geometry), sample_provenance())->front();
    std::mt19937 random(20261129);
    int differ = 0;
    for (int i = 0; i < 3000; ++i) {
        auto damaged = file.dicom;
        damaged[132 + random() % (damaged.size() - 132)] ^= static_cast<std::uint8_t>(1 + random() % 255);
        if (i % 3 == 0) damaged.resize(random() % damaged.size());
        const auto difference = result_difference(file.dicom, damaged);
        differ += !difference || *difference ? 1 : 0;
    }
    // A damaged byte of the file meta information or of a time is no difference.
    EXPECT_GT(differ, 2700);
}

}  // namespace common_modules_test
}  // namespace spineseg::dicom

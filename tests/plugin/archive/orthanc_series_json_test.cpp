// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/archive/orthanc_series_json.h"

#include <gtest/gtest.h>

#include "core/digest.h"

namespace spineseg {
namespace orthanc_series_json_test {

// Orthanc 1.10.1's own answers, cut short.
constexpr const char* kSeries = R"({"ID": "db30c80d-d29d3398-97d5cff3-4b4b3cad-51848233", "IsStable": true,
  "Instances": ["a", "b"], "MainDicomTags": {"BodyPartExamined": "LSPINE", "Modality": "MR",
  "SeriesDescription": "t2_tse_sag", "SeriesInstanceUID": "1.2.3", "OperatorsName": "SECRET^OPERATOR"},
  "ParentStudy": "4ce0c30e-061c9d8e-16d01bc6-4e25f31a-304d63d9", "Type": "Series"})";
constexpr const char* kInstances = R"([
  {"ID": "b", "MainDicomTags": {"SOPInstanceUID": "1.2.3.2", "ImageOrientationPatient": "0\\1\\0\\0\\0\\-1",
   "ImagePositionPatient": "4.4\\-140\\140.5"}},
  {"ID": "a", "MainDicomTags": {"SOPInstanceUID": "1.2.3.1"}}])";
constexpr const char* kStudy =
    R"({"MainDicomTags": {"StudyDescription": "MRT LWS", "ReferringPhysicianName": "SECRET^DOCTOR"},
  "PatientMainDicomTags": {"PatientName": "SECRET^NAME"}})";
constexpr const char* kTags =
    R"({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.4", "PatientName": "SECRET^NAME", "PatientID": "SECRET",
  "PatientBirthDate": "19700101", "StudyDate": "20221122", "ImageComments": "SECRET", "Rows": "384", "PixelSpacing": "0.73\\0.75", "EchoTime": "102",
  "ManufacturerModelName": "Avanto_fit", "ProtocolName": "t2", "AnatomicRegionSequence": [{"CodeMeaning": "Lumbar spine"}]})";

TEST(SeriesAnswers, ReadWhatOrthancAnswers) {
    const auto tags = parse_series_tags({kSeries, kInstances, kStudy, {kTags}});
    ASSERT_TRUE(tags) << tags.error().describe();
    EXPECT_EQ(tags->series_instance_uid, "1.2.3");
    EXPECT_EQ(tags->orthanc_study_id, "4ce0c30e-061c9d8e-16d01bc6-4e25f31a-304d63d9");
    EXPECT_EQ(tags->value("StudyDescription"), "MRT LWS");
    EXPECT_EQ(tags->value("ManufacturerModelName"), "Avanto_fit");
    EXPECT_EQ(tags->value("ProtocolName"), "t2");
    EXPECT_EQ(tags->value("AnatomicRegion"), "Lumbar spine");
    EXPECT_EQ(tags->number("PixelSpacing", 1), 0.75);
    EXPECT_EQ(tags->number("EchoTime"), 102.0);
    EXPECT_EQ(tags->image_count(), 2);
    ASSERT_TRUE(tags->instances[0].position);
    EXPECT_EQ((*tags->instances[0].position)[2], 140.5);
    EXPECT_FALSE(tags->instances[1].orientation);
}

TEST(SeriesAnswers, TheFingerprintIsThatOfTheSortedUids) {
    const auto tags = parse_series_tags({kSeries, kInstances, "", {}});
    ASSERT_TRUE(tags);
    EXPECT_EQ(tags->fingerprint(), sha256_hex("1.2.3.1\n1.2.3.2\n"));
}

TEST(SeriesAnswers, NothingOfThePatientIsKept) {
    const auto tags = parse_series_tags({kSeries, kInstances, kStudy, {kTags}});
    ASSERT_TRUE(tags);
    for (const auto& [keyword, value] : tags->values)
        EXPECT_EQ(value.find("SECRET"), std::string::npos) << keyword;
    EXPECT_EQ(tags->value("PatientBirthDate"), "");
    EXPECT_EQ(tags->patient.age_years, 52.0);
}

TEST(SeriesAnswers, AnEnhancedObjectsFunctionalGroupsStandUnderTheirOwnNames) {
    const std::string enhanced = R"({"NumberOfFrames": "15", "SharedFunctionalGroupsSequence": [{
        "PixelMeasuresSequence": [{"PixelSpacing": "0.5\\0.5"}],
        "PlaneOrientationSequence": [{"ImageOrientationPatient": "0\\1\\0\\0\\0\\-1"}]}],
        "PerFrameFunctionalGroupsSequence": [{"MRDiffusionSequence": [{"DiffusionBValue": "0"}]}]})";
    const auto tags = parse_series_tags({kSeries, kInstances, "", {enhanced}});
    ASSERT_TRUE(tags);
    EXPECT_EQ(tags->value("ImageOrientationPatient"), "0\\1\\0\\0\\0\\-1");
    EXPECT_EQ(tags->number("PixelSpacing"), 0.5);
    EXPECT_EQ(tags->number("DiffusionBValue"), 0.0);
    EXPECT_EQ(tags->image_count(), 30);
}

/// Orthanc's answers on a series of `count` slices at `spacing` mm, each of one Image Type.
SeriesAnswers slices(int count, const std::string& image_type, double spacing = 0.9) {
    SeriesAnswers answers{kSeries, "", "", {}};
    for (int i = 0; i < count; ++i) {
        const std::string uid = "1.2.3." + std::to_string(i + 1);
        answers.instances_json += (i == 0 ? "[" : ",") + (R"({"ID": "i)" + std::to_string(i)) +
                                  R"(", "MainDicomTags": {"SOPInstanceUID": ")" + uid + "\"}}";
        answers.instance_tags_json.push_back(
            R"({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.4", "FrameOfReferenceUID": "1.2", "Rows": "300", "Columns": "300",)"
            R"("ImageOrientationPatient": "0\\1\\0\\0\\0\\-1", "ImagePositionPatient": ")" +
            std::to_string(20 - 4 * i) + R"(\\-100\\150", "ImageType": ")" + image_type +
            R"(", "PixelSpacing": ")" + std::to_string(spacing) + "\\\\" + std::to_string(spacing) + "\"}");
    }
    answers.instances_json += "]";
    return answers;
}

/// What the worker would refuse was known to the worker alone.
TEST(SeriesAnswers, SayWhichStackTheWorkerWouldRead) {
    const auto tags = parse_series_tags(slices(9, R"(ORIGINAL\\PRIMARY\\M\\ND)"));
    ASSERT_TRUE(tags && tags->survey) << tags.error().describe();
    ASSERT_FALSE(tags->survey->fault) << tags->survey->fault->describe();
    ASSERT_EQ(tags->survey->stacks.size(), 1u);
    EXPECT_TRUE(tags->survey->stacks[0].chosen);
    EXPECT_EQ(tags->survey->stacks[0].description.substr(0, 28), "9 sagittal images, 300 x 300");
    const auto small = parse_series_tags(slices(9, R"(ORIGINAL\\PRIMARY\\M\\ND)", 0.16));
    ASSERT_TRUE(small->survey->fault);
    EXPECT_EQ(small->survey->fault->code, ErrorCode::geometry_out_of_range);
}

TEST(SeriesAnswers, ASitesWordsDecideWhatIsAnatomy) {
    const auto answers = slices(9, R"(ORIGINAL\\PRIMARY\\M\\QUUX)");
    EXPECT_EQ(parse_series_tags(answers)->survey->anatomical_images, 0);
    EXPECT_EQ(parse_series_tags(answers, {{"QUUX"}, {}})->survey->anatomical_images, 9);
}

TEST(SeriesAnswers, AnAnswerThatIsNotOrthancsIsTheArchivesFault) {
    for (const char* series : {"", "[]", "{}", "{\"ID\": 3}", "{\"ID\": \"x\"}"}) {
        const auto tags = parse_series_tags({series, kInstances, "", {}});
        ASSERT_FALSE(tags) << series;
        EXPECT_EQ(tags.error().code, ErrorCode::archive_unavailable);
    }
    EXPECT_FALSE(parse_series_tags({kSeries, "{}", "", {}}));
    EXPECT_FALSE(parse_series_tags({kSeries, "[{\"ID\": \"a\"}]", "", {}}));
    EXPECT_FALSE(parse_series_tags({kSeries, "[3]", "", {}}));
}

TEST(SeriesAnswers, LongValuesAreLeftOut) {
    const std::string tags_json = "{\"SeriesDescription\": \"" + std::string(kMaxTagBytes + 1, 'x') + "\"}";
    const auto tags = parse_series_tags(
        {R"({"ID": "x", "MainDicomTags": {"SeriesInstanceUID": "1"}})", "[]", "", {tags_json}});
    ASSERT_TRUE(tags);
    EXPECT_EQ(tags->value("SeriesDescription"), "");
}

}  // namespace orthanc_series_json_test
}  // namespace spineseg

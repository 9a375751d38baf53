// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/explain/explanation.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/dicom/sample_series.h"

namespace spineseg {
namespace explanation_test {

using namespace dicom::testing;
using nlohmann::json;

class Explanation : public testing::Test {
  protected:
    /// Writes a sagittal lumbar T2 series of 9 slices into a folder of its own, changed slice by slice.
    void write(const std::string& name, const std::function<void(DcmDataset&, int)>& edit = {}) {
        const Volume volume = random_volume(sagittal_geometry(300, 320, 9, 4), 3);
        dicom::MrSeriesHeader header;
        header.series_description = "t2_tse_sag";
        header.elements = {{"BodyPartExamined", "LSPINE"}, {"EchoTime", "100"}, {"RepetitionTime", "3500"}};
        const auto files = sample_files(volume, header, [&](DcmDataset& dataset, int slice) {
            dataset.putAndInsertString(DCM_SeriesInstanceUID,
                                       ("1.2.3." + std::to_string(++uid_ / 100)).c_str());
            if (edit) edit(dataset, slice);
        });
        uid_ = (uid_ / 100 + 1) * 100;
        std::filesystem::create_directories(folder_.path() / name);
        for (std::size_t i = 0; i < files.names.size(); ++i)
            write_bytes(folder_.path() / name / files.names[i], files.bytes[i]);
    }
    std::vector<SeriesExplanation> explain() {
        auto found = find_series({folder_.path()});
        EXPECT_TRUE(found);
        unreadable_ = found->unreadable;
        std::vector<SeriesExplanation> all;
        for (auto& series : found->series)
            all.push_back(explain_series(std::move(series), EligibilityRules::shipped()));
        return all;
    }
    TemporaryFolder folder_;
    std::vector<UnreadableFile> unreadable_;
    int uid_ = 100;
};

TEST_F(Explanation, AGoodSeriesWouldRunAndNamesItsStackAndWeighting) {
    write("good");
    const auto all = explain();
    ASSERT_EQ(all.size(), 1u);
    EXPECT_TRUE(all[0].would_run()) << to_text(all[0], true);
    EXPECT_EQ(all[0].verdict.contrast.contrast, Contrast::t2);
    EXPECT_EQ(all[0].verdict.contrast.physics_rule, "t2_spin_echo");
    EXPECT_EQ(all[0].verdict.facts.images, 9);
    ASSERT_EQ(all[0].verdict.facts.stacks.size(), 1u);
    EXPECT_TRUE(all[0].verdict.facts.stacks[0].chosen);
    const auto view = to_json(all[0]);
    EXPECT_EQ(view["WouldRun"], true);
    EXPECT_EQ(view["Rules"].size(), EligibilityRules::shipped().rules.size());
    EXPECT_TRUE(view["Reading"].is_null());
    const auto text = to_text(all[0], false);
    EXPECT_NE(text.find("lumbar_region"), std::string::npos) << text;
    EXPECT_EQ(text.find("did not"), std::string::npos);
    EXPECT_EQ(text.find("diffusion"), std::string::npos);
    EXPECT_NE(to_text(all[0], true).find("diffusion"), std::string::npos);
}

TEST_F(Explanation, SeveralSeriesAndForeignFilesAreToldApart) {
    write("a");
    write("b", [](DcmDataset& d, int) { d.putAndInsertString(DCM_SeriesDescription, "localizer"); });
    write("c", [](DcmDataset& d, int slice) {
        if (slice == 4) d.putAndInsertString(DCM_ImagePositionPatient, "500\\0\\0");
    });
    write_bytes(folder_.path() / "notes.txt", std::vector<std::uint8_t>(500, 'x'));
    write_bytes(folder_.path() / "DICOMDIR", {1, 2, 3});
    const auto all = explain();
    ASSERT_EQ(all.size(), 3u);
    EXPECT_TRUE(all[0].would_run());
    EXPECT_EQ(all[1].verdict.rule, "localizer_text");
    EXPECT_FALSE(all[1].would_run());
    ASSERT_TRUE(all[2].reading_fault);
    EXPECT_EQ(to_json(all[2])["Reading"]["Code"], to_string(all[2].reading_fault->code));
    EXPECT_FALSE(all[2].would_run());
    ASSERT_EQ(unreadable_.size(), 1u);
    EXPECT_EQ(unreadable_[0].error.code, ErrorCode::not_dicom);
}

TEST_F(Explanation, TextsOfOtherCharacterSetsReachTheRulesAsUtf8) {
    write("russian", [](DcmDataset& d, int) {
        d.putAndInsertString(DCM_SpecificCharacterSet, "ISO_IR 144");
        // ISO 8859-5: "поясничный"
        d.putAndInsertString(DCM_SeriesDescription, "\xdf\xde\xef\xe1\xdd\xd8\xe7\xdd\xeb\xd9");
        d.putAndInsertString(DCM_BodyPartExamined, "");
    });
    const auto all = explain();
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].verdict.facts.region, "lumbar");
    EXPECT_EQ(all[0].files.tags.value("SeriesDescription"), "поясничный");
}

TEST_F(Explanation, NothingOfThePatientIsInTheAnswer) {
    write("named", [](DcmDataset& d, int) {
        d.putAndInsertString(DCM_PatientName, "SECRET^NAME");
        d.putAndInsertString(DCM_PatientID, "SECRET");
        d.putAndInsertString(DCM_ImageComments, "SECRET");
        d.putAndInsertString(DCM_PatientAge, "033Y");
    });
    const auto all = explain();
    EXPECT_EQ(all[0].verdict.facts.age_years, 33.0);
    EXPECT_EQ(to_json(all[0]).dump().find("SECRET"), std::string::npos);
    EXPECT_EQ(to_json(all[0]).dump().find("age_years"), std::string::npos);
}

/// Only the worker told a child, after the job; `explain` said nothing.
TEST_F(Explanation, AChildIsToldAndStillWouldRun) {
    write("young", [](DcmDataset& d, int) {
        d.putAndInsertString(DCM_PatientBirthDate, "20171103");
        d.putAndInsertString(DCM_StudyDate, "20261129");
    });
    const auto all = explain();
    EXPECT_TRUE(all[0].would_run()) << all[0].reason();
    EXPECT_NE(to_text(all[0], false).find("doubt       child: "), std::string::npos)
        << to_text(all[0], false);
    const auto doubts = to_json(all[0])["Doubts"];
    ASSERT_EQ(doubts.size(), 1u);
    EXPECT_EQ(doubts[0]["Name"], "child");
    EXPECT_EQ(to_json(all[0]).dump().find("20171103"), std::string::npos);
}

TEST_F(Explanation, AnEnhancedObjectIsExplainedLikeItsSlices) {
    const Volume volume = random_volume(sagittal_geometry(300, 320, 9, 4), 3);
    const auto enhanced = enhanced_files(volume);
    write_bytes(folder_.path() / "enhanced.dcm", enhanced.bytes[0]);
    const auto all = explain();
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].verdict.facts.images, 9);
    EXPECT_EQ(all[0].verdict.facts.plane, "sagittal");
    EXPECT_FALSE(all[0].reading_fault);
}

/// A field of view of 60 or 900 mm "would be read", and the worker rejected it.
TEST_F(Explanation, WhatThePipelineWouldRefuseForItsGeometryIsSaid) {
    write("small", [](DcmDataset& d, int) { d.putAndInsertString(DCM_PixelSpacing, "0.16\\0.16"); });
    write("large", [](DcmDataset& d, int) { d.putAndInsertString(DCM_PixelSpacing, "2.4\\2.4"); });
    const auto all = explain();
    ASSERT_EQ(all.size(), 2u);
    for (const auto& one : all) {
        EXPECT_FALSE(one.would_run()) << to_text(one, false);
        ASSERT_TRUE(one.reading_fault);
        EXPECT_EQ(one.reading_fault->code, ErrorCode::geometry_out_of_range);
        EXPECT_EQ(one.reads(), "");
    }
}

/// A vendor's word that the table does not know excluded every series of a hospital.
TEST_F(Explanation, ASitesWordMakesItsImagesAnatomy) {
    write("vendor",
          [](DcmDataset& d, int) { d.putAndInsertString(DCM_ImageType, "ORIGINAL\\PRIMARY\\M\\QUUX_1"); });
    const auto refused = explain();
    ASSERT_EQ(refused.size(), 1u);
    EXPECT_NE(refused[0].reason().find("QUUX 1\", a word that is not known"), std::string::npos)
        << refused[0].reason();
    const auto rules =
        EligibilityRules::shipped().with_site_changes(R"({"images": {"anatomy": ["quux_1"]}})");
    ASSERT_TRUE(rules);
    auto found = find_series({folder_.path()}, rules->images);
    ASSERT_TRUE(found);
    const auto taken = explain_series(std::move(found->series[0]), *rules);
    EXPECT_TRUE(taken.would_run()) << to_text(taken, false);
}

TEST_F(Explanation, TheTableHasARowForEachSeries) {
    write("good");
    write("fat", [](DcmDataset& d, int) { d.putAndInsertString(DCM_ImageType, "DERIVED\\PRIMARY\\M\\FAT"); });
    const auto table = to_table(explain(), folder_.path());
    EXPECT_NE(table.find("| good | 9 sagittal images"), std::string::npos) << table;
    EXPECT_NE(table.find("| fat | – | fat_image: "), std::string::npos) << table;
}

TEST(FindSeries, AMissingPathIsNamed) {
    const auto found = find_series({"/nonexistent/folder"});
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, ErrorCode::file_not_found);
    EXPECT_NE(found.error().detail.find("/nonexistent/folder"), std::string::npos);
}

/// Real files of several vendors, which cannot be committed: read where they lie beside the checkout.
TEST(RealSeriesExplained, EachSaysWhatItIs) {
    const auto data = shared_dicom_data();
    if (data.empty()) GTEST_SKIP() << "no shared data beside this checkout";
    for (const auto& [folder, rule] :
         {std::pair{"ge-localizer", "localizer_text"}, std::pair{"philips-dual-echo", "plane"},
          std::pair{"siemens-xa30-classic", "echo_planar"}, std::pair{"philips-enhanced", "plane"},
          std::pair{"uih-sagittal-head", "other_region"}, std::pair{"lumbar", "too_few_images"}}) {
        auto found = find_series({data / folder});
        ASSERT_TRUE(found && found->series.size() == 1) << folder;
        const auto explanation = explain_series(std::move(found->series[0]), EligibilityRules::shipped());
        EXPECT_EQ(explanation.verdict.rule, rule) << to_text(explanation, false);
    }
}

}  // namespace explanation_test
}  // namespace spineseg

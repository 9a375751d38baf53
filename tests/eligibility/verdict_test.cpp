// SPDX-License-Identifier: GPL-3.0-or-later
#include "eligibility/verdict.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/eligibility/sample_tags.h"

namespace spineseg {
namespace verdict_test {

using Values = std::map<std::string, std::string>;

/// A lumbar series with some header values changed; an empty value removes.
SeriesTags series_with(const Values& changes) {
    auto tags = lumbar_series(orthanc_id('1'));
    for (const auto& [keyword, value] : changes) {
        if (value.empty())
            tags.values.erase(keyword);
        else
            tags.values[keyword] = value;
    }
    return tags;
}

void set_orientation(SeriesTags& tags, const std::string& ds) {
    tags.values["ImageOrientationPatient"] = ds;
    for (auto& instance : tags.instances) instance.orientation = parse_orientation(ds);
}

Eligibility judge(const SeriesTags& tags) {
    return decide_eligibility(tags, EligibilityRules::shipped());
}

struct Case {
    const char* name;
    Values changes;
    const char* rule;  ///< that refuses; empty: eligible
};

class EligibilityTable : public testing::TestWithParam<Case> {};

TEST_P(EligibilityTable, RefusesByTheRuleThatIsNamed) {
    const auto verdict = judge(series_with(GetParam().changes));
    EXPECT_EQ(verdict.rule, GetParam().rule) << verdict.reason;
    EXPECT_EQ(verdict.eligible, std::string(GetParam().rule).empty());
    const bool begins = verdict.reason.rfind(verdict.rule + ": ", 0) == 0;
    EXPECT_EQ(begins, !verdict.eligible) << verdict.reason;
}

std::string name_of(const testing::TestParamInfo<Case>& info) {
    return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(
    Lumbar, EligibilityTable,
    testing::Values(
        // Values of the SPIDER collection's headers, Philips and Siemens.
        Case{"SiemensSkyraT1", {{"SeriesDescription", "SAG T1 TSE"}, {"SequenceName", "*tse2d1_5"}}, ""},
        Case{"SiemensAvantoDutchBodyPart",
             {{"BodyPartExamined", "MRI LWK"}, {"SeriesDescription", "t1_tse_sag_320"}},
             ""},
        Case{"SiemensDecentralBodyPart", {{"BodyPartExamined", "MRI LWK _DECENTR"}}, ""},
        Case{"PhilipsIngeniaWithoutDescription",
             {{"Manufacturer", "Philips Healthcare"}, {"SeriesDescription", ""}},
             ""},
        Case{"PhilipsCompressedSense", {{"SeriesDescription", "T2_CS_TSE SAG"}}, ""},
        Case{"ThoracicBodyPartAloneIsNotBelieved", {{"BodyPartExamined", "TSPINE"}}, ""},
        Case{"DutchBack", {{"BodyPartExamined", "MRI RUGPOLI ZEVE"}}, ""},
        Case{"NoBodyPart", {{"BodyPartExamined", ""}}, ""},
        Case{"Space3d", {{"SeriesDescription", "T2_space_sag_c4"}, {"SequenceName", "*spcR_60"}}, ""},
        Case{"Stir", {{"SeriesDescription", "SAG T2 TSE STIR"}}, ""},
        // What an anonymiser leaves: derived, and no text at all. Absence is no refusal.
        Case{"Anonymised",
             {{"ImageType", "DERIVED\\PRIMARY"},
              {"SeriesDescription", ""},
              {"BodyPartExamined", ""},
              {"SamplesPerPixel", ""},
              {"ScanningSequence", ""},
              {"Manufacturer", ""}},
             ""},
        Case{"ContradictingLeftoverBodyPart",
             {{"BodyPartExamined", "HEAD"}, {"SeriesDescription", "t2 sag LWS"}},
             ""},
        Case{"LumbarAndThoracic", {{"BodyPartExamined", ""}, {"StudyDescription", "MRT BWS/LWS"}}, ""},
        Case{"WholeSpineWithThoracicWord",
             {{"BodyPartExamined", ""}, {"StudyDescription", "entire thoracic spine and below"}},
             ""}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    ManyLanguages, EligibilityTable,
    testing::Values(
        Case{"German", {{"BodyPartExamined", "HEAD"}, {"SeriesDescription", "T2 sag Lendenwirbelsäule"}}, ""},
        Case{"French", {{"BodyPartExamined", "HEAD"}, {"SeriesDescription", "SAG T2 rachis lombaire"}}, ""},
        Case{"Spanish", {{"BodyPartExamined", "HEAD"}, {"SeriesDescription", "columna lumbar sag"}}, ""},
        Case{"Portuguese", {{"BodyPartExamined", "HEAD"}, {"SeriesDescription", "COLUNA LOMBAR SAG T1"}}, ""},
        Case{"Polish", {{"BodyPartExamined", "HEAD"}, {"SeriesDescription", "kręgosłup lędźwiowy"}}, ""},
        Case{"Czech", {{"BodyPartExamined", "HEAD"}, {"SeriesDescription", "bederní páteř"}}, ""},
        Case{"Hungarian", {{"BodyPartExamined", "HEAD"}, {"SeriesDescription", "Ágyéki gerinc"}}, ""},
        Case{"Finnish",
             {{"BodyPartExamined", "HEAD"}, {"SeriesDescription", "lannerangan MRI lanneranka"}},
             ""},
        Case{"Turkish", {{"BodyPartExamined", "HEAD"}, {"SeriesDescription", "LOMBER SAG"}}, ""},
        Case{"Russian", {{"BodyPartExamined", "HEAD"}, {"SeriesDescription", "Т2 саг поясничный отдел"}}, ""},
        Case{"RussianShort", {{"BodyPartExamined", "HEAD"}, {"SeriesDescription", "ПОП сагиттально"}}, ""},
        Case{"Greek", {{"BodyPartExamined", "HEAD"}, {"SeriesDescription", "ΟΣΦΥΪΚΗ ΜΟΙΡΑ"}}, ""},
        Case{"Japanese", {{"BodyPartExamined", "HEAD"}, {"SeriesDescription", "腰椎 矢状断"}}, ""},
        Case{"Korean", {{"BodyPartExamined", "HEAD"}, {"SeriesDescription", "요추 시상면"}}, ""}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Refused, EligibilityTable,
    testing::Values(
        Case{"OwnSegmentation",
             {{"Modality", "SEG"},
              {"SOPClassUID", "1.2.840.10008.5.1.4.1.1.66.4"},
              {"SoftwareVersions", "spineseg 0.1.0"}},
             "own_result"},
        Case{
            "OwnParametricMap",
            {{"Modality", "MR"}, {"SOPClassUID", "1.2.840.10008.5.1.4.1.1.30"}, {"Manufacturer", "spineseg"}},
            "own_result"},
        Case{"ForeignSegmentation",
             {{"Modality", "SEG"}, {"SOPClassUID", "1.2.840.10008.5.1.4.1.1.66.4"}},
             "modality"},
        Case{"Ct", {{"Modality", "CT"}, {"SOPClassUID", "1.2.840.10008.5.1.4.1.1.2"}}, "modality"},
        Case{"MrSpectroscopy", {{"SOPClassUID", "1.2.840.10008.5.1.4.1.1.4.2"}}, "sop_class"},
        Case{"Colour", {{"SamplesPerPixel", "3"}}, "colour"},
        Case{"LocalizerByImageType", {{"ImageType", "ORIGINAL\\PRIMARY\\M\\LOCALIZER"}}, "localizer"},
        Case{"Scout", {{"SeriesDescription", "AAHScout"}}, "localizer_text"},
        Case{"PhilipsSurvey", {{"SeriesDescription", "SURVEY_32"}}, "localizer_text"},
        Case{"GeThreePlane", {{"SeriesDescription", "3-Plane Loc SSFSE"}}, "localizer_text"},
        Case{"JapaneseLocalizer", {{"SeriesDescription", "位置決め"}}, "localizer_text"},
        Case{"RussianLocalizer", {{"SeriesDescription", "локалайзер"}}, "localizer_text"},
        Case{"Mip", {{"ImageType", "DERIVED\\SECONDARY\\MIP"}}, "derived_image"},
        Case{"Reformat", {{"ImageType", "DERIVED\\SECONDARY\\MPR"}}, "reformat"},
        Case{"PhaseImage", {{"ImageType", "ORIGINAL\\PRIMARY\\P\\ND"}}, "phase_image"},
        Case{"FatOfADixon", {{"ImageType", "DERIVED\\PRIMARY\\DIXON\\FAT"}}, "fat_image"},
        Case{"Subtraction", {{"ImageType", "DERIVED\\SECONDARY\\SUBTRACTION"}}, "derived_image"},
        Case{"T2Flair", {{"InversionTime", "2200"}}, "t2_flair"},
        Case{"Perfusion", {{"AcquisitionContrast", "PERFUSION"}}, "functional_contrast"},
        Case{"AdcMap", {{"ImageType", "DERIVED\\PRIMARY\\ADC"}}, "derived_image"},
        Case{"Mosaic", {{"ImageType", "ORIGINAL\\PRIMARY\\M\\MOSAIC"}}, "derived_image"},
        Case{"Diffusion", {{"DiffusionBValue", "800"}}, "diffusion"},
        Case{"EchoPlanar", {{"ScanningSequence", "EP\\SE"}}, "echo_planar"},
        Case{"DiffusionByText", {{"SeriesDescription", "sag DWI b600"}}, "derived_text"},
        Case{"MrMyelography", {{"SeriesDescription", "MYELO 3D"}}, "derived_text"},
        Case{"Head", {{"BodyPartExamined", "HEAD"}}, "other_region"},
        Case{"Knee", {{"BodyPartExamined", ""}, {"SeriesDescription", "PD sag Knie rechts"}}, "other_region"},
        Case{"CervicalSeriesInALumbarStudy",
             {{"SeriesDescription", "T2 sag HWS"}, {"StudyDescription", "MRT LWS"}},
             "other_region"},
        Case{
            "CervicalJapanese", {{"BodyPartExamined", ""}, {"SeriesDescription", "頚椎 T2"}}, "other_region"},
        Case{"BrainStudy",
             {{"BodyPartExamined", ""}, {"StudyDescription", "MR Schädel nativ"}},
             "other_region"},
        Case{"ThoracicByText", {{"SeriesDescription", "T2 sag BWS"}}, "thoracic_region"},
        Case{"UnknownAndSmall",
             {{"BodyPartExamined", ""}, {"PixelSpacing", "0.4\\0.4"}},
             "region_unknown_small"},
        Case{"UnknownAndTall",
             {{"BodyPartExamined", ""}, {"PixelSpacing", "1.3\\1.3"}},
             "region_unknown_tall"}),
    name_of);

TEST(Eligibility, AnAxialOrCoronalStackIsRefusedWhateverItsTextSays) {
    auto tags = series_with({{"SeriesDescription", "T2 LWS"}});
    set_orientation(tags, "1\\0\\0\\0\\1\\0");
    EXPECT_EQ(judge(tags).rule, "plane");
    EXPECT_EQ(judge(tags).facts.plane, "axial");
    set_orientation(tags, "1\\0\\0\\0\\0\\-1");
    EXPECT_EQ(judge(tags).facts.plane, "coronal");
    EXPECT_EQ(judge(tags).rule, "plane");
}

TEST(Eligibility, AScoliosisPatientsObliqueSagittalStackIsEligible) {
    auto tags = series_with({});
    set_orientation(tags, "0.3420201\\0.9396926\\0\\0\\0\\-1");  // 20° about the body axis
    EXPECT_TRUE(judge(tags).eligible) << judge(tags).reason;
}

TEST(Eligibility, OfSeveralPlanesTheSagittalStackIsJudged) {
    auto tags = series_with({});
    tags.instances[0].orientation = parse_orientation("1\\0\\0\\0\\1\\0");
    tags.instances[1].orientation = parse_orientation("1\\0\\0\\0\\0\\-1");
    const auto verdict = judge(tags);
    EXPECT_TRUE(verdict.eligible) << verdict.reason;
    EXPECT_EQ(verdict.facts.orientations, 3);
    EXPECT_EQ(verdict.facts.images, 13);
    EXPECT_EQ(verdict.facts.plane, "sagittal");
    EXPECT_LT(verdict.confidence, judge(series_with({})).confidence);
}

TEST(Eligibility, AThreePlaneLocalizerWithoutThatNameHasTooFewSagittalImages) {
    auto tags = series_with({});
    for (std::size_t i = 0; i < tags.instances.size(); ++i)
        if (i % 4 != 0)
            tags.instances[i].orientation =
                parse_orientation(i % 4 == 1 ? "1\\0\\0\\0\\0\\-1" : "1\\0\\0\\0\\1\\0");
    EXPECT_EQ(judge(tags).rule, "too_few_images");
}

TEST(Eligibility, SlicesAsFarApartAsALocalizersAreRefused) {
    auto tags = series_with({});
    for (std::size_t i = 0; i < tags.instances.size(); ++i)
        tags.instances[i].position = Vec3{-75 + 11.0 * static_cast<double>(i), 0, 0};
    EXPECT_EQ(judge(tags).rule, "slices_far_apart");
}

TEST(Eligibility, RoundingOfTheCosinesIsNoSecondPlane) {
    auto tags = series_with({});
    tags.instances[3].orientation = parse_orientation("0.001\\0.9999995\\0\\0\\0.0005\\-0.9999999");
    EXPECT_TRUE(judge(tags).eligible) << judge(tags).reason;
}

TEST(Eligibility, FourImagesAreNoStack) {
    EXPECT_EQ(judge(lumbar_series(orthanc_id('1'), 4)).rule, "too_few_images");
    EXPECT_TRUE(judge(lumbar_series(orthanc_id('1'), 5)).eligible);
}

TEST(Eligibility, OneEnhancedObjectOfFifteenFramesIsAStack) {
    auto tags = series_with({{"SOPClassUID", "1.2.840.10008.5.1.4.1.1.4.1"}, {"NumberOfFrames", "15"}});
    tags.instances.resize(1);
    tags.instances[0].orientation.reset();
    tags.instances[0].position.reset();
    EXPECT_TRUE(judge(tags).eligible) << judge(tags).reason;
    EXPECT_EQ(judge(tags).facts.images, 15);
}

TEST(Eligibility, AnUnnamedStackAsWideAsAHeadIsRefused) {
    auto tags = series_with({{"BodyPartExamined", ""}});
    for (std::size_t i = 0; i < tags.instances.size(); ++i)
        tags.instances[i].position = Vec3{-75 + 9.9 * static_cast<double>(i), 0, 0};
    EXPECT_EQ(judge(tags).rule, "region_unknown_wide");
    tags.values["BodyPartExamined"] = "LSPINE";
    EXPECT_TRUE(judge(tags).eligible);
}

TEST(Eligibility, WhereNothingIsKnownButTheModalityTheWorkerDecides) {
    SeriesTags tags = lumbar_series(orthanc_id('1'));
    tags.values = {{"Modality", "MR"}};
    for (auto& instance : tags.instances) instance.orientation.reset();
    EXPECT_TRUE(judge(tags).eligible) << judge(tags).reason;
}

TEST(Eligibility, TheReasonOfAWrongRegionNamesWhatSaidSo) {
    const auto verdict = judge(series_with({{"BodyPartExamined", "HEAD"}}));
    EXPECT_EQ(verdict.reason, "other_region: another part of the body (the text says \"head\")");
}

TEST(Eligibility, TheReasonNamesThePatternAndNotTheText) {
    const auto verdict = judge(series_with({{"SeriesDescription", "survey of Mrs Miller"}}));
    EXPECT_NE(verdict.reason.find("survey*"), std::string::npos);
    EXPECT_EQ(verdict.reason.find("Miller"), std::string::npos);
}

TEST(Eligibility, EveryRuleTellsWhatItLookedAtAndWhyItFiredOrNot) {
    const auto verdict = judge(series_with({{"BodyPartExamined", "HEAD"}}));
    ASSERT_EQ(verdict.outcomes.size(), EligibilityRules::shipped().rules.size());
    for (const auto& outcome : verdict.outcomes) {
        EXPECT_FALSE(outcome.why.empty()) << outcome.id;
        EXPECT_FALSE(outcome.because.empty()) << outcome.id;
        EXPECT_FALSE(outcome.looks_at.empty()) << outcome.id;
        if (outcome.id == "modality") {
            EXPECT_FALSE(outcome.fired);
            EXPECT_EQ(outcome.why, "Modality is MR");
        }
        if (outcome.id == "sagittal") {
            EXPECT_TRUE(outcome.fired);
            EXPECT_EQ(outcome.says, "for");
        }
        if (outcome.id == "diffusion") {
            EXPECT_EQ(outcome.why, "the header does not say DiffusionBValue");
        }
    }
}

TEST(Eligibility, EvidenceMovesTheConfidenceAndNothingKnownIsOneHalf) {
    SeriesTags nothing;
    nothing.values = {{"Modality", "MR"}};
    nothing.instances.resize(15);
    EXPECT_EQ(judge(nothing).confidence, 0.5);
    EXPECT_TRUE(judge(nothing).eligible);
    EXPECT_GT(judge(series_with({})).confidence, 0.98);
    EXPECT_LT(judge(series_with({{"ImageType", "DERIVED\\PRIMARY"}})).confidence,
              judge(series_with({})).confidence);
}

TEST(Eligibility, MoreAgainstThanForIsLowConfidenceAndTheStrongestIsNamed) {
    SeriesTags tags;
    tags.values = {{"Modality", "MR"}, {"ScanningSequence", "GR"}, {"ImageType", "DERIVED\\PRIMARY"}};
    tags.instances.resize(15);
    const auto verdict = judge(tags);
    EXPECT_FALSE(verdict.eligible);
    EXPECT_EQ(verdict.rule, "low_confidence");
    EXPECT_NE(verdict.reason.find("a gradient echo"), std::string::npos) << verdict.reason;
}

}  // namespace verdict_test
}  // namespace spineseg

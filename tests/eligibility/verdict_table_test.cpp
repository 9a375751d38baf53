// SPDX-License-Identifier: GPL-3.0-or-later
/// The shipped rules by one changed header value each.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "eligibility/verdict.h"
#include "tests/eligibility/sample_tags.h"

namespace spineseg {
namespace verdict_table_test {

using Values = std::map<std::string, std::string>;

struct Case {
    const char* name;
    Values changes;
    const char* rule;  ///< that refuses; empty: eligible
};

class EligibilityTable : public testing::TestWithParam<Case> {};

TEST_P(EligibilityTable, RefusesByTheRuleThatIsNamed) {
    const auto verdict = decide_eligibility(series_with(GetParam().changes), EligibilityRules::shipped());
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

}  // namespace verdict_table_test
}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
/// The weighting of a dozen typical lumbar protocols per vendor: from the whole header, from physics without
/// any text, and from text without echo and repetition time. The values are those that such protocols have.

#include <gtest/gtest.h>

#include <array>

#include "eligibility/verdict.h"
#include "tests/eligibility/sample_tags.h"

namespace spineseg {
namespace contrast_protocols_test {

struct Protocol {
    const char* description;
    const char* sequence_name;  ///< empty where the vendor writes none
    double echo_time;
    double repetition_time;
    double inversion_time;
    const char* scanning_sequence;
    const char* scan_options;
    bool three_dimensional;
    Contrast expected;
};

constexpr auto kT1 = Contrast::t1, kT2 = Contrast::t2, kFs = Contrast::t2_fat_suppressed,
               kStir = Contrast::stir, kPd = Contrast::proton_density;

constexpr std::array<Protocol, 12> kSiemens{{
    {"t1_tse_sag", "*tse2d1_3", 9.5, 550, 0, "SE", "PFP\\SFS", false, kT1},
    {"t1_tse_sag_320", "*tse2d1_5", 11, 640, 0, "SE", "", false, kT1},
    {"t1_tse_dixon_sag_W", "*tse2d1rr3", 12, 700, 0, "SE", "FS", false, kT1},
    {"t1_se_sag post KM fs", "*se2d1", 14, 600, 0, "SE", "FS", false, kT1},
    {"t2_tse_sag_384", "*tseR2d1rr17", 95, 3500, 0, "SE", "", false, kT2},
    {"t2_tse_rst_sag_3.5 mm", "*tseR2d1rr23", 102, 4200, 0, "SE", "", false, kT2},
    {"T2_space_sag_c4", "*spcR_60", 124, 1000, 0, "SE", "", true, kT2},
    {"t2_spc_sag_iso fs", "*spcR2d1", 130, 1500, 0, "SE", "FS", true, kFs},
    {"t2_tse_fs_sag", "*tseR2d1rr15", 88, 3800, 0, "SE", "FS", false, kFs},
    {"t2_tirm_sag", "*tir2d1_11", 60, 4500, 160, "SE\\IR", "", false, kStir},
    {"stir_sag_LWS", "*tir2d1_18", 42, 5000, 220, "SE\\IR", "", false, kStir},
    {"pd_tse_sag", "*tse2d1_7", 28, 3000, 0, "SE", "", false, kPd},
}};

constexpr std::array<Protocol, 12> kPhilips{{
    {"T1W_TSE", "", 8, 450, 0, "SE", "FC_SLICE_AX\\PFP", false, kT1},
    {"sT1W_TSE sag", "", 13.8, 716, 0, "SE", "OTHER", false, kT1},
    {"SAG T1 TSE", "", 7.4, 520, 0, "SE", "", false, kT1},
    {"T1W mDIXON-W sag", "", 11, 650, 0, "SE", "FS", false, kT1},
    {"T2W_TSE", "", 120, 3563, 0, "SE", "", false, kT2},
    {"SAG T2 TSE CS", "", 100, 2800, 0, "SE", "", false, kT2},
    {"sT2W_DRIVE sag", "", 110, 2200, 0, "SE", "", false, kT2},
    {"3D T2 VISTA sag", "", 140, 1300, 0, "SE", "", true, kT2},
    {"T2W_SPAIR sag", "", 70, 3200, 0, "SE", "FS", false, kFs},
    {"T2 mDIXON-W sag", "", 90, 3000, 0, "SE", "FS", false, kFs},
    {"STIR_TSE sag", "", 70, 4000, 200, "IR", "", false, kStir},
    {"PDW_TSE sag", "", 30, 2500, 0, "SE", "", false, kPd},
}};

constexpr std::array<Protocol, 12> kGe{{
    {"SAG T1 FSE", "", 8.9, 480, 0, "SE", "FAST_GEMS\\EDR_GEMS\\TRF_GEMS", false, kT1},
    {"Sag T1", "", 12, 700, 0, "SE", "", false, kT1},
    {"Sag T1 FLAIR", "", 24, 2400, 900, "SE\\IR", "", false, kT1},
    {"SAG T1 FS +C", "", 10, 650, 0, "SE", "FS", false, kT1},
    {"SAG T2 FRFSE", "", 105, 3200, 0, "SE", "FAST_GEMS", false, kT2},
    {"Sag T2 FSE XL", "", 85, 2800, 0, "SE", "", false, kT2},
    {"SAG T2 CUBE", "", 90, 2000, 0, "SE", "", true, kT2},
    {"T2 PROPELLER sag", "", 110, 4000, 0, "SE", "", false, kT2},
    {"SAG T2 FATSAT", "", 80, 3500, 0, "SE", "FS", false, kFs},
    {"Sag T2 FS FRFSE", "", 60, 3000, 0, "SE", "FS", false, kFs},
    {"SAG STIR", "", 45, 4200, 150, "SE\\IR", "", false, kStir},
    {"Sag PD FSE", "", 20, 2600, 0, "SE", "", false, kPd},
}};

constexpr std::array<Protocol, 12> kCanon{{
    {"T1 SAG FSE", "FSE+5", 10, 500, 0, "SE", "", false, kT1},
    {"SG T1", "SE", 15, 560, 0, "SE", "", false, kT1},
    {"腰椎 T1 SAG", "FSE+3", 11, 620, 0, "SE", "", false, kT1},
    {"T1 FatSat Sag", "FSE", 12, 640, 0, "SE", "FS", false, kT1},
    {"T2 SAG FASE", "FASE", 110, 3200, 0, "SE", "", false, kT2},
    {"SG T2 AiCE", "FSE+17", 100, 3600, 0, "SE", "", false, kT2},
    {"腰椎 T2 SAG", "FSE+15", 108, 3000, 0, "SE", "", false, kT2},
    {"3D MVOX T2 sag", "fse3d_mv", 120, 1600, 0, "SE", "", true, kT2},
    {"T2 FatSat SAG", "FSE", 70, 3300, 0, "SE", "FS", false, kFs},
    {"T2 脂肪抑制 SAG", "FSE", 80, 3300, 0, "SE", "FS", false, kFs},
    {"STIR SAG", "FIR", 40, 4100, 190, "SE\\IR", "", false, kStir},
    {"PD SAG", "FSE", 18, 2200, 0, "SE", "", false, kPd},
}};

constexpr std::array<Protocol, 12> kOthers{{
    // Hitachi, Fujifilm, United Imaging, Esaote
    {"T1 FSE SAG", "FSE", 12, 420, 0, "SE", "", false, kT1},
    {"T1 SE SAG", "SE", 18, 500, 0, "SE", "", false, kT1},
    {"t1_fse_sag", "fse", 9.2, 610, 0, "SE", "", false, kT1},
    {"t1_fse_sag_fs", "fse", 10.4, 690, 0, "SE", "FS", false, kT1},
    {"T2 DE SAG", "", 125, 3500, 0, "SE", "FC\\SP", false, kT2},
    {"t2_fse_sag", "fse", 98, 3100, 0, "SE", "", false, kT2},
    {"t2 fse sag lumbosacral", "fse_arms", 104, 2700, 0, "SE", "", false, kT2},
    {"T2 isoFSE sag", "isoFSE", 115, 1400, 0, "SE", "", true, kT2},
    {"t2_fse_sag_fs", "fse", 82, 3400, 0, "SE", "FS", false, kFs},
    {"T2 Fat Sat SAG", "FSE", 66, 3800, 0, "SE", "FS", false, kFs},
    {"stir_sag", "fse_ir", 36, 3900, 110, "SE\\IR", "", false, kStir},
    {"PD FSE SAG", "FSE", 25, 2100, 0, "SE", "", false, kPd},
}};

SeriesTags header_of(const Protocol& protocol) {
    auto tags = lumbar_series(orthanc_id('1'));
    tags.values["SeriesDescription"] = protocol.description;
    tags.take("SequenceName", protocol.sequence_name);
    tags.values["EchoTime"] = std::to_string(protocol.echo_time);
    tags.values["RepetitionTime"] = std::to_string(protocol.repetition_time);
    tags.values["InversionTime"] = std::to_string(protocol.inversion_time);
    tags.values["ScanningSequence"] = protocol.scanning_sequence;
    tags.take("ScanOptions", protocol.scan_options);
    tags.values["MRAcquisitionType"] = protocol.three_dimensional ? "3D" : "2D";
    return tags;
}

ContrastFinding contrast_of(const SeriesTags& tags) {
    return decide_eligibility(tags, EligibilityRules::shipped()).contrast;
}

class Protocols : public testing::TestWithParam<Protocol> {};

TEST_P(Protocols, TheWholeHeaderGivesTheWeighting) {
    const auto verdict = decide_eligibility(header_of(GetParam()), EligibilityRules::shipped());
    const auto& found = verdict.contrast;
    EXPECT_EQ(to_string(found.contrast), to_string(GetParam().expected))
        << GetParam().description << ": " << found.physics_rule << ", " << found.text_rule;
    EXPECT_FALSE(found.disagree) << GetParam().description;
    EXPECT_GT(found.confidence, 0.9) << GetParam().description;
    EXPECT_TRUE(verdict.eligible) << verdict.reason;
}

TEST_P(Protocols, PhysicsAloneGivesTheWeighting) {
    auto tags = header_of(GetParam());
    for (const char* text : {"SeriesDescription", "ProtocolName", "SequenceName"}) tags.values.erase(text);
    const auto found = contrast_of(tags);
    EXPECT_EQ(to_string(found.contrast), to_string(GetParam().expected))
        << GetParam().description << ": " << found.physics_rule;
    EXPECT_EQ(found.text_rule, "");
}

TEST_P(Protocols, TextAloneGivesTheWeighting) {
    auto tags = header_of(GetParam());
    for (const char* physics : {"EchoTime", "RepetitionTime", "InversionTime"}) tags.values.erase(physics);
    const auto found = contrast_of(tags);
    EXPECT_EQ(to_string(found.contrast), to_string(GetParam().expected))
        << GetParam().description << ": " << found.text_rule;
    EXPECT_EQ(found.physics_rule, "");
}

INSTANTIATE_TEST_SUITE_P(Siemens, Protocols, testing::ValuesIn(kSiemens));
INSTANTIATE_TEST_SUITE_P(Philips, Protocols, testing::ValuesIn(kPhilips));
INSTANTIATE_TEST_SUITE_P(Ge, Protocols, testing::ValuesIn(kGe));
INSTANTIATE_TEST_SUITE_P(Canon, Protocols, testing::ValuesIn(kCanon));
INSTANTIATE_TEST_SUITE_P(Others, Protocols, testing::ValuesIn(kOthers));

TEST(Contrast, WhenTextAndPhysicsDisagreePhysicsStandsWithLessConfidence) {
    auto tags = header_of(kSiemens[4]);
    const double agreed = contrast_of(tags).confidence;
    tags.values["SeriesDescription"] = "t1_tse_sag";
    const auto found = contrast_of(tags);
    EXPECT_EQ(found.contrast, Contrast::t2);
    EXPECT_TRUE(found.disagree);
    EXPECT_LT(found.confidence, agreed);
    EXPECT_LT(found.confidence, 0.7);
}

TEST(Contrast, FatSuppressionOfAT1IsToldApart) {
    EXPECT_TRUE(contrast_of(header_of(kSiemens[3])).fat_suppressed);
    EXPECT_FALSE(contrast_of(header_of(kSiemens[0])).fat_suppressed);
}

TEST(Contrast, AGradientEchoIsOnlyBelievedByItsText) {
    auto tags = header_of(kSiemens[0]);
    tags.values["ScanningSequence"] = "GR";
    tags.values["SequenceName"] = "*fl3d1";
    EXPECT_EQ(contrast_of(tags).contrast, Contrast::t1);
    EXPECT_EQ(contrast_of(tags).physics_rule, "");
    tags.values.erase("SeriesDescription");
    EXPECT_EQ(contrast_of(tags).contrast, Contrast::unknown);
    EXPECT_EQ(contrast_of(tags).confidence, 0);
}

TEST(Contrast, TheScannersOwnWordInAnEnhancedObjectIsPhysics) {
    SeriesTags tags;
    tags.values = {{"AcquisitionContrast", "T2"}};
    EXPECT_EQ(contrast_of(tags).contrast, Contrast::t2);
    tags.values["SpectrallySelectedSuppression"] = "FAT";
    EXPECT_EQ(contrast_of(tags).contrast, Contrast::t2_fat_suppressed);
    tags.values = {{"EffectiveEchoTime", "110"}, {"RepetitionTime", "3000"}, {"EchoPulseSequence", "SPIN"}};
    EXPECT_EQ(contrast_of(tags).contrast, Contrast::t2);
}

TEST(Contrast, ManyLanguagesNameFatSuppressionAndWeighting) {
    for (const auto& [text, expected] :
         {std::pair{"T2 TSE sag fettgesättigt", kFs}, std::pair{"SAG T2 SAT FAT", kFs},
          std::pair{"T2 sag saturación de grasa", kFs}, std::pair{"T2 SAG gordura sat", kFs},
          std::pair{"T2 sag vetonderdrukking", kFs}, std::pair{"Т2 саг жироподавление", kFs},
          std::pair{"Т1 саг", kT1}, std::pair{"T2 sag 脂肪抑制", kFs}, std::pair{"rachis SAG DP", kPd},
          std::pair{"densité de protons sag", kPd}}) {
        SeriesTags tags;
        tags.values = {{"SeriesDescription", text}};
        EXPECT_EQ(to_string(contrast_of(tags).contrast), to_string(expected)) << text;
    }
}

}  // namespace contrast_protocols_test
}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "eligibility/verdict.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/eligibility/sample_tags.h"

namespace spineseg {
namespace verdict_test {

void set_orientation(SeriesTags& tags, const std::string& ds) {
    tags.values["ImageOrientationPatient"] = ds;
    for (auto& instance : tags.instances) instance.orientation = parse_orientation(ds);
}

Eligibility judge(const SeriesTags& tags) {
    return decide_eligibility(tags, EligibilityRules::shipped());
}

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

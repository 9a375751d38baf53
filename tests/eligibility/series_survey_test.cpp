// SPDX-License-Identifier: GPL-3.0-or-later
#include "eligibility/series_survey.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "eligibility/rules.h"
#include "eligibility/verdict.h"
#include "tests/eligibility/sample_tags.h"

namespace spineseg {
namespace series_survey_test {

using Instances = std::vector<SurveyedInstance>;

Instances instances(int count, const std::string& description,
                    const std::string& image_type = "ORIGINAL\\PRIMARY\\M") {
    Instances result;
    for (int i = 0; i < count; ++i)
        result.push_back({description + std::to_string(100 + i),
                          description,
                          "",
                          "",
                          "1.2.3",
                          true,
                          {image_kind({.image_type = image_type})}});
    return result;
}

Instances operator+(Instances a, const Instances& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

Eligibility verdict_on(const Instances& all) {
    SeriesTags tags = lumbar_series(orthanc_id('a'));
    tags.survey = survey_series(all);
    return decide_eligibility(tags, EligibilityRules::shipped());
}

/// One localizer or projection among the slices decided for all of them, or was overlooked, as it lay in the
/// middle or not.
TEST(SeriesSurvey, OneOddHeaderDoesNotSpeakForTheSeries) {
    auto all = instances(12, "T2 SAG LSPINE") + instances(1, "T2 SAG MIP", "DERIVED\\SECONDARY\\MIP");
    std::mt19937 random(1);
    for (int order = 0; order < 20; ++order) {
        std::shuffle(all.begin(), all.end(), random);
        const auto survey = survey_series(all);
        EXPECT_EQ(all[survey.representative].sop_instance_uid, "T2 SAG LSPINE106");
        EXPECT_EQ(survey.anatomical_images, 12);
        EXPECT_EQ(survey.not_anatomy, "1 of 13 images: Image Type says \"MIP\"");
    }
    EXPECT_TRUE(verdict_on(all).eligible) << verdict_on(all).reason;
}

TEST(SeriesSurvey, OneLumbarHeaderAmongCervicalOnesIsNotTheRepresentative) {
    const auto all = instances(1, "LSPINE") + instances(11, "CSPINE");
    EXPECT_EQ(all[survey_series(all).representative].series_description, "CSPINE");
}

TEST(SeriesSurvey, FatImagesAloneAreRefusedByNameBeforeAJobIsSpent) {
    const auto verdict = verdict_on(instances(15, "dixon", "DERIVED\\PRIMARY\\M\\NORM\\FAT"));
    EXPECT_FALSE(verdict.eligible);
    EXPECT_EQ(verdict.rule, "no_anatomy");
    EXPECT_NE(verdict.reason.find("15 of 15 images: Image Type says \"FAT\""), std::string::npos)
        << verdict.reason;
}

TEST(SeriesSurvey, WaterBesideFatIsEligible) {
    EXPECT_TRUE(verdict_on(instances(15, "dixon", "DERIVED\\PRIMARY\\M\\NORM\\FAT") +
                           instances(15, "dixon", "DERIVED\\PRIMARY\\M\\NORM\\WATER"))
                    .eligible);
}

/// A series without a Frame of Reference, or with one for each slice, cost a job and was rejected by the
/// worker.
TEST(SeriesSurvey, WhatTheReaderWouldRefuseForItsFrameOfReferenceIsIneligible) {
    auto none = instances(12, "T2 SAG");
    for (auto& one : none) one.frame_of_reference_uid.clear();
    EXPECT_EQ(verdict_on(none).rule, "no_frame_of_reference");
    auto several = instances(12, "T2 SAG");
    several[3].frame_of_reference_uid = "1.2.4";
    EXPECT_EQ(verdict_on(several).rule, "several_frames_of_reference");
}

TEST(SeriesSurvey, CompanionsAreNotImages) {
    auto all = instances(12, "T2 SAG");
    all.push_back({"1", "T2 SAG", "", "", "", false, {ImageKind{}}});
    const auto survey = survey_series(all);
    EXPECT_EQ(survey.images, 12);
    EXPECT_EQ(survey.without_frame_of_reference, 0);
}

}  // namespace series_survey_test
}  // namespace spineseg

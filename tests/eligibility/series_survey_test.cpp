// SPDX-License-Identifier: GPL-3.0-or-later
#include "eligibility/series_survey.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "eligibility/rules.h"
#include "eligibility/verdict.h"
#include "tests/eligibility/sample_tags.h"
#include "tests/stacks/sample_header.h"

namespace spineseg {
namespace series_survey_test {

using Instances = std::vector<SurveyedInstance>;

/// Sagittal slices 4 mm apart, each an instance.
Instances instances(int count, const std::string& description,
                    const std::string& image_type = "ORIGINAL\\PRIMARY\\M") {
    Instances result;
    for (int i = 0; i < count; ++i) {
        SurveyedInstance one;
        one.name = one.sop_instance_uid = description + std::to_string(100 + i);
        one.sop_class_uid = "1.2.840.10008.5.1.4.1.1.4";
        one.series_description = description;
        one.frames.push_back({sagittal_header(i, one.name, image_type), std::nullopt});
        result.push_back(one);
    }
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
    for (auto& one : none) one.frames[0].header.frame_of_reference_uid.clear();
    EXPECT_EQ(verdict_on(none).rule, "no_frame_of_reference");
    auto several = instances(12, "T2 SAG");
    several[3].frames[0].header.frame_of_reference_uid = "1.2.4";
    EXPECT_EQ(verdict_on(several).rule, "several_frames_of_reference");
    EXPECT_EQ(verdict_on(several).facts.frames_of_reference, 2.0);
}

/// One projection or localizer with a frame of reference of its own refused the whole series, in Orthanc and
/// in the reader.
TEST(SeriesSurvey, AnImageLeftAsideMayHaveAFrameOfReferenceOfItsOwn) {
    auto projection = instances(1, "MIP", "DERIVED\\SECONDARY\\MIP");
    auto localizer = instances(1, "LOC");
    auto& axial = localizer[0].frames[0].header;
    axial.row_direction = {1, 0, 0};
    axial.column_direction = {0, 1, 0};
    for (auto* other : {&projection, &localizer})
        for (const char* uid : {"1.2.4", ""}) {
            (*other)[0].frames[0].header.frame_of_reference_uid = uid;
            const auto beside = verdict_on(instances(12, "T2 SAG LSPINE") + *other);
            EXPECT_TRUE(beside.eligible) << beside.reason;
            EXPECT_EQ(beside.facts.frames_of_reference, 1.0);
            EXPECT_EQ(beside.facts.without_frame_of_reference, 0.0);
            EXPECT_EQ(beside.facts.stacks.size(), 2u);
        }
}

TEST(SeriesSurvey, CompanionsAreNotImages) {
    auto all = instances(12, "T2 SAG");
    all.push_back({"capture", "1", "1.2.840.10008.5.1.4.1.1.7", "T2 SAG", "", "", {FrameReading{}}});
    const auto survey = survey_series(all);
    EXPECT_EQ(survey.images, 12);
    EXPECT_EQ(survey.without_frame_of_reference, 0);
    ASSERT_EQ(survey.left_aside.size(), 1u);
    EXPECT_EQ(survey.left_aside[0].substr(0, 22), "capture is no MR image");
    EXPECT_FALSE(survey.fault);
}

/// Missing slices, two stacks of which nothing says which is the anatomy, a field of view of 60 mm: each cost
/// a job and was rejected by the worker.
// Of two instances that are no images at all the later one was named, and of more than 20 companions those that came
// first: the reason for a series changed with the order in which Orthanc listed it.
TEST(SeriesSurvey, WhichForeignInstancesAreNamedDoesNotDependOnTheirOrder) {
    auto all = instances(9, "T2 SAG");
    for (int i = 0; i < 30; ++i) {
        auto companion = instances(1, "capture" + std::to_string(i)).front();
        companion.sop_class_uid = "1.2.840.10008.5.1.4.1.1.7";
        all.push_back(companion);
    }
    const auto in_both_orders = [](Instances given) {
        const auto one = survey_series(given);
        std::reverse(given.begin(), given.end());
        const auto other = survey_series(given);
        EXPECT_EQ(one.fault, other.fault);
        EXPECT_EQ(one.left_aside, other.left_aside);
        return one;
    };
    EXPECT_EQ(in_both_orders(all).left_aside.size(), 20u);
    for (const char* name : {"a plan", "another plan"}) {
        all.push_back(instances(1, name).front());
        all.back().sop_class_uid = "1.2.840.10008.5.1.4.1.1.481.5";
    }
    const auto fault = in_both_orders(all).fault;
    ASSERT_TRUE(fault);
    EXPECT_EQ(fault->code, ErrorCode::unsupported_sop_class);
}

TEST(SeriesSurvey, WhatTheReaderWouldRefuseForItsStacksIsIneligible) {
    auto gap = instances(12, "T2 SAG LSPINE");
    gap.erase(gap.begin() + 5);
    EXPECT_EQ(verdict_on(gap).rule, "reading");
    EXPECT_NE(verdict_on(gap).reason.find("missing_slices"), std::string::npos) << verdict_on(gap).reason;
    auto later = instances(12, "T2 SAG LSPINE");
    for (auto& one : later) {
        one.sop_instance_uid = one.frames[0].header.sop_instance_uid += "b";
        one.frames[0].header.rows = 301;
    }
    const auto two = verdict_on(instances(12, "T2 SAG LSPINE") + later);
    EXPECT_EQ(two.rule, "reading");
    EXPECT_NE(two.reason.find("ambiguous_stacks"), std::string::npos) << two.reason;
    auto small = instances(12, "T2 SAG LSPINE");
    for (auto& one : small) one.frames[0].header.row_spacing = one.frames[0].header.column_spacing = 0.16;
    EXPECT_NE(verdict_on(small).reason.find("field of view"), std::string::npos) << verdict_on(small).reason;
    auto lacking = instances(12, "T2 SAG LSPINE");
    lacking[4].frames[0].fault = Error{ErrorCode::missing_attribute, "no position"};
    EXPECT_NE(verdict_on(lacking).reason.find("no position"), std::string::npos);
}

}  // namespace series_survey_test
}  // namespace spineseg

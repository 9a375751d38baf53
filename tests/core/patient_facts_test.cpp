// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/patient_facts.h"

#include <gtest/gtest.h>

namespace spineseg {
namespace patient_facts_test {

TEST(PatientFacts, TheAgeIsThatOfTheHeaderOrOfItsDates) {
    EXPECT_EQ(patient_age("045Y", "", ""), 45.0);
    EXPECT_EQ(patient_age("045Y ", "", ""), 45.0);
    EXPECT_EQ(patient_age("018M", "", ""), 1.0);
    EXPECT_EQ(patient_age("010W", "", ""), 0.0);
    EXPECT_EQ(patient_age("", "20041123", "20221122"), 17.0);
    EXPECT_EQ(patient_age("", "20041122", "20221122"), 18.0);
    EXPECT_EQ(patient_age("4.5Y", "x", "20221122"), std::nullopt);
    EXPECT_EQ(patient_age("", "20300101", "20221122"), std::nullopt);
    EXPECT_EQ(patient_age("", "", ""), std::nullopt);
}

TEST(PatientFacts, ASizeOrWeightThatNobodyHasIsNone) {
    EXPECT_EQ(read_patient({.size = "1.74 ", .weight = "82"}).height_m, 1.74);
    for (const char* size : {"", "0", "174", "0.174", "x", "nan", "-1.7"})
        EXPECT_FALSE(read_patient({.size = size}).height_m) << size;
    for (const char* weight : {"", "0", "82000", "1e999", "kg"})
        EXPECT_FALSE(read_patient({.weight = weight}).weight_kg) << weight;
}

/// A child was doubted only where PatientAge says so: a header with the birth date alone passed.
TEST(PatientFacts, AChildIsToldByAgeOrByBirthDate) {
    for (const auto& texts : {PatientTexts{.age = "009Y"}, PatientTexts{.age = "100M"},
                              PatientTexts{.birth_date = "20130301", .study_date = "20261129"}}) {
        const auto doubts = doubts_of_patient(read_patient(texts));
        ASSERT_EQ(doubts.size(), 1u);
        EXPECT_EQ(doubts[0].name, "child");
        EXPECT_EQ(doubts[0].at_least, QualityVerdict::review);
        EXPECT_EQ(doubts[0].explanation.find("9"), std::string::npos);
    }
    EXPECT_TRUE(doubts_of_patient(read_patient({.age = "014Y"})).empty());
    EXPECT_TRUE(doubts_of_patient({}).empty());
}

TEST(PatientFacts, GrossObesityIsARemarkWhereSizeAndWeightAreTold) {
    const auto doubts = doubts_of_patient(read_patient({.size = "1.70", .weight = "120"}));
    ASSERT_EQ(doubts.size(), 1u);
    EXPECT_EQ(doubts[0].name, "obesity");
    EXPECT_EQ(doubts[0].at_least, QualityVerdict::pass);
    EXPECT_TRUE(doubts_of_patient(read_patient({.size = "1.70", .weight = "115"})).empty());
    EXPECT_TRUE(doubts_of_patient(read_patient({.weight = "200"})).empty());
}

}  // namespace patient_facts_test
}  // namespace spineseg

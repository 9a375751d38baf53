// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/splits.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>

#include "lab/training/case_name.h"

namespace spineseg {
namespace splits_test {

std::vector<std::string> cases_of(int patients) {
    std::vector<std::string> cases;
    for (int p = 1; p <= patients; ++p)
        for (const char* series : {"_t1", "_t2", "_t2_SPACE"}) {
            if (p % 3 == 0 && std::string(series) == "_t1") continue;
            cases.push_back(std::to_string(p) + series);
        }
    return cases;
}

std::set<std::string> patients_of(const std::vector<std::string>& list) {
    std::set<std::string> patients;
    for (const auto& name : list) patients.insert(patient_of(name));
    return patients;
}

TEST(Splits, KeepAPatientsSeriesTogetherAndValidateEveryCaseOnce) {
    const auto cases = cases_of(23);
    const auto folds = make_splits(cases, 5, 7);
    ASSERT_TRUE(folds) << folds.error().describe();
    ASSERT_EQ(folds->size(), 5u);
    std::map<std::string, int> validated;
    for (const auto& fold : *folds) {
        EXPECT_EQ(fold.train.size() + fold.validation.size(), cases.size());
        for (const auto& patient : patients_of(fold.validation))
            EXPECT_EQ(patients_of(fold.train).count(patient), 0u);
        EXPECT_GE(patients_of(fold.validation).size(), 4u);
        EXPECT_LE(patients_of(fold.validation).size(), 5u);
        for (const auto& name : fold.validation) ++validated[name];
    }
    EXPECT_EQ(validated.size(), cases.size());
    for (const auto& [name, times] : validated) EXPECT_EQ(times, 1) << name;
}

TEST(Splits, DependOnPatientsAndSeedOnly) {
    auto cases = cases_of(12);
    const auto first = make_splits(cases, 4, 1);
    std::reverse(cases.begin(), cases.end());
    EXPECT_EQ(splits_json(*make_splits(cases, 4, 1)), splits_json(*first));
    EXPECT_NE(splits_json(*make_splits(cases, 4, 2)), splits_json(*first));
    // On every machine: these numbers were drawn once.
    const auto four = make_splits({"1", "2", "3", "4"}, 2, 0);
    EXPECT_EQ((*four)[0].validation.size(), 2u);
}

TEST(Splits, AreWrittenAsNnUnetReadsThem) {
    const auto folds = make_splits({"1_t1", "1_t2", "2_t1"}, 2, 3);
    const auto again = parse_splits(splits_json(*folds));
    ASSERT_TRUE(again) << again.error().describe();
    EXPECT_EQ((*again)[1].train, (*folds)[1].train);
    EXPECT_EQ((*again)[1].validation, (*folds)[1].validation);
    EXPECT_NE(splits_json(*folds).find("\"val\""), std::string::npos);
}

TEST(Splits, ReadTheOriginalsTestListAndItsDuplicates) {
    const auto folds = parse_splits(
        R"([{"train": ["SPIDER_002_t1_084", "SPIDER_051_t1_101", "SPIDER_051_t1_101"], "test": ["SPIDER_001_t1_000"]}])");
    ASSERT_TRUE(folds) << folds.error().describe();
    EXPECT_EQ((*folds)[0].validation, std::vector<std::string>{"SPIDER_001_t1_000"});
}

TEST(Splits, RefuseAPatientOnBothSidesByName) {
    const auto folds = parse_splits(R"([{"train": ["2_t1", "SPIDER_018_t1_172"], "val": ["18_t2"]}])");
    ASSERT_FALSE(folds);
    EXPECT_EQ(folds.error().code, ErrorCode::invalid_argument);
    for (const char* word : {"fold 0", "patient 18", "SPIDER_018_t1_172", "18_t2"})
        EXPECT_NE(folds.error().detail.find(word), std::string::npos) << folds.error().detail;
}

TEST(Splits, RefuseWhatIsNotAListOfFolds) {
    for (const char* text :
         {"", "{}", "[]", "[1]", R"([{"train": ["1"]}])", R"([{"val": ["1"]}])",
          R"([{"train": [], "val": ["1"]}])", R"([{"train": [1], "val": ["2"]}])",
          R"([{"train": ["1"], "val": ["2"], "valid": ["3"]}])", R"([{"train": "1", "val": ["2"]}])"}) {
        const auto folds = parse_splits(text);
        ASSERT_FALSE(folds) << text;
        EXPECT_EQ(folds.error().code, ErrorCode::file_unreadable) << text;
    }
    EXPECT_EQ(read_splits("/nonexistent.json").error().code, ErrorCode::file_not_found);
}

TEST(Splits, NeedAsManyPatientsAsFolds) {
    EXPECT_FALSE(make_splits({"1_t1", "1_t2"}, 2, 0));
    EXPECT_FALSE(make_splits({"1", "2", "3"}, 1, 0));
}

TEST(FoldNumbers, AreAllOrAListWithinTheFolds) {
    EXPECT_EQ(*fold_numbers("all", 3), (std::vector<int>{0, 1, 2}));
    EXPECT_EQ(*fold_numbers("2,0", 3), (std::vector<int>{2, 0}));
    for (const char* text : {"", "3", "0,0", "0,", "-1", "x", "1-2", "ALL"})
        EXPECT_FALSE(fold_numbers(text, 3)) << text;
}

}  // namespace splits_test
}  // namespace spineseg

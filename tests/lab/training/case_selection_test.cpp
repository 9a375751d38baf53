// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/case_selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace spineseg {
namespace case_selection_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<TrainingCase> cases() {
    std::vector<TrainingCase> made;
    for (const char* id : {"1_t1", "1_t2", "2_t1", "2_t2_SPACE", "3_t2", "18_t2"})
        made.push_back({.id = id, .slices = {}, .shares = {}});
    made.push_back({.id = "phantom-1000", .slices = {}, .shares = {}, .synthetic = true});
    return made;
}

std::vector<std::string> ids(const std::vector<TrainingCase>& list) {
    std::vector<std::string> names;
    for (const auto& c : list) names.push_back(c.id);
    return names;
}

TEST(CaseSelection, TakesEverythingButTheHoldOut) {
    const auto selected = selected_cases(cases(), {.exclude = {"18"}});
    ASSERT_TRUE(selected) << selected.error().describe();
    EXPECT_THAT(ids(selected->train),
                ElementsAre("1_t1", "1_t2", "2_t1", "2_t2_SPACE", "3_t2", "phantom-1000"));
    EXPECT_THAT(ids(selected->validation), IsEmpty());
}

TEST(CaseSelection, FollowsTheFoldAndNeverValidatesOnTheHoldOut) {
    const CaseRules rules{
        .exclude = {"18"}, .fold = Fold{{"1", "2_t1"}, {"3_t2", "18"}}, .fold_name = "fold 0"};
    const auto selected = selected_cases(cases(), rules);
    ASSERT_TRUE(selected) << selected.error().describe();
    EXPECT_THAT(ids(selected->train), ElementsAre("1_t1", "1_t2", "2_t1", "phantom-1000"));
    EXPECT_THAT(ids(selected->validation), ElementsAre("3_t2"));
}

TEST(CaseSelection, AHoldOutPatientIsLookedAtOnlyWhenNamed) {
    const CaseRules rules{
        .exclude = {"18"}, .fold = Fold{{"1"}, {"3"}}, .fold_name = "fold 0", .validate_ids = {"18"}};
    const auto selected = selected_cases(cases(), rules);
    ASSERT_TRUE(selected) << selected.error().describe();
    EXPECT_THAT(ids(selected->validation), ElementsAre("18_t2"));
    EXPECT_THAT(ids(selected->train), ElementsAre("1_t1", "1_t2", "phantom-1000"))
        << "the fold's own stays out";
}

TEST(CaseSelection, NoSeriesOfAValidatedPatientIsTrainedOn) {
    const auto selected = selected_cases(cases(), {.validate_ids = {"1_t1"}});
    ASSERT_TRUE(selected) << selected.error().describe();
    EXPECT_THAT(ids(selected->validation), ElementsAre("1_t1"));
    for (const auto& id : ids(selected->train)) EXPECT_NE(id, "1_t2");
}

TEST(CaseSelection, TakesOneContrastWhereAsked) {
    const auto selected = selected_cases(cases(), {.contrast = SpiderContrast::space});
    ASSERT_TRUE(selected) << selected.error().describe();
    EXPECT_THAT(ids(selected->train), ElementsAre("2_t2_SPACE", "phantom-1000"));
}

TEST(CaseSelection, NamesWhatIsAskedForAndNotThere) {
    const auto refused = [](const CaseRules& rules) {
        const auto selected = selected_cases(cases(), rules);
        return selected ? "" : selected.error().detail;
    };
    EXPECT_THAT(refused({.ids = {"1", "7"}}), HasSubstr("7"));
    EXPECT_THAT(refused({.validate_ids = {"9_t1"}}), HasSubstr("9_t1"));
    EXPECT_THAT(refused({.ids = {"1"}, .validate_ids = {"1_t2"}}), HasSubstr("patient 1"));
    const CaseRules fold{.fold = Fold{{"1", "77"}, {"3"}}, .fold_name = "fold 4 of splits.json"};
    EXPECT_THAT(refused(fold), ::testing::AllOf(HasSubstr("fold 4 of splits.json"), HasSubstr("77")));
    EXPECT_THAT(refused({.exclude = {"1", "2", "3", "18"}}), HasSubstr("no case is left"));
}

TEST(CaseSelection, AFoldMayNameMoreThanAFilterLeft) {
    const CaseRules rules{.fold = Fold{{"1", "77"}, {"3"}}, .fold_name = "fold 0", .incomplete_fold = true};
    EXPECT_TRUE(selected_cases(cases(), rules));
}

}  // namespace case_selection_test
}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/case_name.h"

#include <gtest/gtest.h>

namespace spineseg {
namespace case_name_test {

struct Row {
    const char* name;
    const char* patient;
    const char* series;
    std::optional<SpiderContrast> contrast;
};

class CaseNames : public ::testing::TestWithParam<Row> {};

TEST_P(CaseNames, SayPatientSeriesAndContrast) {
    const CaseName name = parse_case_name(GetParam().name);
    EXPECT_EQ(name.patient, GetParam().patient);
    EXPECT_EQ(name.series, GetParam().series);
    EXPECT_EQ(name.contrast, GetParam().contrast);
}

INSTANTIATE_TEST_SUITE_P(Spelt, CaseNames,
                         ::testing::Values(Row{"18_t1", "18", "t1", SpiderContrast::t1},
                                           Row{"18_t2", "18", "t2", SpiderContrast::t2},
                                           Row{"18_t2_SPACE", "18", "t2_space", SpiderContrast::space},
                                           Row{"18", "18", "", {}},
                                           Row{"SPIDER_018_t2_173", "18", "t2", SpiderContrast::t2},
                                           Row{"SPIDER_018", "18", "", {}},
                                           Row{"spider_100_T1w", "100", "t1w", SpiderContrast::t1},
                                           Row{"5_left", "5", "left", {}},
                                           Row{"siteA_007_t2", "siteA_007", "t2", SpiderContrast::t2},
                                           Row{"siteA_007", "siteA_007", "", {}}, Row{"t2", "t2", "", {}},
                                           Row{"000", "0", "", {}}, Row{"", "", "", {}}));

TEST(CaseNames, APatientMeansEverySeriesAndASeriesOnlyItself) {
    const auto means = [](const char* entry, const char* name) {
        return names_case(parse_case_name(entry), parse_case_name(name));
    };
    EXPECT_TRUE(means("18", "18_t1"));
    EXPECT_TRUE(means("SPIDER_018", "18_t2_SPACE"));
    EXPECT_TRUE(means("SPIDER_018_t2_173", "18_t2"));
    EXPECT_FALSE(means("18_t1", "18_t2"));
    EXPECT_FALSE(means("18_t2", "18_t2_SPACE"));
    EXPECT_FALSE(means("1", "18_t1"));
}

}  // namespace case_name_test
}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/evaluation_tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace spineseg {
namespace evaluation_tables_test {

using ::testing::HasSubstr;
using ::testing::Not;

/// The vertebrae too large in one case and too small in the other; nothing of the discs to measure.
EvaluationReport report() {
    EvaluationReport made{.model = "small 1.0.0"};
    made.structures = {Structure::vertebra, Structure::disc};
    for (const auto& [name, bias, distance] :
         {std::tuple{"1.mha", 0.0625, 0.21875}, std::tuple{"2.mha", -0.25, -0.46875}}) {
        EvaluatedCase one{.id = name, .file = name};
        one.final[index_of(Structure::vertebra)].volume_bias = bias;
        one.final[index_of(Structure::vertebra)].signed_distance_mm = distance;
        made.cases.push_back(one);
    }
    return made;
}

TEST(EvaluationTables, TheBordersOfEveryCaseHaveTheirSign) {
    const auto table = border_table(report());
    EXPECT_THAT(table, HasSubstr("<td>1.mha</td><td>+6.2 %</td><td>+0.219</td><td>–</td><td>–</td>"));
    EXPECT_THAT(table, HasSubstr("<td>2.mha</td><td>-25.0 %</td><td>-0.469</td><td>–</td><td>–</td>"));
    EXPECT_THAT(table, Not(HasSubstr("canal")));
}

TEST(EvaluationTables, TheSummaryHoldsTheirMeans) {
    EXPECT_THAT(summary_table(report()), HasSubstr("<td>-0.125</td><td>-9.4 %</td>"));
}

}  // namespace evaluation_tables_test
}  // namespace spineseg

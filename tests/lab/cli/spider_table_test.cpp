// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/cli/spider_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <random>

namespace spineseg {
namespace spider_table_test {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

TEST(SpiderTable, IsReadFromSpidersOwnOverview) {
    const fs::path csv = fs::path(SPINESEG_SOURCE_DIR) / "../shared/data/spider-headers/overview.csv";
    if (!fs::exists(csv)) GTEST_SKIP() << csv << " is not here";
    const auto table = read_spider_table(csv);
    ASSERT_TRUE(table) << table.error().describe();
    EXPECT_EQ(table->size(), 447U);
    int at_three_tesla = 0, siemens = 0;
    for (const auto& [name, facts] : *table) {
        ASSERT_TRUE(facts.field_strength) << name;
        at_three_tesla += *facts.field_strength > 2 ? 1 : 0;
        siemens += facts.manufacturer == "SIEMENS" ? 1 : 0;
    }
    EXPECT_EQ(at_three_tesla, 194);
    EXPECT_EQ(siemens, 236);
    EXPECT_EQ(table->at("1_t1").subset, "training");
}

TEST(SpiderTable, RefusalsNameTheFileAndTheRow) {
    const fs::path csv = fs::path(::testing::TempDir()) /
                         ("spineseg_overview_" + std::to_string(std::random_device{}()) + ".csv");
    const auto refused = [&](const std::string& text) {
        std::ofstream(csv) << text;
        const auto table = read_spider_table(csv);
        return table ? "it was read" : table.error().detail;
    };
    const std::string header = "new_file_name,Manufacturer,MagneticFieldStrength,subset\n";
    EXPECT_THAT(refused(""), HasSubstr(csv.string() + ": is empty"));
    EXPECT_THAT(refused("new_file_name,subset\n"), HasSubstr("has no column Manufacturer"));
    EXPECT_THAT(refused(header + "1_t1,x,3.0\n"), HasSubstr("row \"1_t1\" has 3 cells, the header 4"));
    EXPECT_THAT(refused(header + "1_t1,x,-3,training\n"), HasSubstr("row \"1_t1\""));
    EXPECT_THAT(refused(header + "1_t1,x,3,training\n1_t1,x,3,training\n"), HasSubstr("two rows \"1_t1\""));
    fs::remove(csv);
}

}  // namespace spider_table_test
}  // namespace spineseg

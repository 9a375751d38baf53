// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/cli/header_table.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace spineseg {
namespace header_table_test {

namespace fs = std::filesystem;

TEST(HeaderTable, QuotesHoldCommasQuotesAndLineBreaks) {
    const auto rows = parse_csv("name,value\r\na,\"[0.5, 0.5]\"\nb,\"say \"\"yes\"\"\nor no\"\n");
    ASSERT_TRUE(rows.has_value());
    ASSERT_EQ(rows->size(), 3U);
    EXPECT_EQ((*rows)[1], (std::vector<std::string>{"a", "[0.5, 0.5]"}));
    EXPECT_EQ((*rows)[2][1], "say \"yes\"\nor no");
}

TEST(HeaderTable, EmptyCellsAndAMissingLastNewlineAreKept) {
    const auto rows = parse_csv("a,,c\n,,");
    ASSERT_TRUE(rows.has_value());
    EXPECT_EQ((*rows)[0], (std::vector<std::string>{"a", "", "c"}));
    EXPECT_EQ((*rows)[1], (std::vector<std::string>{"", "", ""}));
}

TEST(HeaderTable, AnOpenQuoteIsAnError) {
    EXPECT_EQ(parse_csv("a,\"b").error().code, ErrorCode::file_unreadable);
}

TEST(HeaderTable, ListsOfPythonBecomeMultipleValues) {
    EXPECT_EQ(dicom_value("[0.625, 0.625]"), "0.625\\0.625");
    EXPECT_EQ(dicom_value("[.46875, .46875]"), "0.46875\\0.46875");
    EXPECT_EQ(dicom_value("['5.6.1', '5.6.1.2']"), "5.6.1\\5.6.1.2");
    EXPECT_EQ(dicom_value(" F "), "F");
    EXPECT_EQ(dicom_value(""), "");
}

TEST(HeaderTable, ColumnsBecomeElementsAndWhatTheVolumeDecidesIsLeftOut) {
    const auto header = header_from_row({{"new_file_name", "98_t2"},
                                         {"sex", "F "},
                                         {"birth_date", "30.0"},
                                         {"SeriesDescription", "T2_space_sag"},
                                         {"SoftwareVersions", "['5.6.1', '5.6.1.2']"},
                                         {"DeviceSerialNumber", "170042.0"},
                                         {"RepetitionTime", "1000.0"},
                                         {"PixelSpacing", "[0.5, 0.5]"},
                                         {"WindowCenter", "100"},
                                         {"AngioFlag", ""}});
    EXPECT_EQ(header.series_description, "T2_space_sag");
    EXPECT_EQ(header.elements, (std::map<std::string, std::string>{{"PatientSex", "F"},
                                                                   {"PatientAge", "030Y"},
                                                                   {"SoftwareVersions", "5.6.1\\5.6.1.2"},
                                                                   {"DeviceSerialNumber", "170042"},
                                                                   {"RepetitionTime", "1000.0"}}));
}

TEST(HeaderTable, AMissingRowSaysWhichFileAndWhatItHas) {
    const fs::path file = fs::path(::testing::TempDir()) / "spineseg_header_table_test.csv";
    std::ofstream(file) << "name,EchoTime\nfirst,10\n";
    EXPECT_EQ(read_header_row(file, "first")->at("EchoTime"), "10");
    const auto missing = read_header_row(file, "second");
    ASSERT_FALSE(missing.has_value());
    EXPECT_EQ(missing.error().code, ErrorCode::not_found);
    EXPECT_NE(missing.error().detail.find("\"first\""), std::string::npos);
    fs::remove(file);
}

TEST(HeaderTable, EveryRowOfSpidersTableIsAHeader) {
    const fs::path file = fs::path(SPINESEG_SOURCE_DIR) / "../shared/data/spider-headers/overview.csv";
    if (!fs::exists(file)) GTEST_SKIP() << "SPIDER's headers are not beside this checkout";
    std::ifstream in(file);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const auto rows = parse_csv(text);
    ASSERT_TRUE(rows.has_value());
    EXPECT_EQ(rows->size(), 448U);
    for (const auto& row : *rows) EXPECT_EQ(row.size(), rows->front().size());
}

}  // namespace header_table_test
}  // namespace spineseg

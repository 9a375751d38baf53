// SPDX-License-Identifier: GPL-3.0-or-later
/// The headers of SPIDER's 447 series, which cannot be committed: read where they lie beside the checkout.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "eligibility/verdict.h"

namespace spineseg {
namespace contrast_spider_test {

using Row = std::map<std::string, std::string>;

std::filesystem::path table() {
    return std::filesystem::path(SPINESEG_SOURCE_DIR) / ".." / "shared" / "data" / "spider-headers" /
           "overview.csv";
}

/// One line's cells; commas within quotes belong to the cell.
std::vector<std::string> cells_of(const std::string& line) {
    std::vector<std::string> cells(1);
    bool quoted = false;
    for (const char c : line) {
        if (c == '"')
            quoted = !quoted;
        else if (c == ',' && !quoted)
            cells.emplace_back();
        else if (c != '\r')
            cells.back() += c;
    }
    return cells;
}

/// "['SE', 'IR']" is how the table writes SE\IR.
std::string dicom_value(std::string cell) {
    std::erase_if(cell, [](char c) { return c == '[' || c == ']' || c == '\'' || c == ' '; });
    std::replace(cell.begin(), cell.end(), ',', '\\');
    return cell;
}

std::vector<Row> rows() {
    std::ifstream file(table());
    std::string line;
    std::getline(file, line);
    const auto names = cells_of(line);
    std::vector<Row> all;
    while (std::getline(file, line)) {
        const auto cells = cells_of(line);
        Row row;
        for (std::size_t i = 0; i < std::min(names.size(), cells.size()); ++i) {
            const bool list = cells[i].starts_with('[');
            row[names[i]] = list ? dicom_value(cells[i]) : cells[i];
        }
        all.push_back(std::move(row));
    }
    return all;
}

SeriesTags header_of(const Row& row) {
    SeriesTags tags;
    tags.values["Modality"] = "MR";
    tags.instances.resize(15);
    for (const auto& [name, value] : row)
        if (name != "new_file_name" && name != "subset") tags.take(name, value);
    return tags;
}

/// By the file's name; the one T2 with an inversion pulse is a STIR, and says so itself.
Contrast truth_of(const Row& row) {
    if (row.at("ScanningSequence").find("IR") != std::string::npos) return Contrast::stir;
    return row.at("new_file_name").find("_t1") != std::string::npos ? Contrast::t1 : Contrast::t2;
}

class SpiderHeaders : public testing::Test {
  protected:
    void SetUp() override {
        if (!std::filesystem::is_regular_file(table())) GTEST_SKIP() << "no shared data beside this checkout";
        rows_ = rows();
        ASSERT_EQ(rows_.size(), 447u);
    }
    void expect_right(const Row& row, const SeriesTags& tags) {
        const auto verdict = decide_eligibility(tags, EligibilityRules::shipped());
        const auto& found = verdict.contrast;
        EXPECT_EQ(to_string(found.contrast), to_string(truth_of(row)))
            << row.at("new_file_name") << ": " << found.physics_rule << ", " << found.text_rule;
        EXPECT_TRUE(verdict.eligible) << row.at("new_file_name") << ": " << verdict.reason;
    }
    std::vector<Row> rows_;
};

TEST_F(SpiderHeaders, EveryWeightingIsRightFromPhysics) {
    for (const auto& row : rows_) {
        const auto tags = header_of(row);
        expect_right(row, tags);
        const auto found = decide_eligibility(tags, EligibilityRules::shipped()).contrast;
        EXPECT_NE(found.physics_rule, "") << row.at("new_file_name");
        EXPECT_FALSE(found.disagree) << row.at("new_file_name");
    }
}

TEST_F(SpiderHeaders, EveryWeightingIsRightWithoutTextFields) {
    for (const auto& row : rows_) {
        auto tags = header_of(row);
        for (const char* text : {"SeriesDescription", "ProtocolName", "SequenceName"})
            tags.values.erase(text);
        expect_right(row, tags);
    }
}

TEST_F(SpiderHeaders, EveryWeightingIsRightWithoutEchoAndRepetitionTimeWhereTextExists) {
    int with_text = 0;
    for (const auto& row : rows_) {
        if (row.at("SeriesDescription").empty()) continue;
        auto tags = header_of(row);
        for (const char* physics : {"EchoTime", "RepetitionTime"}) tags.values.erase(physics);
        expect_right(row, tags);
        ++with_text;
    }
    EXPECT_EQ(with_text, 267);
}

}  // namespace contrast_spider_test
}  // namespace spineseg

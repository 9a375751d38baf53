// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/cli/sweep_report.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

namespace spineseg {
namespace sweep_report_test {

namespace fs = std::filesystem;

class SweepReport : public ::testing::Test {
  protected:
    SweepReport()
        : file_(fs::path(::testing::TempDir()) /
                ("spineseg_sweep_" + std::to_string(std::random_device{}()) + ".json")) {}
    ~SweepReport() override {
        std::error_code ignored;
        fs::remove(file_, ignored);
    }
    void write(const std::string& text) const { std::ofstream(file_) << text; }
    static SweepPlan plan() {
        return {.model = "small 1.0.0",
                .model_digest = "d",
                .device = "cpu",
                .ids = {"18", "55"},
                .every = 8,
                .seed = 3,
                .samples = {1, 3}};
    }
    static SweepCell cell() {
        SweepCell cell;
        cell.steps = 5;
        cell.samples = 3;
        cell.dice = {0.92, 0.93, std::nullopt};
        cell.band_ece = {0.01, 0.02, 0.03};
        cell.band_error_auroc = {0.98, 0.95, 0.97};
        cell.aurc_by_uncertainty = 0.08;
        cell.seconds_per_slice = 0.25;
        return cell;
    }
    fs::path file_;
};

TEST_F(SweepReport, GoesOnWithTheCellsThatAreThere) {
    EXPECT_TRUE(read_sweep(file_, plan())->empty()) << "no file is a sweep that has not begun";
    write(to_json(plan(), {cell()}).dump());
    const auto cells = read_sweep(file_, plan());
    ASSERT_TRUE(cells.has_value()) << cells.error().describe();
    ASSERT_EQ(cells->size(), 1U);
    EXPECT_EQ(to_json(plan(), *cells), to_json(plan(), {cell()}));
    EXPECT_NEAR(cells->front().mean_dice().value(), 0.925, 1e-12);
}

TEST_F(SweepReport, AnotherSweepsFileIsRefusedByTheNameOfWhatDiffers) {
    write(to_json(plan(), {cell()}).dump());
    SweepPlan other = plan();
    other.every = 4;
    const auto refused = read_sweep(file_, other);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
    EXPECT_NE(refused.error().detail.find("\"every\""), std::string::npos) << refused.error().detail;
}

TEST_F(SweepReport, WhatIsNoReportIsSaidSo) {
    for (const char* text : {"", "{", "[]", "{\"sweep\": 1}", "{\"cells\": []}", "null"}) {
        write(text);
        const auto refused = read_sweep(file_, plan());
        ASSERT_FALSE(refused.has_value()) << text;
        EXPECT_EQ(refused.error().code, ErrorCode::file_unreadable) << text;
    }
    auto broken = to_json(plan(), {cell()});
    broken["cells"][0].erase("samples");
    write(broken.dump());
    EXPECT_EQ(read_sweep(file_, plan()).error().code, ErrorCode::file_unreadable);
}

TEST_F(SweepReport, TheTableHasALineForEveryCell) {
    SweepCell without = cell();
    without.steps = without.samples = 0;
    const auto table = markdown_table({without, cell()});
    EXPECT_NE(table.find("| no diffusion | – | 0.9200 / 0.9300 / - | 0.9250 |"), std::string::npos) << table;
    EXPECT_NE(table.find("| 5 | 3 |"), std::string::npos);
    EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 4);
}

}  // namespace sweep_report_test
}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/result_difference.h"

#include <gtest/gtest.h>

#include "tests/core/part10_bytes.h"

namespace spineseg {
namespace result_difference_test {

using namespace part10_bytes;

struct Parts {
    std::string time = "101112";
    std::string description = "AI Lumbar";
    std::string date_of_birth = "19700101";
    std::string pixels = "abcd";
    std::string syntax = "1.2.840.10008.1.2.1";
    bool defined = true;
};

std::vector<std::uint8_t> file_of(const Parts& parts) {
    const std::string equipment = short_element(0x00080070, "LO", "spineseg") +
                                  short_element(0x0018a002, "DT", "20261129" + parts.time);
    return part10(short_element(0x00080012, "DA", "20261129") + short_element(0x00080013, "TM", parts.time) +
                      short_element(0x00080033, "TM", parts.time) +
                      short_element(0x0008103e, "LO", parts.description) +
                      short_element(0x00100030, "DA", parts.date_of_birth) +
                      sequence(0x0018a001, {equipment, equipment}, parts.defined) +
                      short_element(0x00280004, "CS", "RGB ") + long_element(0x7fe00010, "OB", parts.pixels),
                  parts.syntax);
}

std::string difference(const Parts& ours, const Parts& theirs) {
    const auto found = result_difference(file_of(ours), file_of(theirs));
    if (!found) return found.error().describe();
    return *found ? **found : "none";
}

TEST(ResultDifference, TimesOfTheAnalysisDoNotCount) {
    EXPECT_EQ(difference({}, {}), "none");
    EXPECT_EQ(difference({}, {.time = "235959"}), "none");
    EXPECT_EQ(difference({}, {.time = "2359", .defined = false}), "none") << "lengths do not count either";
}

TEST(ResultDifference, AnythingElseIsNamed) {
    EXPECT_EQ(difference({}, {.description = "AI lumbar"}), "(0008,103E)");
    EXPECT_EQ(difference({}, {.date_of_birth = "19700102"}), "(0010,0030)") << "a date of the patient";
    EXPECT_EQ(difference({}, {.pixels = "abce"}), "(7FE0,0010)");
    EXPECT_EQ(difference({}, {.pixels = "abcdef"}), "(7FE0,0010)");
    const auto shorter = part10(short_element(0x00080018, "UI", "1.2.34"));
    const auto longer =
        part10(short_element(0x00080018, "UI", "1.2.34") + short_element(0x00200013, "IS", "1 "));
    EXPECT_EQ(**result_difference(shorter, longer), "the end of the file");
    EXPECT_EQ(**result_difference(longer, shorter), "(0020,0013)");
}

TEST(ResultDifference, AnEqualTagElsewhereIsNoTimeOfTheAnalysis) {
    const auto at = [](const char* time) {
        return part10(sequence(0x00400275, {short_element(0x00080013, "TM", time)}));
    };
    EXPECT_EQ(**result_difference(at("101112"), at("101113")), "(0040,0275)/(0008,0013)");
}

TEST(ResultDifference, AnArchiveThatCompressesChangesPixelsAlone) {
    const std::string compressed = "1.2.840.10008.1.2.4.80";
    EXPECT_EQ(difference({}, {.pixels = "xy", .syntax = compressed}), "none");
    EXPECT_EQ(difference({}, {.description = "another", .syntax = compressed}), "(0008,103E)");
}

TEST(ResultDifference, WhatCannotBeReadIsAnError) {
    const auto cut = [] {
        auto file = file_of({});
        file.resize(file.size() - 3);
        return file;
    }();
    EXPECT_EQ(result_difference(file_of({}), {}).error().code, ErrorCode::not_dicom);
    EXPECT_EQ(result_difference(file_of({}), cut).error().code, ErrorCode::truncated_file);
}

}  // namespace result_difference_test
}  // namespace spineseg

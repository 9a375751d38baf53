// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/error.h"

#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

namespace spineseg {
namespace error_test {

/// The enumerators as they stand in the header, in order: an oracle that is not the table.
std::vector<std::string> spelled_codes() {
    std::ifstream file(std::string(SPINESEG_SOURCE_DIR) + "/core/error.h");
    std::stringstream text;
    text << file.rdbuf();
    const std::string header = text.str();
    const auto begin = header.find("enum class ErrorCode {");
    const std::string body = header.substr(begin, header.find("};", begin) - begin);
    std::vector<std::string> names;
    const std::regex enumerator(R"(\n    ([a-z0-9_]+),)");
    for (std::sregex_iterator it(body.begin(), body.end(), enumerator), end; it != end; ++it)
        names.push_back((*it)[1]);
    return names;
}

TEST(ErrorTable, EveryCodeIsCalledWhatItIsSpelledAndComesBack) {
    const auto names = spelled_codes();
    ASSERT_EQ(names.size(), static_cast<std::size_t>(ErrorCode::internal) + 1);
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto code = static_cast<ErrorCode>(i);
        EXPECT_EQ(to_string(code), names[i]);
        EXPECT_EQ(error_code_from_string(names[i]), code);
    }
    EXPECT_EQ(error_code_from_string("no_such_code"), std::nullopt);
    EXPECT_EQ(error_code_from_string(""), std::nullopt);
}

TEST(ErrorTable, WhatIsWrongWithTheSeriesRejectsAndOnlyWhatMayPassIsRetried) {
    const std::set<ErrorCode> retried{ErrorCode::worker_lost, ErrorCode::out_of_memory,
                                      ErrorCode::archive_unavailable, ErrorCode::storage_full,
                                      ErrorCode::internal};
    for (int i = 0; i <= static_cast<int>(ErrorCode::internal); ++i) {
        const auto code = static_cast<ErrorCode>(i);
        const JobFate expected = code <= ErrorCode::no_anatomy_found ? JobFate::reject
                                 : retried.contains(code)            ? JobFate::retry
                                                                     : JobFate::fail;
        EXPECT_EQ(fate_of(code), expected) << to_string(code);
    }
}

TEST(Error, DescribesItselfWithItsNameFirst) {
    EXPECT_EQ((Error{ErrorCode::missing_slices, "a gap of 8.0 mm after slice 3"}.describe()),
              "missing_slices: a gap of 8.0 mm after slice 3");
    EXPECT_EQ((Error{ErrorCode::canceled, ""}.describe()), "canceled");
}

}  // namespace error_test
}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/image_words_check.h"

#include <gtest/gtest.h>

namespace spineseg {
namespace image_words_check_test {

std::string fault_of(const ImageWords& words) {
    const auto checked = checked_image_words(words, ErrorCode::invalid_configuration);
    return checked ? "" : checked.error().detail;
}

TEST(ImageWords, AreFoldedAsTheHeadersAre) {
    const auto words = checked_image_words({{"super_res "}, {"Vendor-Map"}}, ErrorCode::internal);
    ASSERT_TRUE(words);
    EXPECT_EQ(*words, (ImageWords{{"SUPER RES"}, {"VENDOR MAP"}}));
}

TEST(ImageWords, WhatNamesNoAnatomyCannotBeMadeAnatomy) {
    EXPECT_NE(fault_of({{"fat"}, {}}).find("FAT"), std::string::npos);
    EXPECT_NE(fault_of({{"Phase"}, {}}), "");
    EXPECT_EQ(fault_of({{}, {"FAT"}}), "");
}

TEST(ImageWords, TheirNumberAndTheirCharactersAreBounded) {
    EXPECT_NE(fault_of({std::vector<std::string>(kMaxImageWords + 1, "A"), {}}), "");
    EXPECT_NE(fault_of({{std::string(kMaxImageWordLength + 1, 'A')}, {}}), "");
    EXPECT_NE(fault_of({{""}, {}}), "");
    EXPECT_NE(fault_of({{"A\\B"}, {}}), "");
    EXPECT_NE(fault_of({{"\x1b[2J"}, {}}), "");
    EXPECT_NE(fault_of({{"A"}, {"a"}}), "");
}

}  // namespace image_words_check_test
}  // namespace spineseg

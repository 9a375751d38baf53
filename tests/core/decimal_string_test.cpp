// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/decimal_string.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace spineseg {
namespace decimal_string_test {

TEST(DecimalString, ParsesWhatScannersWrite) {
    EXPECT_EQ(parse_decimals("-30.0\\ +1.5e2 \\0.25"), (std::vector<double>{-30, 150, 0.25}));
    EXPECT_EQ(parse_decimal("-0.0000000000000"), 0.0);
    EXPECT_EQ(parse_decimal(std::string("12\0", 3)), 12.0);
}

TEST(DecimalString, RefusesWhatIsNoNumber) {
    for (const char* text : {"", " ", "1,5", "nan", "inf", "1e999", "12x", "--1", "1 2", "0x10"})
        EXPECT_FALSE(parse_decimal(text)) << text;
    EXPECT_FALSE(parse_decimals("1\\\\2"));
}

TEST(DecimalString, NeverExceedsSixteenCharactersAndKeepsWhatTheyCanHold) {
    std::mt19937 random(7);
    std::uniform_real_distribution<double> mantissa(-10, 10);
    std::uniform_int_distribution<int> exponent(-12, 12);
    for (int i = 0; i < 20000; ++i) {
        const double value = mantissa(random) * std::pow(10.0, exponent(random));
        const std::string text = format_decimal(value);
        ASSERT_LE(text.size(), 16u) << text;
        ASSERT_NEAR(*parse_decimal(text), value, std::abs(value) * 2e-9) << text;
    }
}

TEST(DecimalString, DirectionCosinesKeepTwelveDigits) {
    for (const double value : {-0.99804486999999, 0.06250030812345, -0.00602999412345, 1.0, -1.0, 0.0}) {
        const std::string text = format_decimal(value);
        EXPECT_LE(text.size(), 16u);
        EXPECT_NEAR(*parse_decimal(text), value, 1e-12);
    }
    EXPECT_EQ(format_decimal(0.1), "0.1");
    EXPECT_EQ(format_decimals({1, -2.5, 0.65625}), "1\\-2.5\\0.65625");
}

}  // namespace decimal_string_test
}  // namespace spineseg

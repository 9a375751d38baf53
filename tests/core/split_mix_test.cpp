// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/split_mix.h"

#include <gtest/gtest.h>

namespace spineseg {
namespace split_mix_test {

TEST(SplitMix64, GivesTheNumbersOfItsReferenceImplementation) {
    // Seed 1234567, printed by the authors' C code (Vigna's splitmix64.c).
    SplitMix64 random(1234567);
    EXPECT_EQ(random.next(), 6457827717110365317U);
    EXPECT_EQ(random.next(), 3203168211198807973U);
    EXPECT_EQ(random.next(), 9817491932198370423U);
    EXPECT_EQ(random.next(), 4593380528125082431U);
    EXPECT_EQ(random.next(), 16408922859458223821U);
}

TEST(SplitMix64, UniformNumbersLieInTheirRange) {
    SplitMix64 random(3);
    double sum = 0.0;
    for (int i = 0; i < 10'000; ++i) {
        const double value = random.uniform(2.0, 4.0);
        ASSERT_GE(value, 2.0);
        ASSERT_LT(value, 4.0);
        sum += value;
    }
    EXPECT_NEAR(sum / 10'000, 3.0, 0.02);
}

}  // namespace split_mix_test
}  // namespace spineseg

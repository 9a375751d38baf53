// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/networks/precision.h"

#include <gmock/gmock.h>

#include "worker/inference/networks/processor.h"

namespace spineseg {
namespace precision_test {

using ::testing::HasSubstr;

TEST(Precision, AutoTakesBfloat16OnlyWhereItWorksAndIsFaster) {
    const Bfloat16Support& support = cpu_bfloat16();
    EXPECT_TRUE(support.works || !support.faster);
    const auto chosen = cpu_precision(std::nullopt);
    ASSERT_TRUE(chosen.has_value());
    EXPECT_EQ(*chosen, support.faster ? Precision::bfloat16 : Precision::float32);
}

TEST(Precision, AProcessorThatDoesNotMultiplyBfloat16IsNotGivenIt) {
    const Processor& processor = this_processor();
    EXPECT_TRUE(processor.avx512_bf16 || processor.amx_bf16 || !cpu_bfloat16().faster);
}

TEST(Precision, Float32IsAlwaysToBeHad) {
    EXPECT_EQ(*cpu_precision(Precision::float32), Precision::float32);
}

/// The symptom was "could not create a primitive descriptor iterator", called an internal error. Forced on any
/// machine by ONEDNN_MAX_CPU_ISA=AVX2, as tools/test.sh does; tests/worker/cli has the programs' answers.
TEST(Precision, Bfloat16ThatDoesNotWorkIsRefusedWithTheFeatureThatIsMissing) {
    if (cpu_bfloat16().works) {
        EXPECT_EQ(*cpu_precision(Precision::bfloat16), Precision::bfloat16);
        return;
    }
    const auto refused = cpu_precision(Precision::bfloat16);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_configuration);
    EXPECT_THAT(refused.error().detail, HasSubstr(this_processor().name));
    EXPECT_THAT(refused.error().detail, HasSubstr("AVX-512"));
    EXPECT_THAT(refused.error().detail, HasSubstr("--precision float32"));
}

TEST(Precision, HasThreeNames) {
    EXPECT_EQ(*precision_from_string("auto"), std::nullopt);
    EXPECT_EQ(*precision_from_string("float32"), Precision::float32);
    EXPECT_EQ(*precision_from_string("bfloat16"), Precision::bfloat16);
    EXPECT_EQ(precision_from_string("float16").error().code, ErrorCode::invalid_argument);
}

TEST(Processor, HasANameAndNoFeatureWithoutThoseThatItBuildsOn) {
    const Processor& processor = this_processor();
    EXPECT_FALSE(processor.name.empty());
    EXPECT_TRUE(processor.avx2 || !processor.avx512);
    EXPECT_TRUE(processor.avx512 || !processor.avx512_bf16);
}

}  // namespace precision_test
}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
// Several ensembles from the samples of one run.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "tests/worker/inference/small_bundle.h"
#include "worker/inference/segmenter.h"

namespace spineseg {
namespace nested_ensemble_test {

SliceStack stack_of(std::int64_t slices) {
    torch::manual_seed(4);
    return {torch::rand({slices, 32, 48}) * 900, torch::ones({slices, 32, 48}, torch::kBool), 4.0};
}

ModelManifest with_denoisers(int count) {
    auto manifest = SmallBundle::small_manifest();
    manifest.diffusion.members.clear();
    for (char digit = '0'; digit < '0' + count; ++digit)
        manifest.diffusion.members.push_back({std::string("d") + digit + ".safetensors", ""});
    return manifest;
}

std::unique_ptr<Segmenter> load(const SmallBundle& small) {
    return Segmenter::load(small.folder(), {.precision = Precision::float32, .threads = 1, .start_noise = {}})
        .value();
}

void expect_close(const torch::Tensor& a, const torch::Tensor& b) {
    EXPECT_TRUE(torch::allclose(a, b, 1e-4, 1e-5)) << (a - b).abs().max();
}

class NestedEnsemble : public ::testing::TestWithParam<int> {};

TEST_P(NestedEnsemble, EveryNumberOfSamplesGivesWhatARunOfItsOwnGives) {
    const SmallBundle small(with_denoisers(GetParam()));
    const auto segmenter = load(small);
    const auto stack = stack_of(2);
    const SegmentRequest request{.samples = {}, .steps = 2, .seed = 5};
    const auto nested = segmenter->segment_nested(stack, request, {5, 0, 1, 3}, nullptr);
    ASSERT_TRUE(nested.has_value()) << nested.error().detail;
    ASSERT_EQ(nested->size(), 4U);
    for (const NestedConsensus& one : *nested) {
        const auto alone =
            segmenter->segment(stack, {.samples = one.samples, .steps = 2, .seed = 5}, nullptr);
        ASSERT_TRUE(alone.has_value());
        expect_close(one.consensus.probability, alone->probability);
        expect_close(one.consensus.presegmentation, alone->presegmentation);
        expect_close(one.consensus.entropy, alone->entropy);
        expect_close(one.consensus.mutual_information, alone->mutual_information);
        expect_close(one.consensus.variance, alone->variance);
        expect_close(one.consensus.sample_dice, alone->sample_dice);
    }
}

INSTANTIATE_TEST_SUITE_P(Denoisers, NestedEnsemble, ::testing::Values(1, 2));

TEST(NestedEnsembleTime, MoreSamplesTakeLonger) {
    const SmallBundle small;
    const auto nested = load(small)->segment_nested(stack_of(2), {}, {0, 2, 12}, nullptr);
    ASSERT_TRUE(nested.has_value());
    EXPECT_GT((*nested)[0].seconds, 0.0);
    EXPECT_GT((*nested)[1].seconds, (*nested)[0].seconds);
    EXPECT_GT((*nested)[2].seconds, (*nested)[1].seconds);
}

TEST(NestedEnsembleRequest, NoNumberAndANegativeOneAreRefused) {
    const SmallBundle small;
    const auto segmenter = load(small);
    EXPECT_EQ(segmenter->segment_nested(stack_of(1), {}, {}, nullptr).error().code,
              ErrorCode::invalid_argument);
    EXPECT_EQ(segmenter->segment_nested(stack_of(1), {}, {2, -1}, nullptr).error().code,
              ErrorCode::invalid_argument);
}

}  // namespace nested_ensemble_test
}  // namespace spineseg

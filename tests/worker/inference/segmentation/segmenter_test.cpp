// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/segmentation/segmenter.h"

#include <gmock/gmock.h>
#include <torch/torch.h>

#include <limits>
#include <utility>

#include "tests/worker/inference/needs_bfloat16.h"
#include "tests/worker/inference/segmentation/small_segmenter.h"
#include "tests/worker/inference/small_bundle.h"
#include "worker/inference/networks/compute_device.h"
#include "worker/inference/presegmentation/slice_stack.h"
#include "worker/inference/sampling/consensus.h"
#include "worker/inference/sampling/sampler.h"
#include "worker/inference/segmentation/intensity.h"
#include "worker/inference/segmentation/series_consensus.h"

namespace spineseg {
namespace segmenter_test {

using testing::asking;
using testing::expect_same;
using ::testing::HasSubstr;
using testing::load;
using testing::random_stack;

SegmentRequest seeded(std::uint64_t seed) {
    SegmentRequest request;
    request.seed = seed;
    return request;
}

TEST(Segmenter, IsTheSumOfItsParts) {
    const SmallBundle small;
    const auto stack = random_stack(2);
    const auto result = load(small)->segment(stack, {.samples = 2, .steps = 3, .seed = 9}, nullptr);
    ASSERT_TRUE(result.has_value());

    // Slice 1 by hand, one sample after the other.
    const torch::NoGradGuard no_grad;
    const auto& manifest = small.manifest();
    auto plan = manifest.diffusion;
    plan.steps = 3;
    const Sampler sampler(plan);
    const auto image = network_input(stack.intensities, stack.inside, manifest.input).narrow(0, 1, 1);
    PresegmentationUNet unet = small.networks().presegmentation[0];
    const auto classes = torch::softmax(unet->forward(image), 1)[0];
    SpineSegDiff diffusion = small.networks().diffusion[0];
    const auto features = diffusion->encode(image);
    ConsensusBuilder builder(manifest.consensus, 3, 2);
    for (int sample = 0; sample < 2; ++sample) {
        const auto noise = sample_noise(0, 9, 1, sample, 32, 48).unsqueeze(0);
        const auto denoise = [&](const torch::Tensor& x, int t) {
            return diffusion->model->forward(image, x, torch::full({1}, t, torch::kInt64), features);
        };
        sampler.run(sampler.start(noise, likeliest_structure(classes).unsqueeze(0)), denoise,
                    [&](int step, const torch::Tensor& logits) {
                        builder.add(step, logits);
                        return true;
                    });
    }
    const auto expected = builder.finish(ensemble_statistics(classes.unsqueeze(0)));
    EXPECT_TRUE(torch::allclose(result->presegmentation[1], classes.slice(0, 1), 1e-4, 1e-5));
    EXPECT_TRUE(torch::allclose(result->probability[1], expected.probability, 1e-3, 1e-4));
    EXPECT_TRUE(torch::allclose(result->entropy[1], expected.entropy, 1e-3, 1e-4));
    EXPECT_TRUE(torch::allclose(result->mutual_information[1], expected.mutual_information, 1e-2, 1e-4));
}

TEST(Segmenter, ARerunGivesTheSameAndAnotherSeedAnother) {
    const SmallBundle small;
    const auto segmenter = load(small);
    const auto stack = random_stack(2);
    const auto first = segmenter->segment(stack, seeded(5), nullptr);
    const auto again = segmenter->segment(stack, seeded(5), nullptr);
    const auto fresh = load(small)->segment(stack, seeded(5), nullptr);
    const auto other = segmenter->segment(stack, seeded(6), nullptr);
    expect_same(*first, *again);
    expect_same(*first, *fresh);
    EXPECT_FALSE(torch::equal(first->probability, other->probability));
    EXPECT_TRUE(torch::equal(first->presegmentation, other->presegmentation));
}

TEST(Segmenter, ASliceDoesNotDependOnTheSlicesBehindIt) {
    const SmallBundle small;
    const auto segmenter = load(small);
    const auto stack = random_stack(3);
    const auto whole = segmenter->segment(stack, {}, nullptr);
    const SliceStack part{stack.intensities.narrow(0, 0, 2), stack.inside.narrow(0, 0, 2)};
    const auto fewer = segmenter->segment(part, {}, nullptr);
    EXPECT_TRUE(torch::equal(whole->probability.narrow(0, 0, 2), fewer->probability));
}

TEST(Segmenter, MoreSamplesThanOneBatchHoldsAreAllDrawn) {
    const SmallBundle small;
    const auto segmenter = load(small);
    const auto seven = segmenter->segment(random_stack(1), asking(7, 1), nullptr);
    ASSERT_TRUE(seven.has_value());
    const auto five = segmenter->segment(random_stack(1), asking(5, 1), nullptr);
    EXPECT_FALSE(torch::equal(seven->probability, five->probability));
    EXPECT_TRUE(torch::allclose(seven->probability, five->probability, 0.5, 0.2));
}

TEST(Segmenter, ProbabilitiesAndUncertaintiesStayInTheirRanges) {
    const SmallBundle small;
    const auto result = load(small)->segment(random_stack(2), {}, nullptr);
    for (const auto& map : {result->probability, result->presegmentation, result->entropy,
                            result->mutual_information, result->sample_dice}) {
        EXPECT_GE(map.min().item<double>(), 0.0);
        EXPECT_LE(map.max().item<double>(), 1.0);
    }
    EXPECT_LE(result->probability.sum(1).max().item<double>(), 1.0 + 1e-5);
    EXPECT_TRUE(result->mutual_information.le(result->entropy).all().item<bool>());
    EXPECT_EQ(result->sample_dice.sizes(), (std::vector<std::int64_t>{2, 3}));
}

TEST(Segmenter, BlackSlicesAndNaNGiveNumbers) {
    const SmallBundle small;
    auto stack = random_stack(2);
    stack.intensities[0].zero_();
    stack.intensities[1][4][20] = std::numeric_limits<float>::quiet_NaN();
    const auto result = load(small)->segment(stack, {}, nullptr);
    ASSERT_TRUE(result.has_value());
    EXPECT_TRUE(torch::isfinite(result->probability).all().item<bool>());
    EXPECT_TRUE(torch::isfinite(result->entropy).all().item<bool>());
}

TEST(Segmenter, TheCallerMayWriteIntoTheResult) {
    const SmallBundle small;
    auto result = load(small)->segment(random_stack(1), asking(1, 1), nullptr);
    EXPECT_NO_THROW(result->probability.mul_(2.0));
}

TEST(Segmenter, ProgressNamesBothStagesAndGrowsToTheirEnds) {
    const SmallBundle small;
    std::vector<Progress> seen;
    const auto sink = [&](const Progress& progress) {
        seen.push_back(progress);
        return true;
    };
    ASSERT_TRUE(load(small)->segment(random_stack(2), asking(5, 3), sink).has_value());
    ASSERT_EQ(seen.size(), 2u + 2u * 5u * 3u);  // a slice, and a step of a sample of it
    EXPECT_EQ(seen[1], (Progress{Stage::presegmentation, 1.0}));
    EXPECT_EQ(seen.back(), (Progress{Stage::diffusion, 1.0}));
    for (std::size_t i = 3; i < seen.size(); ++i) EXPECT_GT(seen[i].fraction, seen[i - 1].fraction);
}

TEST(Segmenter, StopsWhenItIsTold) {
    const SmallBundle small;
    int calls = 0;
    const auto result =
        load(small)->segment(random_stack(3), {}, [&](const Progress&) { return ++calls < 5; });
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, ErrorCode::canceled);
    EXPECT_EQ(calls, 5);
}

TEST(Segmenter, RefusesRequestsThatTheModelCannotServe) {
    const SmallBundle small;
    const auto segmenter = load(small);
    const auto refused = [&](const SegmentRequest& request) {
        const auto result = segmenter->segment(random_stack(1), request, nullptr);
        return !result && result.error().code == ErrorCode::invalid_argument;
    };
    EXPECT_TRUE(refused(asking(-1, 3)));
    EXPECT_TRUE(refused(asking(65, 3)));
    EXPECT_TRUE(refused(asking(5, 0)));
    EXPECT_TRUE(refused(asking(5, 504)));
}

TEST(Segmenter, RefusesStacksThatAreNone) {
    const SmallBundle small;
    const auto segmenter = load(small);
    const auto code = [&](const SliceStack& stack) {
        return segmenter->segment(stack, {}, nullptr).error().code;
    };
    EXPECT_EQ(code({}), ErrorCode::invalid_argument);
    EXPECT_EQ(code(random_stack(1, 30, 48)), ErrorCode::invalid_argument);
    EXPECT_EQ(code({torch::zeros({1, 32, 32}), torch::ones({1, 32, 48}, torch::kBool)}),
              ErrorCode::invalid_argument);
    EXPECT_EQ(code({torch::zeros({0, 32, 32}), torch::ones({0, 32, 32}, torch::kBool)}),
              ErrorCode::invalid_argument);
    EXPECT_EQ(code(random_stack(1, 4000, 4000)), ErrorCode::geometry_out_of_range);
}

TEST(Segmenter, AModelWhoseStepsDoNotFitIsInvalid) {
    auto manifest = SmallBundle::small_manifest();
    manifest.diffusion.start_signal = 1.0;  // starts at timestep 0: one step at most
    const SmallBundle small(manifest);
    const auto segmenter = Segmenter::load(small.folder(), {});
    ASSERT_FALSE(segmenter.has_value());
    EXPECT_EQ(segmenter.error().code, ErrorCode::model_invalid);
}

TEST(Segmenter, AnUnknownDeviceIsAConfigurationMistake) {
    const SmallBundle small;
    SegmenterOptions options;
    options.device = "abacus";
    const auto segmenter = Segmenter::load(small.folder(), options);
    ASSERT_FALSE(segmenter.has_value());
    EXPECT_EQ(segmenter.error().code, ErrorCode::invalid_configuration);
    EXPECT_THAT(segmenter.error().detail, HasSubstr("abacus"));
}

TEST(Segmenter, CudaWithoutAGpuSaysWhyAndWhatToDo) {
    if (cuda_devices().count > 0) GTEST_SKIP() << "this machine has a GPU";
    const SmallBundle small;
    SegmenterOptions options;
    options.device = "cuda";
    const auto segmenter = Segmenter::load(small.folder(), options);
    ASSERT_FALSE(segmenter.has_value());
    EXPECT_EQ(segmenter.error().code, ErrorCode::invalid_configuration);
    EXPECT_THAT(segmenter.error().detail, HasSubstr(cuda_devices().why_none));
    EXPECT_THAT(segmenter.error().detail, HasSubstr("--device cpu"));
}

TEST(Segmenter, WorksInBfloat16AndWithoutImageEncoder) {
    SPINESEG_NEEDS_BFLOAT16();
    auto manifest = SmallBundle::small_manifest();
    manifest.diffusion.image_encoder = false;
    const SmallBundle small(manifest);
    const auto exact = load(small)->segment(random_stack(1), asking(2, 1), nullptr);
    const auto segmenter = load(small, Precision::bfloat16);
    EXPECT_EQ(segmenter->describe_device(), "cpu, bfloat16, 1 thread");
    const auto rounded = segmenter->segment(random_stack(1), asking(2, 1), nullptr);
    EXPECT_LT((rounded->presegmentation - exact->presegmentation).abs().mean().item<double>(), 0.02);
}

}  // namespace segmenter_test
}  // namespace spineseg

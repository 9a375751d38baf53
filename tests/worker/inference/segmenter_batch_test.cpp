// SPDX-License-Identifier: GPL-3.0-or-later
// Several slices and samples in one network call: the same result, and what happens when they do not fit.
#include <gmock/gmock.h>
#include <torch/torch.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "tests/worker/inference/model_variants.h"
#include "tests/worker/inference/small_bundle.h"
#include "worker/inference/presegmentation/slice_stack.h"
#include "worker/inference/sampling/sampler.h"
#include "worker/inference/segmentation/segmenter.h"
#include "worker/inference/segmentation/series_consensus.h"

namespace spineseg {
namespace segmenter_batch_test {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Le;

/// What a batch may change of any map: roundings of float32.
constexpr double kBatchRounding = 2e-5;

SliceStack stack_of(std::int64_t slices) {
    torch::manual_seed(4);
    return {torch::rand({slices, 64, 48}) * 900, torch::ones({slices, 64, 48}, torch::kBool), 4.0};
}

std::unique_ptr<Segmenter> load(const SmallBundle& small, int batch, StartNoise noise = {}) {
    return Segmenter::load(small.folder(), {.precision = Precision::float32,
                                            .threads = 1,
                                            .batch = batch,
                                            .start_noise = std::move(noise)})
        .value();
}

double difference(const Consensus& a, const Consensus& b) {
    double largest = 0.0;
    const auto compare = [&](const torch::Tensor& x, const torch::Tensor& y) {
        ASSERT_EQ(x.defined(), y.defined());
        if (x.defined()) largest = std::max(largest, (x - y).abs().max().item<double>());
    };
    compare(a.probability, b.probability);
    compare(a.mean_probability, b.mean_probability);
    compare(a.presegmentation, b.presegmentation);
    compare(a.uncertainty, b.uncertainty);
    compare(a.entropy, b.entropy);
    compare(a.mutual_information, b.mutual_information);
    compare(a.variance, b.variance);
    compare(a.original_uncertainty, b.original_uncertainty);
    return largest;
}

class SegmenterBatch : public ::testing::TestWithParam<ModelVariant> {};

TEST_P(SegmenterBatch, GivesWhatOneImageAfterTheOtherGives) {
    const SmallBundle small(GetParam().manifest());
    const auto stack = stack_of(5);
    const SegmentRequest request{.samples = 3, .steps = 2, .seed = 5};
    const auto single = load(small, 1)->segment(stack, request, nullptr);
    ASSERT_TRUE(single.has_value()) << single.error().detail;
    for (const int batch : {2, 4, 7, 64}) {
        const auto batched = load(small, batch)->segment(stack, request, nullptr);
        ASSERT_TRUE(batched.has_value()) << batched.error().detail;
        EXPECT_LE(difference(*batched, *single), kBatchRounding) << batch;
    }
}

INSTANTIATE_TEST_SUITE_P(Models, SegmenterBatch, ::testing::ValuesIn(model_variants()), name_of_variant);

TEST(SegmenterBatchSize, OnACpuIsOneByDefault) {
    const SmallBundle small;
    const auto stack = stack_of(2);
    EXPECT_EQ(difference(*load(small, 0)->segment(stack, {}, nullptr),
                         *load(small, 1)->segment(stack, {}, nullptr)),
              0.0);
}

TEST(SegmenterBatchSize, ProgressCountsImagesAndEndsAtTheEnd) {
    const SmallBundle small;
    std::vector<Progress> seen;
    const auto sink = [&](const Progress& progress) {
        seen.push_back(progress);
        return true;
    };
    ASSERT_TRUE(load(small, 4)->segment(stack_of(5), {.samples = 2, .steps = 3}, sink).has_value());
    // Five slices of presegmentation; two, two and one slices by two samples, three steps each.
    ASSERT_EQ(seen.size(), 5u + 3u * 3u);
    EXPECT_DOUBLE_EQ(seen[5].fraction, 4.0 / 30.0);
    EXPECT_EQ(seen.back(), (Progress{Stage::diffusion, 1.0}));
}

TEST(SegmenterBatchSize, IsStoppedBetweenTwoNetworkCalls) {
    const SmallBundle small;
    int calls = 0;
    const auto result = load(small, 4)->segment(stack_of(4), {.samples = 2, .steps = 3},
                                                [&](const Progress&) { return ++calls < 6; });
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, ErrorCode::canceled);
    EXPECT_EQ(calls, 6);
}

/// Noise as ever, for so many images at once; where a batch asks for more, the memory runs out.
class SmallMemory {
  public:
    explicit SmallMemory(int images) : images_(images) {}
    StartNoise noise() {
        return [this](std::int64_t slice, std::int64_t sample, std::int64_t rows, std::int64_t columns) {
            if (++asked_ > images_) {
                asked_ = 0;
                ++failures;
                C10_THROW_ERROR(OutOfMemoryError, "CUDA out of memory. Tried to allocate 2.00 GiB");
            }
            return sample_noise(0, 5, slice, sample, rows, columns);
        };
    }
    ProgressSink sink() {
        return [this](const Progress& progress) {
            asked_ = 0;
            fractions.push_back(progress.fraction);
            return true;
        };
    }
    int failures = 0;
    std::vector<double> fractions;

  private:
    int images_;
    int asked_ = 0;
};

TEST(SegmenterOutOfMemory, HalvesTheBatchAndGivesTheSameResult) {
    const SmallBundle small;
    const auto stack = stack_of(5);
    const SegmentRequest request{.samples = 3, .steps = 2, .seed = 5};
    const auto expected = load(small, 1)->segment(stack, request, nullptr);
    SmallMemory memory(2);
    const auto result = load(small, 12, memory.noise())->segment(stack, request, memory.sink());
    ASSERT_TRUE(result.has_value()) << result.error().detail;
    EXPECT_EQ(memory.failures, 3);  // 12, 6, 3: one goes through
    EXPECT_LE(difference(*result, *expected), kBatchRounding);
    EXPECT_THAT(memory.fractions, Each(Le(1.0)));
    EXPECT_EQ(memory.fractions.back(), 1.0);
}

TEST(SegmenterOutOfMemory, OfOneImageIsAnErrorThatSaysWhatDoesNotFit) {
    const SmallBundle small;
    SmallMemory memory(0);
    const auto result = load(small, 4, memory.noise())->segment(stack_of(2), {}, memory.sink());
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, ErrorCode::out_of_memory);
    EXPECT_THAT(result.error().detail, HasSubstr("64 x 48"));
    EXPECT_THAT(result.error().detail, HasSubstr("cpu"));
}

}  // namespace segmenter_batch_test
}  // namespace spineseg

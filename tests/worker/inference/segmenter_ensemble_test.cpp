// SPDX-License-Identifier: GPL-3.0-or-later
// Several members of each network, and none.
#include <gmock/gmock.h>
#include <torch/torch.h>

#include "tests/worker/inference/small_bundle.h"
#include "worker/inference/sampling/ensemble_statistics.h"
#include "worker/inference/segmentation/intensity.h"
#include "worker/inference/segmentation/segmenter.h"
#include "worker/inference/segmentation/series_consensus.h"

namespace spineseg {
namespace segmenter_ensemble_test {

using ::testing::HasSubstr;

constexpr std::int64_t kRows = 32, kColumns = 48;

SliceStack stack_of(std::int64_t slices) {
    torch::manual_seed(4);
    SliceStack stack{torch::rand({slices, kRows, kColumns}) * 900,
                     torch::ones({slices, kRows, kColumns}, torch::kBool)};
    stack.slice_spacing_mm = 4.0;
    return stack;
}

std::unique_ptr<Segmenter> load(const SmallBundle& small) {
    auto segmenter =
        Segmenter::load(small.folder(), {.precision = Precision::float32, .threads = 1, .start_noise = {}});
    if (!segmenter) throw std::runtime_error(segmenter.error().detail);
    return std::move(*segmenter);
}

Consensus run(const SmallBundle& small, const SliceStack& stack, int samples) {
    auto result = load(small)->segment(stack, {.samples = samples, .steps = 1, .seed = 3}, nullptr);
    if (!result) throw std::runtime_error(result.error().detail);
    return *result;
}

ModelManifest with_members(int presegmentation, int diffusion) {
    auto manifest = SmallBundle::small_manifest();
    manifest.presegmentation.members.clear();
    manifest.diffusion.members.clear();
    for (int i = 0; i < presegmentation; ++i)
        manifest.presegmentation.members.push_back({"p" + std::to_string(i) + ".safetensors", ""});
    for (int i = 0; i < diffusion; ++i)
        manifest.diffusion.members.push_back({"d" + std::to_string(i) + ".safetensors", ""});
    if (diffusion == 0) manifest.diffusion.samples = 0;
    return manifest;
}

/// The softmax of one presegmentation network on one slice, [4,H,W].
torch::Tensor member(const SmallBundle& small, std::size_t index, const SliceStack& stack,
                     std::int64_t slice) {
    const torch::NoGradGuard no_grad;
    PresegmentationUNet network = small.networks().presegmentation[index];
    const auto input = network_input(stack.intensities, stack.inside, small.manifest().input);
    return torch::softmax(network->forward(input.narrow(0, slice, 1)), 1)[0];
}

bool close(const torch::Tensor& a, const torch::Tensor& b) {
    return torch::allclose(a, b, 1e-4, 1e-5);
}

TEST(SegmenterEnsemble, TheMembersOfThePresegmentationAreAveragedAndTheirDisagreementIsMutualInformation) {
    const SmallBundle small(with_members(2, 0));
    const auto stack = stack_of(2);
    const auto result = run(small, stack, 0);
    const auto opinions = torch::stack({member(small, 0, stack, 1), member(small, 1, stack, 1)});
    const auto expected = ensemble_statistics(opinions);
    EXPECT_TRUE(close(result.presegmentation[1], expected.mean.narrow(0, 1, 3)));
    EXPECT_TRUE(torch::equal(result.probability, result.presegmentation));
    const auto entropy = normalised_entropy(expected.mean);
    EXPECT_TRUE(close(result.entropy[1], entropy));
    EXPECT_TRUE(close(result.mutual_information[1], entropy - expected.expected_entropy));
    EXPECT_TRUE(close(result.aleatoric()[1], expected.expected_entropy));
    EXPECT_TRUE(close(result.variance[1], expected.variance));
    EXPECT_TRUE(close(result.sample_dice[1], expected.dice));
    EXPECT_GT(result.mutual_information.max().item<double>(), 1e-3);
}

TEST(SegmenterEnsemble, ASingleMemberDoesNotDisagreeWithItself) {
    const SmallBundle small;
    const auto result = run(small, stack_of(1), 0);
    EXPECT_LT(result.mutual_information.max().item<double>(), 1e-6);
    EXPECT_EQ(result.variance.max().item<double>(), 0.0);
    EXPECT_EQ(result.sample_dice.min().item<double>(), 1.0);
}

TEST(SegmenterEnsemble, MembersOfThePresegmentationDisagreeInTheConsensusToo) {
    auto manifest = with_members(2, 1);
    manifest.consensus.presegmentation_weight = 1.0;
    const SmallBundle small(manifest);
    const auto stack = stack_of(1);
    const auto alone = run(small, stack, 0);
    const auto consensus = run(small, stack, 2);
    EXPECT_TRUE(close(consensus.mutual_information, alone.mutual_information));
    EXPECT_TRUE(close(consensus.mean_probability, alone.mean_probability));
}

TEST(SegmenterEnsemble, SamplesAreDealtRoundRobinOverTheDenoisers) {
    // Three samples over two members: 0 and 2 by the first, 1 by the second. Noise that is the same for all
    // samples leaves the members as the only difference.
    const SmallBundle small(with_members(1, 2));
    SegmenterOptions options{.precision = Precision::float32, .threads = 1, .start_noise = {}};
    options.start_noise = [](std::int64_t, std::int64_t, std::int64_t rows, std::int64_t columns) {
        torch::manual_seed(8);
        return torch::randn({3, rows, columns});
    };
    const auto segmenter = Segmenter::load(small.folder(), options).value();
    const auto probability = [&](int samples) {
        return segmenter->segment(stack_of(1), {.samples = samples, .steps = 1}, nullptr)->probability;
    };
    const auto first = probability(1);
    const auto second = probability(2) * 2.0 - first;
    EXPECT_FALSE(close(first, second));
    EXPECT_TRUE(close(probability(3), (first * 2.0 + second) / 3.0));
}

TEST(SegmenterEnsemble, NeighbouringSlicesAreMixedInAndWeightsGrowAtTheEnds) {
    auto manifest = with_members(1, 0);
    manifest.presegmentation.neighbour_weight = 0.25;
    manifest.presegmentation.neighbour_spacing_mm = 4.0;
    const SmallBundle small(manifest);
    auto stack = stack_of(3);
    std::vector<torch::Tensor> alone;
    for (std::int64_t slice = 0; slice < 3; ++slice)
        alone.push_back(member(small, 0, stack, slice).narrow(0, 1, 3));
    const auto mixed = run(small, stack, 0).presegmentation;
    EXPECT_TRUE(close(mixed[0], (alone[0] * 0.5 + alone[1] * 0.25) / 0.75));
    EXPECT_TRUE(close(mixed[1], alone[1] * 0.5 + (alone[0] + alone[2]) * 0.25));
    EXPECT_TRUE(close(mixed[2], (alone[2] * 0.5 + alone[1] * 0.25) / 0.75));
    for (const double apart : {4.1, 0.0}) {  // 0: not known
        stack.slice_spacing_mm = apart;
        EXPECT_TRUE(close(run(small, stack, 0).presegmentation[1], alone[1])) << apart;
    }
}

TEST(SegmenterEnsemble, AStackOfOneSliceHasNoNeighbours) {
    auto manifest = with_members(1, 1);
    manifest.presegmentation.neighbour_weight = 1.0 / 3.0;
    manifest.presegmentation.neighbour_spacing_mm = 10.0;
    const SmallBundle small(manifest);
    const auto stack = stack_of(1);
    EXPECT_TRUE(close(run(small, stack, 1).presegmentation[0], member(small, 0, stack, 0).narrow(0, 1, 3)));
}

TEST(SegmenterEnsemble, ScalesAreAveraged) {
    auto manifest = with_members(1, 0);
    manifest.presegmentation.scales = {1.0, 1.25};
    const SmallBundle small(manifest);
    const auto both = run(small, stack_of(1), 0);
    EXPECT_TRUE(torch::isfinite(both.probability).all().item<bool>());
    const SmallBundle one(with_members(1, 0));
    const auto single = run(one, stack_of(1), 0);
    EXPECT_FALSE(close(both.probability, single.probability));
    EXPECT_LT((both.probability - single.probability).abs().mean().item<double>(), 0.1);
}

TEST(SegmenterEnsemble, AnEmptyMaskStartsTheDiffusionAndIsNoSpecialCase) {
    const SmallBundle small;
    BundleNetworks networks = small.networks();
    {
        const torch::NoGradGuard no_grad;
        networks.presegmentation[0]->final_conv->bias.copy_(torch::tensor({50.0f, 0.0f, 0.0f, 0.0f}));
    }
    ASSERT_TRUE(write_bundle(small.folder(), small.manifest(), networks).has_value());
    const auto alone = run(small, stack_of(1), 0);
    EXPECT_LT(alone.presegmentation.max().item<double>(), 0.01);
    EXPECT_EQ(alone.sample_dice.min().item<double>(), 1.0);
    const auto result = run(small, stack_of(1), 3);
    for (const auto& map :
         {result.probability, result.entropy, result.mutual_information, result.variance, result.sample_dice})
        EXPECT_TRUE(torch::isfinite(map).all().item<bool>());
}

TEST(SegmenterEnsemble, WithoutDenoiserOnlyTheStageOfThePresegmentationRuns) {
    const SmallBundle small(with_members(1, 0));
    const auto segmenter = load(small);
    std::vector<Stage> stages;
    const auto sink = [&](const Progress& progress) {
        stages.push_back(progress.stage);
        return true;
    };
    ASSERT_TRUE(segmenter->segment(stack_of(2), {}, sink).has_value());
    EXPECT_EQ(stages, (std::vector{Stage::presegmentation, Stage::presegmentation}));
    const auto refused = segmenter->segment(stack_of(1), {.samples = 1, .steps = 1}, nullptr);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
    EXPECT_THAT(refused.error().detail, HasSubstr("no denoiser"));
}

TEST(SegmenterEnsemble, WithoutPresegmenterItIsAllBackgroundAndTheSamplesAreTheResult) {
    auto manifest = with_members(0, 1);
    manifest.presegmentation = {};
    manifest.presegmentation.kind = PresegmenterKind::none;
    manifest.diffusion.start = StartRule::noise;
    const SmallBundle small(manifest);
    const auto result = run(small, stack_of(1), 2);
    EXPECT_EQ(result.presegmentation.abs().max().item<double>(), 0.0);
    EXPECT_GT(result.probability.max().item<double>(), 0.0);
    const auto refused = load(small)->segment(stack_of(1), {.samples = 0}, nullptr);
    ASSERT_FALSE(refused.has_value());
    EXPECT_THAT(refused.error().detail, HasSubstr("no presegmentation"));
}

}  // namespace segmenter_ensemble_test
}  // namespace spineseg

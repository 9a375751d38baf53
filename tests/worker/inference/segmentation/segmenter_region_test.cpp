// SPDX-License-Identifier: GPL-3.0-or-later
/// A denoiser that computes only around what the presegmentation found.

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <utility>

#include "tests/worker/inference/segmentation/small_segmenter.h"
#include "tests/worker/inference/small_bundle.h"
#include "worker/inference/presegmentation/slice_stack.h"
#include "worker/inference/segmentation/grid_region.h"
#include "worker/inference/segmentation/intensity.h"
#include "worker/inference/segmentation/segmenter.h"
#include "worker/inference/segmentation/series_consensus.h"

namespace spineseg {
namespace segmenter_region_test {

using testing::asking;
using testing::expect_same;
using testing::load;
using testing::random_stack;

/// Moves the bias until nothing in the stack is labelled but so many pixels, where a structure is likeliest.
void let_it_find(int pixels, const SmallBundle& small, const SliceStack& stack) {
    const torch::NoGradGuard no_grad;
    PresegmentationUNet unet = small.networks().presegmentation[0];
    const auto logits = unet->forward(network_input(stack.intensities, stack.inside, small.manifest().input));
    const auto lead = (std::get<0>(logits.slice(1, 1).max(1)) - logits.select(1, 0)).flatten();
    const auto best = std::get<0>(lead.sort(/*dim=*/0, /*descending=*/true));
    unet->final_conv->bias[0] += pixels == 0 ? best[0] + 1 : (best[pixels - 1] + best[pixels]) / 2;
    small.write();
}

ModelManifest manifest_with_margin(double margin_mm) {
    auto manifest = SmallBundle::small_manifest();
    manifest.diffusion.region_margin_mm = margin_mm;
    return manifest;
}

/// Without samples and with two, 2 mm around so many pixels that the presegmentation finds.
std::pair<Result<Consensus>, Result<Consensus>> alone_and_refined(int pixels, const SliceStack& stack) {
    const SmallBundle small(manifest_with_margin(2.0));
    let_it_find(pixels, small, stack);
    const auto segmenter = load(small);
    return {segmenter->segment(stack, asking(0, 1), nullptr),
            segmenter->segment(stack, asking(2, 1), nullptr)};
}

TEST(SegmenterRegion, AsLargeAsTheGridGivesWhatTheWholeGridGives) {
    const SmallBundle whole;
    const SmallBundle region(manifest_with_margin(1000.0));
    const auto stack = random_stack(2);
    expect_same(*load(whole)->segment(stack, {}, nullptr), *load(region)->segment(stack, {}, nullptr));
}

TEST(SegmenterRegion, AroundTheRegionThePresegmentationStands) {
    const auto stack = random_stack(2, 64, 64);
    const auto [alone, refined] = alone_and_refined(1, stack);
    ASSERT_TRUE(alone && refined);
    const auto background = 1 - alone->presegmentation.sum(1);
    const auto labelled = alone->presegmentation.amax(1).gt(background).any(0);
    ASSERT_EQ(labelled.sum().item<int>(), 1);
    const auto region = region_around(labelled, 2, 16);
    EXPECT_EQ(region->rows * region->columns, 16 * 16);
    auto changed = refined->probability.ne(alone->probability).any(1);
    EXPECT_TRUE(within(*region, changed).all().item<bool>());
    within(*region, changed).fill_(false);
    EXPECT_FALSE(changed.any().item<bool>());
    EXPECT_TRUE(torch::equal(alone->presegmentation, refined->presegmentation));
}

TEST(SegmenterRegion, WhereThePresegmentationFindsNothingNothingIsRefined) {
    const auto stack = random_stack(1);
    const auto [alone, refined] = alone_and_refined(0, stack);
    ASSERT_TRUE(alone && refined);
    expect_same(*alone, *refined);
}

}  // namespace segmenter_region_test
}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
// What runs on the CPU by default runs on another device too: no step mixes tensors of both, the result is
// the same, and no network call waits for the device.
#include <gmock/gmock.h>
#include <torch/torch.h>

#include <utility>
#include <vector>

#include "tests/worker/inference/model_variants.h"
#include "tests/worker/inference/small_bundle.h"
#include "tests/worker/inference/strict_device.h"
#include "worker/inference/presegmentation/slice_stack.h"
#include "worker/inference/segmentation/segmentation_run.h"
#include "worker/inference/segmentation/segmenter.h"
#include "worker/inference/segmentation/series_consensus.h"

namespace spineseg {
namespace device_neutral_test {

/// The device computes norms by torch's own operations, the CPU by the fused kernel.
constexpr double kDeviceRounding = 1e-4;

SliceStack stack_of(std::int64_t slices) {
    torch::manual_seed(4);
    return {torch::rand({slices, 32, 48}) * 900, torch::ones({slices, 32, 48}, torch::kBool), 4.0};
}

class DeviceNeutral : public ::testing::TestWithParam<ModelVariant> {};

TEST_P(DeviceNeutral, ASeriesComesOutAsOnTheCpu) {
    const SmallBundle small(GetParam().manifest());
    const auto stack = stack_of(3);
    const auto on_cpu = Segmenter::load(small.folder(), {.precision = Precision::float32, .threads = 1})
                            .value()
                            ->segment(stack, {.samples = 3, .steps = 2, .seed = 5}, nullptr);
    ASSERT_TRUE(on_cpu.has_value()) << on_cpu.error().detail;

    auto bundle = load_bundle(small.folder(), strict_device());
    ASSERT_TRUE(bundle.has_value()) << bundle.error().detail;
    SegmenterNetworks networks{std::move(*bundle), strict_device(), {}};
    auto plan = networks.bundle.manifest.diffusion;
    plan.samples = 3;
    plan.steps = 2;
    Consensus there;
    there.presegmentation = torch::zeros_like(on_cpu->presegmentation);
    there.probability = torch::zeros_like(on_cpu->probability);
    there.mean_probability = torch::zeros_like(on_cpu->mean_probability);
    there.entropy = torch::zeros_like(on_cpu->entropy);
    there.mutual_information = torch::zeros_like(on_cpu->entropy);
    there.uncertainty = torch::zeros_like(on_cpu->entropy);
    there.variance = torch::zeros_like(on_cpu->variance);
    there.sample_dice = torch::ones_like(on_cpu->sample_dice);
    if (on_cpu->original_uncertainty.defined())
        there.original_uncertainty = torch::zeros_like(on_cpu->original_uncertainty);
    const c10::InferenceMode inference;
    SegmentationRun run(networks, stack, plan, 5, {.presegmentation = 2, .diffusion = 6});
    ASSERT_TRUE(run.presegment(there, nullptr));
    ASSERT_TRUE(run.diffuse(there, nullptr));
    const auto largest = [](const torch::Tensor& a, const torch::Tensor& b) {
        return (a - b).abs().max().item<double>();
    };
    EXPECT_LE(largest(there.presegmentation, on_cpu->presegmentation), kDeviceRounding);
    EXPECT_LE(largest(there.probability, on_cpu->probability), kDeviceRounding);
    EXPECT_LE(largest(there.entropy, on_cpu->entropy), kDeviceRounding);
    EXPECT_LE(largest(there.mutual_information, on_cpu->mutual_information), kDeviceRounding);
    EXPECT_LE(largest(there.variance, on_cpu->variance), kDeviceRounding);
    if (there.original_uncertainty.defined()) {
        EXPECT_LE(largest(there.original_uncertainty, on_cpu->original_uncertainty), kDeviceRounding);
    }
}

INSTANTIATE_TEST_SUITE_P(Models, DeviceNeutral, ::testing::ValuesIn(model_variants()), name_of_variant);

TEST(DeviceNeutralNetworks, NoCallWaitsForTheDevice) {
    const SmallBundle small;
    auto bundle = load_bundle(small.folder(), strict_device());
    ASSERT_TRUE(bundle.has_value()) << bundle.error().detail;
    const c10::InferenceMode inference;
    const auto image = torch::rand({2, 1, 32, 48}).to(strict_device());
    const auto x = torch::randn({2, 3, 32, 48}).to(strict_device());
    const auto t = torch::full({2}, 7, torch::TensorOptions(torch::kInt64).device(strict_device()));
    reads_of_strict_device();
    const auto logits =
        bundle->diffusion[0]->model->forward(image, x, t, bundle->diffusion[0]->encode(image));
    const auto classes = bundle->presegmenter->probabilities({}, 0, image);
    EXPECT_EQ(reads_of_strict_device(), 0);
    EXPECT_EQ(logits.device(), strict_device());
    EXPECT_EQ(classes.device(), strict_device());
}

}  // namespace device_neutral_test
}  // namespace spineseg

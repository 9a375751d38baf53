// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/validation.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "tests/worker/inference/small_bundle.h"
#include "worker/inference/bundle/model_bundle.h"

namespace spineseg {
namespace validation_test {

using torch::Tensor;

TEST(DiceMean, PoolsACaseAndAveragesOverCases) {
    Tensor labels = torch::zeros({2, 4, 4}, torch::kUInt8);
    labels.select(0, 0).fill_(2);  // sixteen vertebra pixels, all in one slice
    Tensor masks = torch::zeros({2, 3, 4, 4});
    masks.select(0, 0).select(0, 1).fill_(1);
    DiceMean mean;
    mean.add(masks, labels);
    masks.select(0, 1).select(0, 1).fill_(1);  // and as many wrong ones in the other: 2·16 / (16 + 32)
    mean.add(masks, labels);
    const ValidationDice result = mean.result();
    EXPECT_FALSE(result.dice[0]) << "no case has a canal";
    EXPECT_NEAR(*result.dice[1], (1.0 + 2.0 / 3.0) / 2, 1e-9);
    EXPECT_NEAR(*result.mean(), *result.dice[1], 1e-9);
    EXPECT_FALSE(ValidationDice{}.mean());
}

TrainingCase noise_case() {
    torch::manual_seed(3);
    return {.id = "7_t2",
            .slices = {torch::rand({2, 32, 32}) * 100, torch::ones({2, 32, 32}, torch::kBool)},
            .shares = labels_as_shares(torch::randint(0, 4, {2, 32, 32}))};
}

TEST(Validator, MeasuresTheWeightsThatItIsTold) {
    const SmallBundle bundle;
    const auto validate = presegmentation_validator({noise_case()}, bundle.manifest());
    TensorMap weights = state_of(*bundle.networks().presegmentation[0]);
    const auto random = validate(weights);
    ASSERT_TRUE(random) << random.error().describe();
    for (auto& [name, tensor] : weights) tensor = torch::zeros_like(tensor);
    weights.at("final_conv.bias")[2] = 5.0;  // vertebra everywhere
    const auto constant = validate(weights);
    const double share =
        (likeliest_labels(noise_case().shares) == 2).to(torch::kFloat64).mean().item<double>();
    EXPECT_NEAR(*constant->dice[1], 2 * share / (1 + share), 1e-6);
    EXPECT_NEAR(*constant->dice[0], 0, 1e-9);
    weights.erase(weights.begin());
    EXPECT_FALSE(validate(weights)) << "weights of another network";
}

TEST(Validator, OfTheDiffusionLeavesABundleThatLoads) {
    const SmallBundle bundle;
    const auto scratch = bundle.folder() / "validation";
    const auto validate = diffusion_validator({noise_case()}, bundle.manifest(),
                                              state_of(*bundle.networks().presegmentation[0]), scratch);
    const auto dice = validate(state_of(*bundle.networks().diffusion[0]));
    ASSERT_TRUE(dice) << dice.error().describe();
    EXPECT_TRUE(dice->mean());
    EXPECT_TRUE(load_bundle(scratch, torch::kCPU));
}

}  // namespace validation_test
}  // namespace spineseg

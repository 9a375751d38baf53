// SPDX-License-Identifier: GPL-3.0-or-later
// GCC 12 sees an overflow in its own std::string that cannot happen (-Warray-bounds through operator+).
#pragma GCC diagnostic ignored "-Warray-bounds"
// Checkpoints of the published network, written here byte by byte as torch.save does.
#include "worker/inference/checkpoint/spinesegdiff_checkpoint.h"

#include <gmock/gmock.h>
#include <torch/torch.h>

#include "tests/worker/inference/published_weights.h"
#include "tests/worker/inference/state_dict_file.h"
#include "worker/inference/networks/networks.h"

namespace spineseg {
namespace spinesegdiff_checkpoint_test {

using ::testing::HasSubstr;

const Widths kSmallWidths{16, 16, 16, 16, 16, 16};

Result<TensorMap> converted(const std::string& bytes) {
    auto checkpoint = TorchCheckpoint::parse(bytes);
    if (!checkpoint) return failure(checkpoint.error());
    return spinesegdiff_tensors(*checkpoint);
}

std::string complaint(const TensorMap& weights) {
    SpineSegDiff network(kSmallWidths);
    const auto tensors = converted(state_dict_file(weights));
    if (!tensors) return tensors.error().detail;
    const auto loaded = load_state(*network, *tensors);
    return loaded ? "none" : loaded.error().detail;
}

TEST(SpineSegDiffCheckpoint, LoadsWithAndWithoutItsWrappers) {
    SpineSegDiff network(kSmallWidths);
    const auto weights = golden_weights(*network);
    for (const bool prefixed : {false, true}) {
        for (const bool nested : {false, true}) {
            const auto tensors = converted(state_dict_file(weights, {prefixed, nested}));
            ASSERT_TRUE(tensors.has_value()) << tensors.error().detail;
            ASSERT_TRUE(load_state(*network, *tensors).has_value());
            for (const auto& [name, tensor] : state_of(*network))
                EXPECT_TRUE(torch::equal(tensor, weights.at(name))) << name;
        }
    }
}

TEST(SpineSegDiffCheckpoint, RefusesAMissingSurplusOrMisshapenTensorByName) {
    SpineSegDiff network(kSmallWidths);
    const auto weights = golden_weights(*network);
    EXPECT_EQ(complaint(weights), "none");
    auto bent = weights;
    bent.erase("model.temb.dense.1.bias");
    EXPECT_EQ(complaint(bent), "tensor \"model.temb.dense.1.bias\" is missing");
    bent = weights;
    bent["optimizer"] = torch::ones({1});
    EXPECT_EQ(complaint(bent), "tensor \"optimizer\" is surplus");
    bent = weights;
    bent["model.final_conv.weight"] = torch::ones({3, 16});
    EXPECT_THAT(complaint(bent), HasSubstr("\"model.final_conv.weight\" has shape [3,16]"));
    bent = weights;
    bent["module.model.final_conv.bias"] = torch::ones({3});
    EXPECT_THAT(complaint(bent), HasSubstr("with and without"));
}

TEST(SpineSegDiffCheckpoint, OfThePublishedWidthsGivesTheGoldenNumbers) {
    const torch::NoGradGuard no_grad;
    SpineSegDiff network(Widths{64, 64, 128, 256, 512, 64});
    const auto tensors = converted(state_dict_file(golden_weights(*network), {.prefixed = true}));
    ASSERT_TRUE(tensors.has_value()) << tensors.error().detail;
    EXPECT_EQ(tensors->size(), 144u);
    ASSERT_TRUE(load_state(*network, *tensors).has_value());
    // docs/method.md §2.7 at 32 pixels.
    const auto h = torch::arange(32.0).reshape({32, 1}), w = torch::arange(32.0).reshape({1, 32});
    const auto image =
        (127.5 + 60 * torch::sin(0.05 * h) + 60 * torch::cos(0.03 * w)).reshape({1, 1, 32, 32});
    const auto c = torch::arange(3.0).reshape({3, 1, 1});
    const auto x = torch::sin(0.11 * h + 0.07 * w + c).unsqueeze(0);
    const auto logits =
        network->model->forward(image, x, torch::full({1}, 500, torch::kInt64), network->encode(image));
    EXPECT_NEAR(logits.mean().item<double>(), -0.235198, 1e-4);
    EXPECT_NEAR(logits.std().item<double>(), 0.183473, 1e-4);
    EXPECT_NEAR(logits[0][2][5][30].item<double>(), -0.334313, 1e-4);
}

}  // namespace spinesegdiff_checkpoint_test
}  // namespace spineseg

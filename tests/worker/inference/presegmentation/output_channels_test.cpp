// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/presegmentation/output_channels.h"

#include <gmock/gmock.h>
#include <torch/torch.h>

namespace spineseg {
namespace output_channels_test {

using ::testing::HasSubstr;

OutputChannels two_vertebrae() {
    return {.canal = {4}, .vertebra = {1, 2}, .disc = {3}};
}

TEST(OutputChannels, AddUpUnderTheirClassAndTheRestIsBackground) {
    const auto network = torch::tensor({0.1f, 0.2f, 0.3f, 0.15f, 0.05f, 0.2f}).reshape({1, 6, 1, 1});
    const auto classes = class_probabilities(network, two_vertebrae()).flatten();
    EXPECT_TRUE(torch::allclose(classes, torch::tensor({0.3f, 0.05f, 0.5f, 0.15f})));
}

TEST(OutputChannels, AChannelThatTheNetworkLacksIsNamed) {
    EXPECT_TRUE(check_channels(two_vertebrae(), 5).has_value());
    const auto surplus = check_channels(two_vertebrae(), 4);
    ASSERT_FALSE(surplus.has_value());
    EXPECT_EQ(surplus.error().code, ErrorCode::model_invalid);
    EXPECT_THAT(surplus.error().detail, HasSubstr("no channel 4"));
}

}  // namespace output_channels_test
}  // namespace spineseg

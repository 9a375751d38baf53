// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/initial_weights.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/digest.h"
#include "tests/worker/inference/small_bundle.h"

namespace spineseg {
namespace initial_weights_test {

namespace fs = std::filesystem;

TEST(InitialWeights, ComeFromABundleOrFromItsFile) {
    const SmallBundle bundle;
    for (const auto network : {TrainedNetwork::presegmentation, TrainedNetwork::diffusion}) {
        const bool first = network == TrainedNetwork::presegmentation;
        const fs::path file =
            bundle.folder() / (first ? "presegmentation.safetensors" : "diffusion.safetensors");
        const auto from_bundle = read_initial_weights(bundle.folder(), network, bundle.manifest());
        const auto from_file = read_initial_weights(file, network, bundle.manifest());
        ASSERT_TRUE(from_bundle) << from_bundle.error().describe();
        ASSERT_TRUE(from_file) << from_file.error().describe();
        EXPECT_EQ(from_bundle->source, "small 1.0.0");
        EXPECT_EQ(from_file->source, file.filename().string());
        EXPECT_EQ(from_file->sha256, sha256_hex(*read_weights_file(file)));
        EXPECT_EQ(from_file->sha256, from_bundle->sha256);
        const TensorMap expected = first ? state_of(*bundle.networks().presegmentation[0])
                                         : state_of(*bundle.networks().diffusion[0]);
        ASSERT_EQ(from_file->tensors.size(), expected.size());
        for (const auto& [name, tensor] : expected)
            EXPECT_TRUE(torch::equal(tensor, from_file->tensors.at(name))) << name;
    }
}

TEST(InitialWeights, OfAnotherWidthAreRefusedByTheTensorsName) {
    const SmallBundle bundle;
    ModelManifest wider = bundle.manifest();
    wider.presegmentation.widths = {48, 40, 40, 40, 40, 40};
    const auto read = read_initial_weights(bundle.folder(), TrainedNetwork::presegmentation, wider);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ErrorCode::model_invalid);
    EXPECT_NE(read.error().detail.find("presegmentation.safetensors"), std::string::npos);
    EXPECT_NE(read.error().detail.find("tensor \""), std::string::npos) << read.error().detail;
}

TEST(InitialWeights, OfTheOtherNetworkAreRefused) {
    const SmallBundle bundle;
    EXPECT_FALSE(read_initial_weights(bundle.folder() / "diffusion.safetensors",
                                      TrainedNetwork::presegmentation, bundle.manifest()));
}

TEST(InitialWeights, ABundleWhoseWeightsWereExchangedIsRefused) {
    const SmallBundle bundle;
    SafeTensors changed{state_of(*bundle.networks().presegmentation[0]), {}};
    changed.tensors.begin()->second = changed.tensors.begin()->second + 1;
    ASSERT_TRUE(write_safetensors(bundle.folder() / "presegmentation.safetensors", changed));
    const auto read =
        read_initial_weights(bundle.folder(), TrainedNetwork::presegmentation, bundle.manifest());
    ASSERT_FALSE(read);
    EXPECT_NE(read.error().detail.find("digest"), std::string::npos) << read.error().detail;
}

TEST(InitialWeights, AMissingFileIsNamed) {
    const auto read = read_initial_weights("/nonexistent.safetensors", TrainedNetwork::diffusion,
                                           SmallBundle::small_manifest());
    ASSERT_FALSE(read);
    EXPECT_NE(read.error().detail.find("/nonexistent.safetensors"), std::string::npos);
}

}  // namespace initial_weights_test
}  // namespace spineseg

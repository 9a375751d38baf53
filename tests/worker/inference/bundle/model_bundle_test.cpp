// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/bundle/model_bundle.h"

#include <gmock/gmock.h>
#include <torch/torch.h>

#include <fstream>

#include "core/digest.h"
#include "tests/worker/inference/small_bundle.h"
#include "worker/inference/storage/safetensors.h"

namespace spineseg {
namespace model_bundle_test {

using ::testing::HasSubstr;

void expect_refused(const std::filesystem::path& folder, const std::string& reason) {
    const auto bundle = load_bundle(folder, torch::kCPU, true);
    ASSERT_FALSE(bundle.has_value());
    EXPECT_EQ(bundle.error().code, ErrorCode::model_invalid);
    EXPECT_THAT(bundle.error().detail, HasSubstr(reason));
}

/// Puts other weights into the bundle, with a manifest whose digest is right.
void replace_diffusion(const SmallBundle& small, const TensorMap& tensors) {
    const SafeTensors content{tensors, {}};
    ASSERT_TRUE(write_safetensors(small.folder() / "diffusion.safetensors", content).has_value());
    auto manifest = *ModelManifest::read(small.folder());
    manifest.diffusion.members[0].sha256 = sha256_hex(safetensors_bytes(content));
    std::ofstream(small.folder() / "manifest.json") << manifest.to_json();
}

TEST(ModelBundle, ComesBackWithItsWeights) {
    const SmallBundle small;
    const auto loaded = load_bundle(small.folder(), torch::kCPU);
    ASSERT_TRUE(loaded.has_value()) << loaded.error().detail;
    const auto expected = state_of(*small.networks().diffusion[0]);
    for (const auto& [name, tensor] : state_of(*loaded->diffusion[0])) {
        EXPECT_TRUE(torch::equal(tensor, expected.at(name))) << name;
    }
    EXPECT_EQ(loaded->manifest.diffusion.members[0].sha256.size(), 64u);
    EXPECT_FALSE(loaded->diffusion[0]->is_training());
    EXPECT_FALSE(loaded->diffusion[0]->parameters().front().requires_grad());
}

TEST(ModelBundle, HalfWidthWeightsAreLoadedAsFloat32) {
    const SmallBundle small;
    ASSERT_TRUE(
        write_bundle(small.folder(), small.manifest(), small.networks(), torch::kBFloat16).has_value());
    const auto loaded = load_bundle(small.folder(), torch::kCPU);
    ASSERT_TRUE(loaded.has_value()) << loaded.error().detail;
    EXPECT_EQ(loaded->diffusion[0]->parameters().front().scalar_type(), torch::kFloat32);
    EXPECT_LT(std::filesystem::file_size(small.folder() / "diffusion.safetensors"),
              safetensors_bytes({state_of(*small.networks().diffusion[0]), {}}).size() * 6 / 10);
}

TEST(ModelBundle, AnAlteredByteOfTheWeightsIsNoticed) {
    const SmallBundle small;
    std::fstream file(small.folder() / "diffusion.safetensors",
                      std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-5, std::ios::end);
    file.put('\x01');
    file.close();
    expect_refused(small.folder(), "digest");
}

TEST(ModelBundle, MissingSurplusAndMisshapenTensorsAreNamed) {
    const SmallBundle small;
    const auto good = state_of(*small.networks().diffusion[0]);
    auto missing = good;
    missing.erase("model.final_conv.bias");
    replace_diffusion(small, missing);
    expect_refused(small.folder(), "\"model.final_conv.bias\" is missing");
    auto surplus = good;
    surplus["model.extra.weight"] = torch::ones({1});
    replace_diffusion(small, surplus);
    expect_refused(small.folder(), "\"model.extra.weight\" is surplus");
    auto misshapen = good;
    misshapen["model.final_conv.bias"] = torch::ones({4});
    replace_diffusion(small, misshapen);
    expect_refused(small.folder(), "\"model.final_conv.bias\" has shape [4], the network's is [3]");
}

TEST(ModelBundle, EveryMemberIsLoadedFromItsOwnFileAndChecked) {
    auto manifest = SmallBundle::small_manifest();
    manifest.presegmentation.members.push_back({"seeds/2.safetensors", ""});
    manifest.diffusion.members.push_back({"folds/1.safetensors", ""});
    const SmallBundle small(manifest);
    const auto loaded = load_bundle(small.folder(), torch::kCPU);
    ASSERT_TRUE(loaded.has_value()) << loaded.error().detail;
    ASSERT_EQ(loaded->diffusion.size(), 2u);
    const auto first = state_of(*loaded->diffusion[0]), second = state_of(*loaded->diffusion[1]);
    EXPECT_FALSE(torch::equal(first.at("model.final_conv.weight"), second.at("model.final_conv.weight")));
    std::ofstream(small.folder() / "folds/1.safetensors", std::ios::app) << "x";
    expect_refused(small.folder(), "folds/1.safetensors does not have the digest");
}

TEST(ModelBundle, MembersOfAnotherWidthAreRefusedByTheTensorsName) {
    const SmallBundle small;
    auto manifest = *ModelManifest::read(small.folder());
    manifest.presegmentation.widths = {24, 16, 16, 16, 16, 16};
    std::ofstream(small.folder() / "manifest.json") << manifest.to_json();
    expect_refused(small.folder(), "presegmentation.safetensors: tensor \"");
}

TEST(ModelBundle, AnUnknownFieldOfTheManifestIsNamed) {
    const SmallBundle small;
    auto text = ModelManifest::read(small.folder())->to_json();
    text.insert(text.find("\"seed\""), "\"seeed\": 1, ");
    std::ofstream(small.folder() / "manifest.json") << text;
    expect_refused(small.folder(), "manifest.seeed: is not a known field");
}

TEST(ModelBundle, WeightsOfAnotherKindThanTheManifestSaysAreRefused) {
    const SmallBundle small;
    auto manifest = *ModelManifest::read(small.folder());
    manifest.presegmentation.kind = PresegmenterKind::torchscript;
    manifest.presegmentation.channels = {{1}, {2}, {3}};
    std::ofstream(small.folder() / "manifest.json") << manifest.to_json();
    expect_refused(small.folder(), "presegmentation.safetensors: LibTorch refuses the TorchScript module");
}

TEST(ModelBundle, NetworksAndMembersMustMatchWhereABundleIsWritten) {
    const SmallBundle small;
    auto networks = small.networks();
    networks.diffusion.clear();
    const auto written = write_bundle(small.folder(), small.manifest(), networks);
    ASSERT_FALSE(written.has_value());
    EXPECT_EQ(written.error().code, ErrorCode::invalid_argument);
}

TEST(ModelBundle, MissingFilesAreAnInvalidModel) {
    expect_refused("/nowhere/at/all", "manifest.json");
    const SmallBundle small;
    std::filesystem::remove(small.folder() / "presegmentation.safetensors");
    expect_refused(small.folder(), "presegmentation.safetensors");
}

}  // namespace model_bundle_test
}  // namespace spineseg

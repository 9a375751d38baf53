// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/nnunet/model_folder.h"

#include <gmock/gmock.h>
#include <torch/torch.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "tests/worker/inference/nnunet/fixture_model.h"
#include "worker/inference/nnunet/configuration.h"
#include "worker/inference/nnunet/network.h"

namespace spineseg::nnunet {
namespace model_folder_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

using spineseg::testing::fixture;

/// A copy of a fixture that a test may spoil.
class Copy {
  public:
    explicit Copy(const std::string& name)
        : folder_(fs::path(::testing::TempDir()) /
                  ("spineseg_nnunet_" + std::to_string(std::random_device{}()))) {
        fs::copy(fixture(name), folder_, fs::copy_options::recursive);
    }
    ~Copy() {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    const fs::path& folder() const { return folder_; }

  private:
    fs::path folder_;
};

Error error_of(const Result<ModelFolder>& model) {
    return model ? Error{ErrorCode::internal, "was read"} : model.error();
}

TEST(NnUNetModelFolder, HoldsEveryNumberedFold) {
    const auto model = read_model_folder(fixture("two_folds"), {});
    ASSERT_TRUE(model.has_value()) << model.error().detail;
    EXPECT_THAT(model->names, ElementsAre("fold_0", "fold_1"));
    EXPECT_EQ(model->folds[0].configuration, "2d");
    EXPECT_EQ(model->folds[0].trainer, "nnUNetTrainer");
    EXPECT_THAT(model->folds[0].mirror_axes, ElementsAre(0, 1));
    // Shared weights are kept once, under the names of their first place.
    EXPECT_EQ(model->folds[0].weights.count("encoder.stages.0.0.convs.0.conv.weight"), 1u);
    for (const auto& [name, tensor] : model->folds[0].weights) {
        EXPECT_EQ(name.find("all_modules"), std::string::npos) << name;
        EXPECT_EQ(name.find("decoder.encoder"), std::string::npos) << name;
    }
    EXPECT_TRUE(read_model_folder(fixture("resampled"), {})->folds[0].mirror_axes.empty());
    EXPECT_THAT(read_model_folder(fixture("small"), {})->folds[0].mirror_axes, ElementsAre(1));
    EXPECT_THAT(read_model_folder(fixture("two_folds"), {"1"})->names, ElementsAre("fold_1"));
}

TEST(NnUNetModelFolder, NamesTheFileThatIsMissingOrWrong) {
    const auto missing = error_of(read_model_folder(fixture("two_folds"), {"4"}));
    EXPECT_EQ(missing.code, ErrorCode::file_not_found);
    EXPECT_THAT(missing.detail, HasSubstr("fold_4"));
    EXPECT_THAT(error_of(read_model_folder(fixture("two_folds"), {}, "checkpoint_best.pth")).detail,
                HasSubstr("checkpoint_best.pth"));
    const Copy copy("small");
    fs::copy_file(fs::path(SPINESEG_SOURCE_DIR) / "tests/worker/inference/checkpoint/fixtures/state_dict.pt",
                  copy.folder() / "fold_0/checkpoint_final.pth", fs::copy_options::overwrite_existing);
    const auto foreign = error_of(read_model_folder(copy.folder(), {}));
    EXPECT_EQ(foreign.code, ErrorCode::model_invalid);
    EXPECT_THAT(foreign.detail, HasSubstr("no checkpoint of nnU-Net"));
    fs::remove(copy.folder() / "plans.json");
    EXPECT_THAT(error_of(read_model_folder(copy.folder(), {})).detail, HasSubstr("plans.json is missing"));
}

TEST(NnUNetModelFolder, FoldsMustAgree) {
    const Copy copy("two_folds");
    // Of another case: the same configuration name, other mirror axes.
    fs::copy_file(fixture("small") / "fold_0/checkpoint_final.pth",
                  copy.folder() / "fold_1/checkpoint_final.pth", fs::copy_options::overwrite_existing);
    EXPECT_THAT(error_of(read_model_folder(copy.folder(), {})).detail, HasSubstr("other axes"));
}

struct Loaded {
    Configuration configuration;
    Fold fold;
};
Loaded loaded(const std::string& name) {
    auto model = read_model_folder(fixture(name), {});
    if (!model) throw std::runtime_error(model.error().detail);
    auto configuration = read_configuration(model->plans, model->dataset, "2d");
    if (!configuration) throw std::runtime_error(configuration.error().detail);
    return {*configuration, model->folds[0]};
}

std::string complaint(const Loaded& model) {
    const auto network = make_network(model.configuration.network, 4, model.fold.weights, torch::kCPU);
    return network ? "none" : network.error().detail;
}

TEST(NnUNetNetwork, RefusesAMissingSurplusMisshapenOrBrokenTensorByName) {
    const std::string name = "decoder.stages.1.convs.0.conv.weight";
    for (const std::string model : {"isotropic", "residual"}) {
        EXPECT_EQ(complaint(loaded(model)), "none");
        auto bent = loaded(model);
        bent.fold.weights.erase(name);
        EXPECT_EQ(complaint(bent), "tensor \"" + name + "\" is missing");
        bent = loaded(model);
        bent.fold.weights["encoder.stages.9.weight"] = torch::ones({1});
        EXPECT_EQ(complaint(bent), "tensor \"encoder.stages.9.weight\" is surplus");
        bent = loaded(model);
        bent.fold.weights[name] = torch::zeros({3, 3});
        EXPECT_THAT(complaint(bent), HasSubstr("\"" + name + "\" has shape [3, 3]"));
        bent = loaded(model);
        bent.fold.weights[name] = bent.fold.weights[name] / 0.0;
        EXPECT_THAT(complaint(bent), HasSubstr("\"" + name + "\" holds numbers that are not finite"));
    }
}

TEST(NnUNetNetwork, TwoNamesOfOneWeightMustNotDisagree) {
    TensorMap state{{"encoder.a.conv.weight", torch::ones({2})},
                    {"decoder.encoder.a.conv.weight", torch::ones({2})},
                    {"encoder.a.all_modules.0.weight", torch::ones({2})}};
    const auto kept = without_aliases(state);
    ASSERT_TRUE(kept.has_value());
    EXPECT_EQ(kept->size(), 1u);
    state["decoder.encoder.a.conv.weight"] = torch::zeros({2});
    const auto torn = without_aliases(state);
    ASSERT_FALSE(torn.has_value());
    EXPECT_THAT(torn.error().detail, HasSubstr("should repeat"));
}

TEST(NnUNetFold, OfDoublesIsKeptAsFloats) {
    auto fold = loaded("small").fold;
    for (auto& [name, tensor] : fold.weights) tensor = tensor.to(torch::kFloat64);
    const auto kept = parse_safetensors(safetensors_bytes(to_safetensors(fold)));
    ASSERT_TRUE(kept.has_value()) << kept.error().detail;
    for (const auto& [name, tensor] : kept->tensors)
        EXPECT_TRUE(torch::equal(tensor, fold.weights.at(name).to(torch::kFloat32))) << name;
}

TEST(NnUNetFold, SurvivesTheFormInWhichABundleKeepsIt) {
    const auto fold = loaded("small").fold;
    const auto again = from_safetensors(to_safetensors(fold));
    ASSERT_TRUE(again.has_value()) << again.error().detail;
    EXPECT_EQ(again->mirror_axes, fold.mirror_axes);
    EXPECT_EQ(again->configuration, fold.configuration);
    EXPECT_EQ(again->weights.size(), fold.weights.size());
    auto content = to_safetensors(fold);
    content.metadata["mirror_axes"] = "[0,2]";
    EXPECT_FALSE(from_safetensors(content).has_value());
    content.metadata.clear();
    EXPECT_THAT(from_safetensors(content).error().detail, HasSubstr("spineseg-lab convert nnunet"));
}

}  // namespace model_folder_test
}  // namespace spineseg::nnunet

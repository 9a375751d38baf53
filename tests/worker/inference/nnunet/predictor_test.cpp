// SPDX-License-Identifier: GPL-3.0-or-later
// nnunetv2 2.6.2 trained-model folders with random weights, and what its own predictor made of small images:
// make_nnunet_fixtures.py.
#include "worker/inference/nnunet/predictor.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>

#include "tests/worker/inference/needs_bfloat16.h"
#include "tests/worker/inference/nnunet/fixture_model.h"
#include "worker/inference/nnunet/model_folder.h"

namespace spineseg::nnunet {
namespace predictor_test {

constexpr double kProbabilityTolerance = 1e-3;
constexpr double kEqualVoxels = 0.999;

using spineseg::testing::fixture;
using spineseg::testing::required;

Predictor predictor_of(const std::string& name) {
    const auto model = required(read_model_folder(fixture(name), {}));
    const auto configuration =
        required(read_configuration(model.plans, model.dataset, model.folds[0].configuration));
    std::vector<std::unique_ptr<Network>> networks;
    for (const auto& fold : model.folds) {
        // Through the form in which a bundle keeps it.
        const auto kept =
            required(from_safetensors(required(parse_safetensors(safetensors_bytes(to_safetensors(fold))))));
        networks.push_back(required(make_network(configuration.network,
                                                 static_cast<std::int64_t>(configuration.labels.size()),
                                                 kept.weights, torch::kCPU)));
    }
    return Predictor(configuration, std::move(networks), {0.5, model.folds[0].mirror_axes}, torch::kCPU);
}

struct Expected {
    Case whole;
    torch::Tensor labels;         ///< int64 [Z, H, W]
    torch::Tensor probabilities;  ///< [Z, C, H, W]
};

/// `name` is a fixture, or fixture/image where one has several.
Expected expected_of(const std::string& name) {
    const auto slash = name.find('/');
    const auto image = slash == std::string::npos ? "" : "_" + name.substr(slash + 1);
    const auto file =
        required(read_safetensors(fixture(name.substr(0, slash)) / ("expected" + image + ".safetensors")));
    const auto& spacing = file.tensors.at("spacing");
    return {{file.tensors.at("image").to(torch::kFloat32),
             {spacing[0].item<double>(), spacing[1].item<double>(), spacing[2].item<double>()}},
            file.tensors.at("labels").to(torch::kInt64),
            (file.tensors.at("probabilities").to(torch::kFloat32) / 32767.0).transpose(0, 1)};
}

struct Agreement {
    double equal_voxels = 0.0;
    double largest_difference = 0.0;
};

Agreement agreement(const std::string& name, Precision precision) {
    const torch::NoGradGuard no_grad;
    const auto expected = expected_of(name);
    const auto& stack = expected.whole.planes;
    const auto probabilities = predictor_of(name.substr(0, name.find('/')))
                                   .probabilities(expected.whole, 0, stack.size(0), precision);
    return {probabilities.argmax(1).eq(expected.labels).to(torch::kFloat64).mean().item<double>(),
            (probabilities - expected.probabilities).abs().max().item<double>()};
}

class NnUNetPackage : public ::testing::TestWithParam<std::string> {
  protected:
    /// The README's figures: --gtest_output=xml shows them.
    static void record(const Agreement& found) {
        RecordProperty("equal_voxels", std::to_string(found.equal_voxels));
        RecordProperty("largest_difference", std::to_string(found.largest_difference));
    }
};

TEST_P(NnUNetPackage, IsMatchedVoxelByVoxel) {
    const auto found = agreement(GetParam(), Precision::float32);
    EXPECT_GE(found.equal_voxels, kEqualVoxels);
    EXPECT_LE(found.largest_difference, kProbabilityTolerance);
    record(found);
}

TEST_P(NnUNetPackage, IsFollowedInBfloat16) {
    SPINESEG_NEEDS_BFLOAT16();
    const auto found = agreement(GetParam(), Precision::bfloat16);
    EXPECT_GE(found.equal_voxels, 0.95);
    record(found);
}

std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
    std::string name = info.param;
    std::replace(name.begin(), name.end(), '/', '_');
    return name;
}

INSTANTIATE_TEST_SUITE_P(Fixtures, NnUNetPackage,
                         ::testing::Values("isotropic", "resampled", "two_folds", "small", "residual"),
                         test_name);

// With pixels of 0.5 × 2 mm and slices 1.2 mm apart an eighth of the labels were others than nnU-Net's, which resamples
// the coarsest axis apart whichever it is; only the slices were looked at.
INSTANTIATE_TEST_SUITE_P(CoarsestAxis, NnUNetPackage,
                         ::testing::Values("axes/columns", "axes/rows", "axes/columns_of_plans",
                                           "axes/rows_then_columns", "axes/two_equal"),
                         test_name);

TEST(NnUNetPredictor, GivesASliceTheSameAloneAsAmongTheOthers) {
    const torch::NoGradGuard no_grad;
    const auto expected = expected_of("resampled");
    const auto predictor = predictor_of("resampled");
    const auto all = predictor.probabilities(expected.whole, 0, 4, Precision::float32);
    const auto one = predictor.probabilities(expected.whole, 2, 1, Precision::float32);
    EXPECT_TRUE(torch::equal(one[0], all[2]));
}

TEST(NnUNetPredictor, FindsOnlyBackgroundInABlackCase) {
    const torch::NoGradGuard no_grad;
    const Case black{torch::zeros({3, 20, 30}), {4.0, 1.0, 1.0}};
    const auto probabilities = predictor_of("resampled").probabilities(black, 0, 3, Precision::float32);
    EXPECT_EQ(probabilities.select(1, 0).min().item<double>(), 1.0);
    EXPECT_EQ(probabilities.narrow(1, 1, 3).max().item<double>(), 0.0);
}

TEST(NnUNetPredictor, TakesASinglePixelAndASingleSlice) {
    const torch::NoGradGuard no_grad;
    auto planes = torch::zeros({1, 20, 30});
    planes[0][7][9] = 100.0f;
    const auto probabilities =
        predictor_of("isotropic").probabilities({planes, {0.0, 1.0, 1.0}}, 0, 1, Precision::float32);
    EXPECT_TRUE(torch::isfinite(probabilities).all().item<bool>());
    EXPECT_TRUE(torch::allclose(probabilities.sum(1), torch::ones({1, 20, 30})));
}

}  // namespace predictor_test
}  // namespace spineseg::nnunet

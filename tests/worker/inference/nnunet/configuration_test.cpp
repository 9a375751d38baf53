// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/nnunet/configuration.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

namespace spineseg::nnunet {
namespace configuration_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Json = nlohmann::json;

Json read(const std::string& name) {
    std::ifstream stream(std::filesystem::path(SPINESEG_SOURCE_DIR) /
                         "tests/worker/inference/nnunet/fixtures" / name);
    return Json::parse(stream);
}

Result<Configuration> configured(const Json& plans, const Json& dataset, const std::string& name = "2d") {
    return read_configuration(plans.dump(), dataset.dump(), name);
}

TEST(NnUNetConfiguration, ReadsThePlansOfEveryAge) {
    const auto recent = configured(read("isotropic/plans.json"), read("isotropic/dataset.json"));
    ASSERT_TRUE(recent.has_value()) << recent.error().detail;
    EXPECT_EQ(recent->patch, (Size{32, 32}));
    EXPECT_EQ(recent->network.kind, NetworkKind::plain);
    EXPECT_THAT(recent->network.features, ElementsAre(16, 16, 32));
    EXPECT_THAT(recent->labels, ElementsAre("background", "SC", "VB", "IVD"));
    const auto old = configured(read("two_folds/plans.json"), read("two_folds/dataset.json"));
    ASSERT_TRUE(old.has_value()) << old.error().detail;
    EXPECT_THAT(old->network.features, ElementsAre(4, 8, 12));
    EXPECT_THAT(old->network.encoder, ElementsAre(1, 2, 2));
    EXPECT_TRUE(old->masked_normalization);
    const auto residual = configured(read("residual/plans.json"), read("residual/dataset.json"));
    ASSERT_TRUE(residual.has_value()) << residual.error().detail;
    EXPECT_EQ(residual->network.kind, NetworkKind::residual_encoder);
    EXPECT_EQ(residual->normalization, Normalization::rescale_to_01);
}

TEST(NnUNetConfiguration, ReadsHowEachKindOfDataIsResampled) {
    auto plans = read("isotropic/plans.json");
    auto& two = plans["configurations"]["2d"];
    const auto usual = configured(plans, read("isotropic/dataset.json"));
    ASSERT_TRUE(usual.has_value()) << usual.error().detail;
    EXPECT_EQ(usual->images.order, 3);
    EXPECT_EQ(usual->images.order_apart, 0);
    EXPECT_EQ(usual->images.apart, std::nullopt);
    EXPECT_EQ(usual->images.anisotropy, 3.0);
    EXPECT_EQ(usual->logits.order, 1);
    two["resampling_fn_data_kwargs"] = {
        {"is_seg", false}, {"order", 3}, {"order_z", 1}, {"separate_z_anisotropy_threshold", 5}};
    two["resampling_fn_probabilities_kwargs"]["force_separate_z"] = true;
    const auto other = configured(plans, read("isotropic/dataset.json"));
    ASSERT_TRUE(other.has_value()) << other.error().detail;
    EXPECT_EQ(other->images.order_apart, 1);
    EXPECT_EQ(other->images.apart, false) << "the default of nnU-Net's function";
    EXPECT_EQ(other->images.anisotropy, 5.0);
    EXPECT_EQ(other->logits.apart, true);
}

TEST(NnUNetConfiguration, FollowsInheritance) {
    auto plans = read("isotropic/plans.json");
    plans["configurations"]["2d_large"] = {{"inherits_from", "2d"}, {"patch_size", {64, 32}}};
    const auto heir = configured(plans, read("isotropic/dataset.json"), "2d_large");
    ASSERT_TRUE(heir.has_value()) << heir.error().detail;
    EXPECT_EQ(heir->patch, (Size{64, 32}));
    EXPECT_THAT(heir->network.features, ElementsAre(16, 16, 32));
    plans["configurations"]["2d"]["inherits_from"] = "2d_large";
    const auto circle = configured(plans, read("isotropic/dataset.json"), "2d_large");
    ASSERT_FALSE(circle.has_value());
    EXPECT_THAT(circle.error().detail, HasSubstr("circle"));
}

TEST(NnUNetConfiguration, NamesWhatItCannotFollow) {
    struct Case {
        std::function<void(Json& plans, Json& dataset)> bend;
        std::string reason;
    };
    const auto two = [](Json& plans) -> Json& { return plans["configurations"]["2d"]; };
    const auto arguments = [](Json& plans) -> Json& {
        return plans["configurations"]["2d"]["architecture"]["arch_kwargs"];
    };
    const std::vector<Case> cases{
        {[](Json& p, Json&) { p["configurations"].erase("2d"); }, "configurations.2d: is missing"},
        {[&](Json& p, Json&) {
             two(p)["patch_size"] = {32, 32, 32};
         },
         "only two-dimensional"},
        {[&](Json& p, Json&) {
             two(p)["patch_size"] = {32, 30};
         },
         "multiple of the network's strides"},
        {[&](Json& p, Json&) {
             two(p)["patch_size"] = {32, -8};
         },
         "patch_size[1]"},
        {[&](Json& p, Json&) {
             two(p)["spacing"] = {1.0, 0.0};
         },
         "spacing[1]: 0.0 is outside"},
        {[&](Json& p, Json&) { two(p).erase("spacing"); }, "2d.spacing: is missing"},
        {[&](Json& p, Json&) { two(p)["normalization_schemes"] = {"Mine"}; }, "\"Mine\" is not supported"},
        {[&](Json& p, Json&) { two(p)["preprocessor_name"] = "Mine"; }, "default preprocessor"},
        {[&](Json& p, Json&) { two(p)["resampling_fn_data"] = "resample_torch_simple"; },
         "default resampling"},
        {[&](Json& p, Json&) { two(p)["resampling_fn_data_kwargs"]["order"] = 2; }, "must be 1 or 3"},
        {[&](Json& p, Json&) { two(p)["resampling_fn_probabilities_kwargs"]["order_z"] = 2; },
         "must be 0, 1 or 3"},
        {[&](Json& p, Json&) { two(p)["previous_stage"] = "3d_lowres"; }, "previous_stage"},
        {[&](Json& p, Json&) { two(p)["architecture"]["network_class_name"] = "mine.Net"; }, "mine.Net"},
        {[&](Json& p, Json&) { arguments(p)["conv_op"] = "torch.nn.modules.conv.Conv3d"; }, "Conv3d"},
        {[&](Json& p, Json&) { arguments(p)["norm_op"] = "torch.nn.BatchNorm2d"; }, "instance normalisation"},
        {[&](Json& p, Json&) { arguments(p)["dropout_op"] = "torch.nn.Dropout2d"; }, "dropout_op"},
        {[&](Json& p, Json&) { arguments(p)["nonlin"] = "torch.nn.GELU"; }, "LeakyReLU"},
        {[&](Json& p, Json&) {
             arguments(p)["features_per_stage"] = {16, 16};
         },
         "must be a list of 3"},
        {[&](Json& p, Json&) { arguments(p)["features_per_stage"][2] = 1'000'000; }, "outside 1..2048"},
        {[&](Json& p, Json&) {
             arguments(p)["kernel_sizes"][1] = {3, 4};
         },
         "even convolution kernel"},
        {[](Json&, Json& d) {
             d["labels"]["regions"] = {1, 2};
         },
         "region-based"},
        {[](Json&, Json& d) { d["labels"]["VB"] = 1; }, "same number"},
        {[](Json&, Json& d) { d["labels"]["IVD"] = 7; }, "gap"},
        {[](Json&, Json& d) { d["channel_names"]["1"] = "T2"; }, "several channels"},
    };
    for (const auto& [bend, reason] : cases) {
        auto plans = read("isotropic/plans.json"), dataset = read("isotropic/dataset.json");
        bend(plans, dataset);
        const auto refused = configured(plans, dataset);
        ASSERT_FALSE(refused.has_value()) << reason;
        EXPECT_EQ(refused.error().code, ErrorCode::model_invalid);
        EXPECT_THAT(refused.error().detail, HasSubstr(reason));
    }
    EXPECT_THAT(read_configuration("[]", "{}", "2d").error().detail, HasSubstr("plans.json: is not"));
    const std::string deep = "{\"a\":" + std::string(1'000'000, '[') + std::string(1'000'000, ']') + "}";
    EXPECT_THAT(read_configuration(deep, "{}", "2d").error().detail, HasSubstr("nested too deeply"));
    EXPECT_THAT(read_configuration("{}", "{", "2d").error().detail, HasSubstr("dataset.json: is not"));
}

}  // namespace configuration_test
}  // namespace spineseg::nnunet

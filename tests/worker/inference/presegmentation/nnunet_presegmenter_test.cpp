// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/presegmentation/nnunet_presegmenter.h"

#include <gmock/gmock.h>
#include <torch/torch.h>

#include <fstream>

#include "tests/worker/inference/bundle_folder.h"
#include "tests/worker/inference/nnunet/fixture_model.h"
#include "worker/inference/bundle/bundle_conversion.h"
#include "worker/inference/presegmentation/slice_stack.h"
#include "worker/inference/segmentation/segmenter.h"
#include "worker/inference/segmentation/series_consensus.h"

namespace spineseg {
namespace nnunet_presegmenter_test {

using ::testing::HasSubstr;

using spineseg::testing::fixture;
using spineseg::testing::required;

LabelNames labels() {
    return {{"background"}, {"SC"}, {"VB"}, {"IVD"}};
}

ModelManifest put(const BundleFolder& folder, const std::string& name, const NnUNetConversion& conversion) {
    const auto model = required(nnunet::read_model_folder(fixture(name), {}));
    const auto manifest = required(put_nnunet(folder.path(), BundleFolder::plan(), model, conversion));
    if (const auto written = write_manifest(folder.path(), manifest); !written)
        throw std::runtime_error(written.error().detail);
    return manifest;
}

/// The image of the fixture "isotropic" in the middle of the plan's model grid: the grid is the package's own.
struct Scene {
    SliceStack stack;
    torch::Tensor probabilities;  ///< [Z, 4, 64, 48] that nnunetv2 found
};
Scene isotropic_scene() {
    const auto file = required(read_safetensors(fixture("isotropic") / "expected.safetensors"));
    const auto image = file.tensors.at("image").to(torch::kFloat32);
    const auto expected = (file.tensors.at("probabilities").to(torch::kFloat32) / 32767.0).transpose(0, 1);
    const auto top = (64 - image.size(1)) / 2, left = (48 - image.size(2)) / 2;
    Scene scene;
    scene.stack.intensities = torch::zeros({image.size(0), 64, 48});
    scene.stack.inside = torch::zeros({image.size(0), 64, 48}, torch::kBool);
    scene.probabilities = torch::zeros({image.size(0), 4, 64, 48});
    scene.probabilities.select(1, 0).fill_(1.0);
    const auto middle = [&](const torch::Tensor& grid) {
        return grid.narrow(-2, top, image.size(1)).narrow(-1, left, image.size(2));
    };
    middle(scene.stack.intensities).copy_(image);
    middle(scene.stack.inside).fill_(true);
    middle(scene.probabilities).copy_(expected);
    scene.stack.slice_spacing_mm = 3.3;
    return scene;
}

torch::Tensor presegmented(Presegmenter& presegmenter, const SliceStack& stack) {
    const c10::InferenceMode inference;
    const auto n = stack.intensities.size(0);
    return presegmenter.probabilities(stack, 0, torch::zeros({n, 1, 64, 48}));
}

TEST(NnUNetPresegmenter, OnItsOwnGridGivesThePackagesProbabilities) {
    const BundleFolder folder;
    const auto manifest = put(folder, "isotropic", {.labels = labels()});
    const auto presegmenter = required(NnUNetPresegmenter::load(folder.path(), manifest, torch::kCPU));
    const auto scene = isotropic_scene();
    const auto found = presegmented(*presegmenter, scene.stack);
    ASSERT_EQ(found.sizes(), (torch::IntArrayRef{1, 5, 4, 64, 48}));
    EXPECT_LE((found[0] - scene.probabilities).abs().max().item<double>(), 1e-3);
}

TEST(NnUNetPresegmenter, CountsPixelsThatAreNoNumbersAsPadding) {
    const BundleFolder folder;
    const auto manifest = put(folder, "isotropic", {.labels = labels()});
    const auto presegmenter = required(NnUNetPresegmenter::load(folder.path(), manifest, torch::kCPU));
    auto scene = isotropic_scene();
    scene.stack.intensities[2][30][20] = std::numeric_limits<float>::quiet_NaN();
    const auto found = presegmented(*presegmenter, scene.stack);
    EXPECT_TRUE(torch::isfinite(found).all().item<bool>());
}

TEST(NnUNetPresegmenter, RunsASegmenterToTheEnd) {
    const BundleFolder folder;
    put(folder, "two_folds", {.labels = labels()});
    const auto segmenter =
        required(Segmenter::load(folder.path(), {.precision = Precision::float32, .threads = 1}));
    const auto scene = isotropic_scene();
    const auto consensus = segmenter->segment(scene.stack, {}, {});
    ASSERT_TRUE(consensus.has_value()) << consensus.error().detail;
    EXPECT_TRUE(torch::allclose(consensus->probability, consensus->presegmentation, 1e-4, 1e-5));
    EXPECT_GT(consensus->presegmentation.max().item<double>(), 0.3);
}

Error load_error(const BundleFolder& folder, const ModelManifest& manifest) {
    const auto loaded = NnUNetPresegmenter::load(folder.path(), manifest, torch::kCPU);
    return loaded ? Error{ErrorCode::internal, "was loaded"} : loaded.error();
}

TEST(NnUNetPresegmenter, RefusesAFileThatWasAltered) {
    const BundleFolder folder;
    const auto manifest = put(folder, "small", {.labels = labels()});
    for (const char* name : {"plans.json", "dataset.json", "fold_0.safetensors"}) {
        const auto file = folder.path() / name;
        const auto before = required(read_weights_file(file));
        std::ofstream(file, std::ios::binary) << before << ' ';
        const auto error = load_error(folder, manifest);
        EXPECT_EQ(error.code, ErrorCode::model_invalid);
        EXPECT_THAT(error.detail, HasSubstr(name));
        std::ofstream(file, std::ios::binary) << before;
    }
    std::filesystem::remove(folder.path() / "plans.json");
    EXPECT_THAT(load_error(folder, manifest).detail, HasSubstr("plans.json"));
}

TEST(NnUNetPresegmenter, RefusesAGridFarFromItsPlansSpacing) {
    const BundleFolder folder;
    auto manifest = put(folder, "small", {.labels = labels()});
    manifest.input.spacing_mm = 4.0;
    EXPECT_EQ(load_error(folder, manifest).code, ErrorCode::internal);  // four times the plans': it loads
    manifest.input.spacing_mm = 0.1;
    const auto error = load_error(folder, manifest);
    EXPECT_EQ(error.code, ErrorCode::model_invalid);
    EXPECT_THAT(error.detail, HasSubstr("manifest.input.spacing_mm"));
}

TEST(NnUNetPresegmenter, EveryLabelOfTheDataSetMustBeMapped) {
    const BundleFolder folder;
    const auto model = required(nnunet::read_model_folder(fixture("small"), {}));
    const auto complaint = [&](const LabelNames& names) {
        const auto put = put_nnunet(folder.path(), BundleFolder::plan(), model, {.labels = names});
        return put ? "none" : put.error().detail;
    };
    EXPECT_EQ(complaint(labels()), "none");
    EXPECT_THAT(complaint({{"background"}, {"SC"}, {"VB"}, {}}), HasSubstr("\"IVD\" is not mapped"));
    EXPECT_THAT(complaint({{"background", "IVD"}, {"SC"}, {"VB"}, {"disc"}}),
                HasSubstr("\"disc\"; its labels are background, SC, VB, IVD"));
    auto manifest = put(folder, "small", {.labels = labels()});
    manifest.presegmentation.channels.disc = {7};
    const auto error = load_error(folder, manifest);
    EXPECT_EQ(error.code, ErrorCode::model_invalid);
    EXPECT_THAT(error.detail, HasSubstr("no channel 7"));
}

}  // namespace nnunet_presegmenter_test
}  // namespace spineseg

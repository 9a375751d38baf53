// SPDX-License-Identifier: GPL-3.0-or-later
// GCC 12 sees an overflow in its own std::string that cannot happen (-Warray-bounds through operator+).
#pragma GCC diagnostic ignored "-Warray-bounds"
// Networks that were trained elsewhere become bundles, and the bundles segment, as a shell runs both.
#include <gmock/gmock.h>
#include <torch/script.h>
#include <torch/torch.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/temporary_folder.h"
#include "tests/worker/cli/shell_command.h"
#include "tests/worker/inference/small_bundle.h"
#include "tests/worker/inference/state_dict_file.h"
#include "worker/job/exit_code.h"
#include "worker/levels/column_pieces.h"
#include "worker/volume_files/volume_file.h"

namespace spineseg {
namespace convert_command_test {

namespace fs = std::filesystem;
using testing::Ended;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kFixtures = SPINESEG_SOURCE_DIR "/tests/worker/inference/";

class ConvertCommand : public ::testing::Test {
  protected:
    ConvertCommand() : plan_(manifest()) {}
    static ModelManifest manifest() {
        ModelManifest made = SmallBundle::small_manifest();
        made.input.canvas_rows = 64;
        made.input.canvas_columns = 48;
        made.diffusion.samples = made.diffusion.steps = 1;
        return made;
    }
    std::string at(const std::string& name) const { return (folder_ / name).string(); }
    static Ended run(const std::string& arguments) {
        return testing::ended(std::string(SPINESEG_PROGRAM) + " " + arguments);
    }
    /// Of that kind into the folder "bundle", from the plan of small random networks.
    Ended convert(const std::string& arguments) const {
        return testing::ended(SPINESEG_LAB_PROGRAM " convert " + arguments + " --bundle " + at("bundle") +
                              " --from " + plan_.folder().string());
    }
    /// "p/image.mha".
    void make_phantom() const {
        const Ended made = run("phantom --slices 3 --rows 96 --columns 80 --out " + at("p"));
        ASSERT_EQ(made.code, kExitOk) << made.output;
    }
    /// The labels that a bundle gives an image.
    LabelMap segmented(const std::string& image, const std::string& bundle,
                       const std::string& more = "") const {
        const Ended ended = run("segment " + at(image) + " --model " + bundle +
                                " --threads 1 --precision float32 --out " + at("out") + more);
        EXPECT_EQ(ended.code, kExitOk) << ended.output;
        const auto labels = read_label_map(at("out/labels.mha"));
        if (!labels) throw std::runtime_error(labels.error().detail);
        return *labels;
    }

    SmallBundle plan_;
    const TemporaryFolder temporary_;
    const std::filesystem::path folder_ = temporary_.path();
};

std::ptrdiff_t count(const LabelMap& labels, Label label) {
    return std::count(labels.voxels.begin(), labels.voxels.end(), static_cast<std::uint8_t>(label));
}

TEST_F(ConvertCommand, SpineSegDiffsStateDictBecomesTheModelThatItWas) {
    make_phantom();
    auto published = plan_.networks().diffusion.front();
    for (const bool prefixed : {false, true}) {
        const auto bytes = state_dict_file(state_of(*published), {.prefixed = prefixed});
        std::ofstream(at("best_model.pt"), std::ios::binary) << bytes;
        fs::remove_all(at("bundle"));
        const Ended ended = convert("spinesegdiff " + at("best_model.pt"));
        ASSERT_EQ(ended.code, kExitOk) << ended.output;
        EXPECT_THAT(ended.output, Not(HasSubstr("still to come")))
            << "the plan's presegmentation comes along";
        // The digest covers every weight.
        EXPECT_EQ(ModelManifest::read(at("bundle"))->digest(), ModelManifest::read(plan_.folder())->digest());
    }
    EXPECT_EQ(segmented("p/image.mha", at("bundle")).voxels,
              segmented("p/image.mha", plan_.folder().string()).voxels);
}

TEST_F(ConvertCommand, ABundleSaysWhichOfItsFilesAreStillToCome) {
    auto published = plan_.networks().diffusion.front();
    std::ofstream(at("best_model.pt"), std::ios::binary) << state_dict_file(state_of(*published));
    fs::remove(plan_.folder() / "presegmentation.safetensors");
    const Ended ended = convert("spinesegdiff " + at("best_model.pt"));
    EXPECT_EQ(ended.code, kExitOk) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("presegmentation.safetensors: still to come"));
}

TEST_F(ConvertCommand, AnNnUNetFolderSegmentsAsThePackageDid) {
    const std::string model = std::string(kFixtures) + "nnunet/fixtures/isotropic";
    const Ended ended =
        convert("nnunet '" + model + "' --canal SC --vertebra VB --disc IVD --without-diffusion");
    ASSERT_EQ(ended.code, kExitOk) << ended.output;
    // Its image as a sagittal stack of the plan's spacing, and the probabilities that nnunetv2 gave it. Black
    // around both, which nnU-Net crops away, makes a field of view that is read.
    const auto package = read_safetensors(fs::path(model) / "expected.safetensors");
    ASSERT_TRUE(package.has_value());
    const auto framed = [](const torch::Tensor& small) {
        const auto rows = 64 - small.size(-2), columns = 64 - small.size(-1);
        return torch::constant_pad_nd(small, {columns / 2, columns - columns / 2, rows / 2, rows - rows / 2})
            .contiguous();
    };
    const auto image = framed(package->tensors.at("image").to(torch::kFloat32));
    const Geometry geometry{.columns = 64,
                            .rows = 64,
                            .slices = static_cast<int>(image.size(0)),
                            .row_direction = {0, 1, 0},
                            .column_direction = {0, 0, -1},
                            .slice_direction = {-1, 0, 0},
                            .slice_spacing = 3.3};
    Volume volume{geometry, std::vector<float>(geometry.voxel_count())};
    std::copy_n(image.data_ptr<float>(), volume.voxels.size(), volume.voxels.begin());
    ASSERT_TRUE(write_mha(volume, at("image.mha")).has_value());
    const auto labels = segmented("image.mha", at("bundle"));
    ASSERT_TRUE(same_grid(labels.geometry, geometry));
    // The likeliest class, background among them, as the package decides; the frame is background.
    const auto decided =
        framed(package->tensors.at("probabilities").to(torch::kFloat32) / 32767).argmax(0).contiguous();
    ASSERT_GT(decided.gt(0).sum().item<std::int64_t>(), 1000);
    constexpr std::array kLabels{Label::background, Label::canal, Label::vertebra, Label::disc};
    LabelMap expected{geometry, std::vector<std::uint8_t>(geometry.voxel_count())};
    for (std::size_t i = 0; i < expected.voxels.size(); ++i)
        expected.voxels[i] =
            static_cast<std::uint8_t>(kLabels[static_cast<std::size_t>(decided.data_ptr<std::int64_t>()[i])]);
    // Ours also drops pieces of this random image that lie far from the spine.
    drop_strays(expected);
    std::size_t equal = 0;
    for (std::size_t i = 0; i < labels.voxels.size(); ++i) equal += labels.voxels[i] == expected.voxels[i];
    EXPECT_GE(static_cast<double>(equal) / static_cast<double>(labels.voxels.size()), 0.999);
}

TEST_F(ConvertCommand, ATorchScriptModuleSegments) {
    make_phantom();
    torch::jit::Module module("Threshold");
    module.define("def forward(self, x):\n    return torch.cat([0 * x, 0 * x - 9, 9 * x, 0 * x - 9], 1)\n");
    module.save(at("network.pt"));
    const std::string channels = " --output logits --canal 1 --vertebra 2 --disc 3 --without-diffusion";
    const std::string trust = " --trust-torchscript";
    const Ended ended = convert("torchscript " + at("network.pt") + channels + trust);
    ASSERT_EQ(ended.code, kExitOk) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("TorchScript is a program"));
    const auto labels = segmented("p/image.mha", at("bundle"), trust);
    EXPECT_GT(count(labels, Label::vertebra), 100) << "what is brighter than the mean";
    EXPECT_EQ(count(labels, Label::canal) + count(labels, Label::disc), 0);
}

// A module in a bundle read /etc/passwd, during the conversion and at each start of a worker.
TEST_F(ConvertCommand, TorchScriptRunsNowhereUnlessItIsTrustedByName) {
    make_phantom();
    torch::jit::Module module("Program");
    module.define(
        "def forward(self, x):\n"
        "    stolen = torch.from_file('/etc/passwd', shared=False, size=16, dtype=0)\n"
        "    return torch.cat([x, x, x, x + stolen.sum()], 1)\n");
    module.save(at("program.pt"));
    const std::string call = "torchscript " + at("program.pt") +
                             " --output logits --canal 1 --vertebra 2 --disc 3 --without-diffusion";
    EXPECT_EQ(convert(call).code, kExitUsage);
    const Ended tried = convert(call + " --trust-torchscript");
    EXPECT_EQ(tried.code, kExitModel) << tried.output;
    EXPECT_THAT(tried.output, HasSubstr("/etc/passwd")) << "the cage refuses it";
    // A bundle that holds a module is refused as a model.
    module = torch::jit::Module("Plain");
    module.define("def forward(self, x):\n    return torch.cat([x, x, x, x], 1)\n");
    module.save(at("plain.pt"));
    ASSERT_EQ(
        convert("torchscript " + at("plain.pt") +
                " --trust-torchscript --output logits --canal 1 --vertebra 2 --disc 3 --without-diffusion")
            .code,
        kExitOk);
    const Ended ended =
        run("segment " + at("p/image.mha") + " --model " + at("bundle") + " --out " + at("out"));
    EXPECT_EQ(ended.code, kExitModel) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("--trust-torchscript"));
}

TEST_F(ConvertCommand, ARefusedNetworkLeavesTheBundleAsItWas) {
    make_phantom();
    const std::string nnunet =
        "nnunet '" + std::string(kFixtures) + "nnunet/fixtures/isotropic' --canal SC --vertebra VB";
    ASSERT_EQ(convert(nnunet + " --disc IVD --without-diffusion").code, kExitOk);
    const auto before = segmented("p/image.mha", at("bundle")).voxels;
    const Ended unknown = convert(nnunet + " --disc disc --background background,IVD --without-diffusion");
    EXPECT_EQ(unknown.code, kExitUsage);
    EXPECT_THAT(unknown.output, HasSubstr("\"disc\"; its labels are"));
    // Folds that fit the plans, on a model grid far from their spacing.
    ModelManifest coarse = manifest();
    coarse.input.spacing_mm = 9.0;
    const SmallBundle far(coarse);
    const Ended distant = testing::ended(SPINESEG_LAB_PROGRAM " convert " + nnunet + " --disc IVD --bundle " +
                                         at("bundle") + " --from " + far.folder().string());
    EXPECT_EQ(distant.code, kExitModel) << distant.output;
    EXPECT_THAT(distant.output, HasSubstr("manifest.input.spacing_mm"));
    std::ofstream(at("foreign.pt")) << "no module";
    EXPECT_EQ(convert("torchscript " + at("foreign.pt") +
                      " --trust-torchscript --output logits --canal 1 --vertebra 2 --disc 3")
                  .code,
              kExitModel);
    EXPECT_EQ(segmented("p/image.mha", at("bundle")).voxels, before);
    EXPECT_FALSE(fs::exists(at("bundle/.converting")));
}

TEST_F(ConvertCommand, ACheckpointOfAnotherNetworkIsRefusedByTensorName) {
    const auto checkpoint = [](const std::string& name) {
        return "spinesegdiff '" + std::string(kFixtures) + "checkpoint/fixtures/" + name + "'";
    };
    const auto foreign = convert(checkpoint("state_dict.pt"));
    EXPECT_EQ(foreign.code, kExitModel) << foreign.output;
    EXPECT_THAT(foreign.output, HasSubstr("is missing"));
    const auto hostile = convert(checkpoint("foreign.pt"));
    EXPECT_EQ(hostile.code, kExitInput) << hostile.output;
    EXPECT_THAT(hostile.output, HasSubstr("posix system"));
    EXPECT_THAT(hostile.output, Not(HasSubstr("must never run")));
    const auto homeless = testing::ended(SPINESEG_LAB_PROGRAM " convert " + checkpoint("state_dict.pt") +
                                         " --bundle " + at("none"));
    EXPECT_EQ(homeless.code, kExitModel);
    EXPECT_THAT(homeless.output, HasSubstr("--from"));
}

}  // namespace convert_command_test
}  // namespace spineseg

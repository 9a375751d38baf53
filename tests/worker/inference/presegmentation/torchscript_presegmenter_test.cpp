// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/presegmentation/torchscript_presegmenter.h"

#include <gmock/gmock.h>
#include <torch/script.h>
#include <torch/torch.h>

#include <fstream>

#include "tests/worker/inference/bundle_folder.h"
#include "worker/inference/bundle/bundle_conversion.h"
#include "worker/inference/presegmentation/slice_stack.h"
#include "worker/inference/segmentation/segmenter.h"
#include "worker/inference/segmentation/series_consensus.h"

namespace spineseg {
namespace torchscript_presegmenter_test {

using ::testing::HasSubstr;

/// A module whose forward is that piece of TorchScript, in a file of its own.
std::filesystem::path module_file(const BundleFolder& folder, const std::string& body) {
    torch::jit::Module module("Presegmenter");
    module.define("def forward(self, x):\n" + body);
    const auto file = folder.path() / "module.pt";
    module.save(file.string());
    return file;
}

OutputChannels channels() {
    return {.canal = {1}, .vertebra = {2}, .disc = {3}};
}

Result<ModelManifest> put(const BundleFolder& folder, const std::string& body,
                          TorchScriptOutput output = TorchScriptOutput::logits) {
    return put_torchscript(folder.path(), BundleFolder::plan(), {module_file(folder, body)}, output,
                           channels());
}

std::string complaint(const std::string& body, TorchScriptOutput output = TorchScriptOutput::logits) {
    const BundleFolder folder;
    const auto manifest = put(folder, body, output);
    if (manifest) return "none";
    EXPECT_EQ(manifest.error().code, ErrorCode::model_invalid);
    return manifest.error().detail;
}

TEST(TorchScriptPresegmenter, AnswersWithTheModulesDistribution) {
    const BundleFolder folder;
    const auto manifest = put(folder, "    return torch.cat([x, 2 * x, -x, x - 1], 1)\n");
    ASSERT_TRUE(manifest.has_value()) << manifest.error().detail;
    const auto presegmenter = TorchScriptPresegmenter::load(folder.path(), *manifest, torch::kCPU);
    ASSERT_TRUE(presegmenter.has_value()) << presegmenter.error().detail;
    const c10::InferenceMode inference;
    const auto input = torch::randn({2, 1, 64, 48});
    const auto found = (*presegmenter)->probabilities({}, 0, input);
    const auto logits = torch::cat({input, 2 * input, -input, input - 1}, 1);
    ASSERT_EQ(found.sizes(), (torch::IntArrayRef{1, 2, 4, 64, 48}));
    EXPECT_TRUE(torch::allclose(found[0], torch::softmax(logits, 1), 1e-5, 1e-6));
}

TEST(TorchScriptPresegmenter, RunsASegmenterToTheEnd) {
    const BundleFolder folder;
    const auto manifest = put(folder, "    return torch.softmax(torch.cat([x, -x, 2 * x, x * x], 1), 1)\n",
                              TorchScriptOutput::probabilities);
    ASSERT_TRUE(manifest.has_value()) << manifest.error().detail;
    ASSERT_TRUE(write_manifest(folder.path(), *manifest).has_value());
    const auto untrusted = Segmenter::load(folder.path(), {.threads = 1});
    ASSERT_FALSE(untrusted.has_value()) << "a program runs only for who says so";
    EXPECT_THAT(untrusted.error().detail, HasSubstr("--trust-torchscript"));
    const auto segmenter = Segmenter::load(folder.path(), {.threads = 1, .trust_torchscript = true});
    ASSERT_TRUE(segmenter.has_value()) << segmenter.error().detail;
    const SliceStack stack{torch::rand({3, 64, 48}) * 800, torch::ones({3, 64, 48}, torch::kBool)};
    const auto consensus = (*segmenter)->segment(stack, {}, {});
    ASSERT_TRUE(consensus.has_value()) << consensus.error().detail;
    EXPECT_GT(consensus->presegmentation.max().item<double>(), 0.5);
}

TEST(TorchScriptPresegmenter, RefusesAnAnswerOfTheWrongKind) {
    EXPECT_THAT(complaint("    return torch.cat([x, x, x], 1)\n"), HasSubstr("no channel 3"));
    EXPECT_THAT(complaint("    return torch.cat([x, x, x, x], 1)[:, :, 1:]\n"),
                HasSubstr("of the same size"));
    EXPECT_THAT(complaint("    return torch.cat([x, x, x, x], 1).long()\n"), HasSubstr("real numbers"));
    EXPECT_THAT(complaint("    return (x, x)\n"), HasSubstr("no tensor"));
    EXPECT_THAT(complaint("    return torch.cat([x, x, x, x / 0], 1)\n"), HasSubstr("not finite"));
    EXPECT_THAT(complaint("    return torch.cat([x, x, x, x], 1)\n", TorchScriptOutput::probabilities),
                HasSubstr("does it give logits?"));
    EXPECT_THAT(complaint("    assert False, 'out of order'\n    return x\n"), HasSubstr("out of order"));
}

TEST(TorchScriptPresegmenter, AnAnswerThatTurnsBadLaterStopsTheRun) {
    const BundleFolder folder;
    // Finite on the black image on which it is tried, not on an image.
    const auto manifest = put(folder, "    return torch.cat([x, x, x, x / (1 - torch.sign(x))], 1)\n");
    ASSERT_TRUE(manifest.has_value()) << manifest.error().detail;
    const auto presegmenter = TorchScriptPresegmenter::load(folder.path(), *manifest, torch::kCPU);
    ASSERT_TRUE(presegmenter.has_value());
    const c10::InferenceMode inference;
    EXPECT_THROW((*presegmenter)->probabilities({}, 0, torch::ones({1, 1, 64, 48})), c10::Error);
}

TEST(TorchScriptPresegmenter, RefusesAlteredAndForeignFiles) {
    const BundleFolder folder;
    const auto manifest = put(folder, "    return torch.cat([x, x, x, x], 1)\n");
    ASSERT_TRUE(manifest.has_value());
    std::ofstream(folder.path() / "presegmentation_0.pt", std::ios::binary | std::ios::app) << ' ';
    const auto altered = TorchScriptPresegmenter::load(folder.path(), *manifest, torch::kCPU);
    ASSERT_FALSE(altered.has_value());
    EXPECT_THAT(altered.error().detail, HasSubstr("digest"));
    for (const std::string content : {"no module", ""}) {
        const auto file = folder.path() / "foreign.pt";
        std::ofstream(file, std::ios::binary) << content;
        const auto foreign = put_torchscript(folder.path(), BundleFolder::plan(), {file},
                                             TorchScriptOutput::logits, channels());
        ASSERT_FALSE(foreign.has_value());
        EXPECT_EQ(foreign.error().code, ErrorCode::model_invalid);
    }
}

}  // namespace torchscript_presegmenter_test
}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/presegmentation/torchscript_presegmenter.h"

#include <torch/script.h>

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "worker/inference/networks/test_time_scale.h"
#include "worker/inference/presegmentation/output_channels.h"
#include "worker/inference/storage/bundle_file.h"
#include "worker/inference/storage/safetensors.h"

namespace spineseg {
namespace {

/// How far from 1 the channels' sum may be: float16 and its roundings.
constexpr double kSumTolerance = 0.01;

/// The module's answer as a distribution over its channels, checked.
torch::Tensor distribution(torch::jit::Module& module, const torch::Tensor& input, TorchScriptOutput output) {
    const auto answer = module.forward({input});
    TORCH_CHECK(answer.isTensor(), "the TorchScript module answers with something that is no tensor");
    const auto tensor = answer.toTensor();
    TORCH_CHECK(tensor.dim() == 4 && tensor.size(0) == input.size(0) && tensor.size(1) >= 2 &&
                    tensor.size(2) == input.size(2) && tensor.size(3) == input.size(3) &&
                    tensor.is_floating_point(),
                "the TorchScript module answers ", shape_text(input), " with ", shape_text(tensor), " of ",
                tensor.dtype(), "; it must be real numbers, one plane of the same size for each channel");
    const auto values = tensor.to(torch::kFloat32);
    TORCH_CHECK(torch::isfinite(values).all().item<bool>(),
                "the TorchScript module answers with numbers that are not finite");
    if (output == TorchScriptOutput::logits) return torch::softmax(values, 1);
    const auto sum = values.sum(1, true);
    TORCH_CHECK(values.min().item<double>() >= -kSumTolerance &&
                    (sum - 1.0).abs().max().item<double>() <= kSumTolerance,
                "the TorchScript module's channels are no probabilities; does it give logits?");
    const auto positive = values.clamp_min(0.0);
    return positive / positive.sum(1, true);
}

Result<torch::jit::Module> load_module(const std::filesystem::path& folder, const BundleFile& file,
                                       const torch::Device& device) {
    const auto bytes = verified_bytes(folder, file);
    if (!bytes) return failure(bytes.error());
    std::istringstream stream(*bytes);
    auto module = torch::jit::load(stream, device);
    module.eval();
    return module;
}

/// What the module makes of a black image must have the channels that the manifest maps.
Result<void> try_module(torch::jit::Module& module, const ModelManifest& manifest,
                        const torch::Device& device) {
    const c10::InferenceMode inference;
    const auto black = torch::zeros({1, 1, manifest.input.canvas_rows, manifest.input.canvas_columns},
                                    torch::TensorOptions(torch::kFloat32).device(device));
    const auto answer = distribution(module, black, manifest.presegmentation.torchscript.output);
    return check_channels(manifest.presegmentation.channels, answer.size(1));
}

tl::unexpected<Error> refused(const std::string& path, const std::string& why) {
    return failure(ErrorCode::model_invalid, path + ": LibTorch refuses the TorchScript module: " + why);
}

}  // namespace

struct TorchScriptPresegmenter::Modules {
    std::vector<torch::jit::Module> members;
};

TorchScriptPresegmenter::TorchScriptPresegmenter(std::unique_ptr<Modules> modules, PresegmentationPlan plan)
    : modules_(std::move(modules)), plan_(std::move(plan)) {}
TorchScriptPresegmenter::~TorchScriptPresegmenter() = default;

Result<std::unique_ptr<Presegmenter>> TorchScriptPresegmenter::load(
    const std::filesystem::path& bundle_folder, const ModelManifest& manifest, const torch::Device& device) {
    auto modules = std::make_unique<Modules>();
    for (const auto& member : manifest.presegmentation.members) {
        const auto path = (bundle_folder / member.file).string();
        try {
            auto module = load_module(bundle_folder, member, device);
            if (!module) return failure(module.error());
            if (const auto tried = try_module(*module, manifest, device); !tried)
                return failure(tried.error().code, path + ": " + tried.error().detail);
            modules->members.push_back(std::move(*module));
        } catch (const c10::Error& error) {
            return refused(path, error.what_without_backtrace());
        } catch (const std::exception& error) {  // the interpreter's own
            return refused(path, error.what());
        }
    }
    return std::unique_ptr<Presegmenter>(
        new TorchScriptPresegmenter(std::move(modules), manifest.presegmentation));
}

torch::Tensor TorchScriptPresegmenter::probabilities(const SliceStack&, std::int64_t,
                                                     const torch::Tensor& network_input) {
    std::vector<torch::Tensor> members;
    for (auto& module : modules_->members) {
        const auto channels =
            averaged_over_scales(network_input, plan_.scales, [&](const torch::Tensor& input) {
                return distribution(module, input, plan_.torchscript.output);
            });
        members.push_back(class_probabilities(channels, plan_.channels));
    }
    return torch::stack(members);
}

}  // namespace spineseg

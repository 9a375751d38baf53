// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/nnunet/model_folder.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "worker/inference/checkpoint/torch_checkpoint.h"
#include "worker/inference/nnunet/network.h"

namespace spineseg::nnunet {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kLargestJson = 16u << 20;
constexpr std::size_t kMostFolds = 16;
constexpr const char* kConfiguration = "configuration";
constexpr const char* kTrainer = "trainer";
constexpr const char* kMirrorAxes = "mirror_axes";

tl::unexpected<Error> invalid(const std::string& what) {
    return failure(ErrorCode::model_invalid, what);
}

Result<std::string> read_json_text(const fs::path& file) {
    std::error_code problem;
    const auto size = fs::file_size(file, problem);
    if (problem) return failure(ErrorCode::file_not_found, file.string() + " is missing");
    if (size > kLargestJson)
        return failure(ErrorCode::file_unreadable, file.string() + " is larger than nnU-Net's can be");
    std::string text(size, '\0');
    if (!std::ifstream(file, std::ios::binary).read(text.data(), static_cast<std::streamsize>(size)))
        return failure(ErrorCode::file_unreadable, "cannot read " + file.string());
    return text;
}

bool are_axes(const std::vector<int>& axes) {
    return axes.empty() || axes == std::vector<int>{0} || axes == std::vector<int>{1} ||
           axes == std::vector<int>{0, 1};
}

/// None, a tuple or a list of 0 and 1.
std::optional<std::vector<int>> axes_of(const PickleNode* node) {
    std::vector<int> axes;
    if (node == nullptr || std::holds_alternative<PickleNone>(node->value)) return axes;
    const auto* tuple = std::get_if<PickleTuple>(&node->value);
    const auto* list = std::get_if<PickleList>(&node->value);
    if (tuple == nullptr && list == nullptr) return std::nullopt;
    for (const auto* item : tuple != nullptr ? tuple->items : list->items) {
        const auto* axis = std::get_if<std::int64_t>(&item->value);
        if (axis == nullptr || *axis < 0 || *axis > 1) return std::nullopt;
        axes.push_back(static_cast<int>(*axis));
    }
    std::sort(axes.begin(), axes.end());
    if (!are_axes(axes)) return std::nullopt;
    return axes;
}

Result<std::string> text_of(const PickleNode* node, const std::string& what) {
    const auto* text = node == nullptr ? nullptr : std::get_if<std::string>(&node->value);
    if (text == nullptr) return invalid("no checkpoint of nnU-Net v2: it has no " + what);
    return *text;
}

Result<Fold> fold_of(TorchCheckpoint& checkpoint) {
    const PickleNode& root = checkpoint.root();
    const auto* weights = find_item(root, "network_weights");
    if (weights == nullptr) return invalid("no checkpoint of nnU-Net v2: it has no network_weights");
    const auto state = checkpoint.tensors(*weights, "network_weights");
    if (!state) return failure(state.error());
    auto plain = without_aliases(*state);
    if (!plain) return failure(plain.error());
    const auto* arguments = find_item(root, "init_args");
    const auto configuration =
        text_of(arguments == nullptr ? nullptr : find_item(*arguments, "configuration"), "configuration");
    if (!configuration) return failure(configuration.error());
    const auto trainer = text_of(find_item(root, "trainer_name"), "trainer_name");
    if (!trainer) return failure(trainer.error());
    const auto axes = axes_of(find_item(root, "inference_allowed_mirroring_axes"));
    if (!axes) return invalid("inference_allowed_mirroring_axes: must be axes 0 and 1 of a plane");
    return Fold{std::move(*plain), *configuration, *trainer, *axes};
}

std::vector<std::string> numbered_folds(const fs::path& folder, const std::string& checkpoint) {
    std::vector<std::string> names;
    for (std::size_t fold = 0; fold < kMostFolds; ++fold) {
        const auto name = "fold_" + std::to_string(fold);
        std::error_code problem;
        if (fs::is_regular_file(folder / name / checkpoint, problem)) names.push_back(name);
    }
    return names;
}

/// nnU-Net takes these from the first fold and trusts the others.
Result<void> check_agreement(const ModelFolder& model) {
    const Fold& first = model.folds.front();
    for (std::size_t i = 1; i < model.folds.size(); ++i) {
        if (model.folds[i].configuration != first.configuration)
            return invalid(model.names[i] + " was trained for the configuration \"" +
                           model.folds[i].configuration + "\", " + model.names[0] + " for \"" +
                           first.configuration + "\"");
        if (model.folds[i].mirror_axes != first.mirror_axes)
            return invalid(model.names[i] + " was mirrored along other axes than " + model.names[0]);
    }
    return {};
}

}  // namespace

Result<Fold> read_checkpoint(const fs::path& file) {
    auto checkpoint = TorchCheckpoint::read(file);
    if (!checkpoint) return failure(checkpoint.error());
    auto fold = fold_of(*checkpoint);
    if (!fold) return failure(fold.error().code, file.string() + ": " + fold.error().detail);
    return fold;
}

SafeTensors to_safetensors(const Fold& fold) {
    TensorMap weights;
    for (const auto& [name, tensor] : fold.weights)  // the network computes in float32 at most
        weights.emplace(name, tensor.scalar_type() == torch::kFloat64 ? tensor.to(torch::kFloat32) : tensor);
    return {std::move(weights),
            {{"format", "pt"},
             {kConfiguration, fold.configuration},
             {kTrainer, fold.trainer},
             {kMirrorAxes, nlohmann::json(fold.mirror_axes).dump()}}};
}

Result<Fold> from_safetensors(SafeTensors content) {
    const auto entry = [&](const char* name) -> std::optional<std::string> {
        const auto found = content.metadata.find(name);
        if (found == content.metadata.end()) return std::nullopt;
        return found->second;
    };
    const auto configuration = entry(kConfiguration), axes_text = entry(kMirrorAxes);
    if (!configuration || !axes_text)
        return invalid(
            "no fold of nnU-Net: its metadata lack the configuration or the mirror axes; make it with "
            "`spineseg-lab convert nnunet`");
    Fold fold{std::move(content.tensors), *configuration, entry(kTrainer).value_or(""), {}};
    for (const auto& [text, list] : {std::pair<const char*, std::vector<int>>{"[]", {}},
                                     {"[0]", {0}},
                                     {"[1]", {1}},
                                     {"[0,1]", {0, 1}}}) {
        if (*axes_text != text) continue;
        fold.mirror_axes = list;
        return fold;
    }
    return invalid("mirror_axes: \"" + *axes_text + "\" are no axes of a plane");
}

Result<ModelFolder> read_model_folder(const fs::path& folder, const std::vector<std::string>& folds,
                                      const std::string& checkpoint) {
    ModelFolder model;
    for (const auto& [text, file] :
         {std::pair{&model.plans, "plans.json"}, {&model.dataset, "dataset.json"}}) {
        auto read = read_json_text(folder / file);
        if (!read) return failure(read.error());
        *text = std::move(*read);
    }
    model.names = folds.empty() ? numbered_folds(folder, checkpoint) : std::vector<std::string>{};
    for (const auto& fold : folds) model.names.push_back("fold_" + fold);
    if (model.names.empty())
        return failure(ErrorCode::file_not_found, folder.string() + " has no fold_*/" + checkpoint);
    if (model.names.size() > kMostFolds) return invalid("more than " + std::to_string(kMostFolds) + " folds");
    for (const auto& name : model.names) {
        auto fold = read_checkpoint(folder / name / checkpoint);
        if (!fold) return failure(fold.error());
        model.folds.push_back(std::move(*fold));
    }
    if (const auto agreed = check_agreement(model); !agreed) return failure(agreed.error());
    return model;
}

}  // namespace spineseg::nnunet

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/training_case.h"

#include <torch/torch.h>

#include "worker/inference/storage/safetensors.h"

namespace spineseg {
namespace {

constexpr const char* kFormatKey = "spineseg.packed";
constexpr const char* kFormat = "1";

std::string key(const TrainingCase& c, const char* what) {
    return std::string(c.synthetic ? "synthetic/" : "real/") + c.id + "/" + what;
}

Result<TrainingCase> assemble(const std::string& prefix, const TensorMap& tensors) {
    const auto find = [&](const char* what) -> torch::Tensor {
        const auto found = tensors.find(prefix + what);
        return found == tensors.end() ? torch::Tensor() : found->second;
    };
    const torch::Tensor intensities = find("intensities"), inside = find("inside"), labels = find("labels");
    if (!intensities.defined() || !inside.defined() || !labels.defined())
        return failure(ErrorCode::file_unreadable, "packed case " + prefix + " lacks a tensor");
    if (intensities.dim() != 3 || inside.sizes() != intensities.sizes() ||
        labels.sizes() != intensities.sizes())
        return failure(ErrorCode::file_unreadable,
                       "packed case " + prefix + " has tensors of different shapes");
    const auto slash = prefix.find('/');
    return TrainingCase{.id = prefix.substr(slash + 1, prefix.size() - slash - 2),
                        .slices = {intensities.to(torch::kFloat32), inside.to(torch::kBool)},
                        .labels = labels.to(torch::kUInt8),
                        .synthetic = prefix.starts_with("synthetic/")};
}

}  // namespace

Result<void> write_packed(const std::filesystem::path& file, const std::vector<TrainingCase>& cases) {
    SafeTensors content;
    content.metadata[kFormatKey] = kFormat;
    for (const auto& c : cases) {
        content.tensors[key(c, "intensities")] = c.slices.intensities.to(torch::kFloat16).contiguous();
        content.tensors[key(c, "inside")] = c.slices.inside.to(torch::kUInt8).contiguous();
        content.tensors[key(c, "labels")] = c.labels.contiguous();
    }
    return write_safetensors(file, content);
}

Result<std::vector<TrainingCase>> read_packed(const std::filesystem::path& file) {
    const auto content = read_safetensors(file);
    if (!content) return failure(content.error());
    const auto format = content->metadata.find(kFormatKey);
    if (format == content->metadata.end() || format->second != kFormat)
        return failure(ErrorCode::file_unreadable,
                       file.string() + " is not a packed training file of format 1");
    std::vector<TrainingCase> cases;
    const std::string suffix = "labels";
    for (const auto& [name, tensor] : content->tensors) {
        if (!name.ends_with("/" + suffix)) continue;
        auto c = assemble(name.substr(0, name.size() - suffix.size()), content->tensors);
        if (!c) return failure(c.error());
        cases.push_back(std::move(*c));
    }
    if (cases.empty()) return failure(ErrorCode::file_unreadable, file.string() + " holds no cases");
    return cases;
}

}  // namespace spineseg

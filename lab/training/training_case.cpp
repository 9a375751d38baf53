// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/training_case.h"

#include <torch/torch.h>

#include "core/volume.h"
#include "worker/inference/storage/safetensors.h"

namespace spineseg {
namespace {

constexpr const char* kFormatKey = "spineseg.packed";
constexpr const char* kFormat = "3";

std::string key(const TrainingCase& c, const char* what) {
    return std::string(c.synthetic ? "synthetic/" : "real/") + c.id + "/" + what;
}

Result<TrainingCase> assemble(const std::string& prefix, const TensorMap& tensors) {
    const auto find = [&](const char* what) -> torch::Tensor {
        const auto found = tensors.find(prefix + what);
        return found == tensors.end() ? torch::Tensor() : found->second;
    };
    const torch::Tensor intensities = find("intensities"), inside = find("inside"), shares = find("shares");
    if (!intensities.defined() || !inside.defined() || !shares.defined())
        return failure(ErrorCode::file_unreadable, "packed case " + prefix + " lacks a tensor");
    if (intensities.dim() != 3 || inside.sizes() != intensities.sizes() || shares.dim() != 4 ||
        shares.size(1) != kStructures || shares.select(1, 0).sizes() != intensities.sizes())
        return failure(ErrorCode::file_unreadable,
                       "packed case " + prefix + " has tensors of different shapes");
    const torch::Tensor unknown = find("unknown");
    if (unknown.defined() &&
        (unknown.dim() != 4 || unknown.size(1) != 1 || unknown.select(1, 0).sizes() != intensities.sizes()))
        return failure(ErrorCode::file_unreadable,
                       "packed case " + prefix + " has unknown pixels of another shape");
    const auto slash = prefix.find('/');
    return TrainingCase{.id = prefix.substr(slash + 1, prefix.size() - slash - 2),
                        .slices = {intensities.to(torch::kFloat32), inside.to(torch::kBool)},
                        .shares = shares.to(torch::kFloat16),
                        .unknown = unknown.defined() ? unknown.to(torch::kFloat16) : unknown,
                        .synthetic = prefix.starts_with("synthetic/")};
}

}  // namespace

torch::Tensor labels_as_shares(const torch::Tensor& labels) {
    std::vector<torch::Tensor> shares;
    for (int structure = 0; structure < kStructures; ++structure)
        shares.push_back(labels.eq(structure + 1).to(torch::kFloat16));
    return torch::stack(shares, 1);
}

torch::Tensor likeliest_labels(const torch::Tensor& shares) {
    const torch::Tensor structures = shares.to(torch::kFloat32);
    const auto [largest, structure] = structures.max(1);
    return torch::where(largest >= 1 - structures.sum(1), structure + 1, torch::zeros_like(structure))
        .to(torch::kUInt8);
}

Result<void> write_packed(const std::filesystem::path& file, const std::vector<TrainingCase>& cases) {
    SafeTensors content;
    content.metadata[kFormatKey] = kFormat;
    for (const auto& c : cases) {
        content.tensors[key(c, "intensities")] = c.slices.intensities.to(torch::kFloat16).contiguous();
        content.tensors[key(c, "inside")] = c.slices.inside.to(torch::kUInt8).contiguous();
        content.tensors[key(c, "shares")] = c.shares.contiguous();
        if (c.partial()) content.tensors[key(c, "unknown")] = c.unknown.contiguous();
    }
    return write_safetensors(file, content);
}

Result<std::vector<TrainingCase>> read_packed(const std::filesystem::path& file) {
    const auto content = read_safetensors(file);
    if (!content) return failure(content.error());
    const auto format = content->metadata.find(kFormatKey);
    if (format == content->metadata.end() || format->second != kFormat)
        return failure(ErrorCode::file_unreadable,
                       file.string() + " is not a packed training file of format 3; pack the cases again");
    std::vector<TrainingCase> cases;
    const std::string suffix = "shares";
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

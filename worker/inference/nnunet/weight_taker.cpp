// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/nnunet/weight_taker.h"

#include <torch/torch.h>

#include <sstream>

namespace spineseg::nnunet {
namespace {

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
    throw WeightRefused{"tensor \"" + name + "\" " + why};
}

}  // namespace

torch::Tensor WeightTaker::take(const std::string& name, const std::vector<std::int64_t>& shape) {
    const auto found = state_.find(name);
    if (found == state_.end()) refuse(name, "is missing");
    const auto& tensor = found->second;
    if (tensor.sizes() != torch::IntArrayRef(shape)) {
        std::ostringstream text;
        text << "has shape " << tensor.sizes() << ", the network's is " << torch::IntArrayRef(shape);
        refuse(name, text.str());
    }
    if (!tensor.is_floating_point()) refuse(name, "has the wrong kind of numbers");
    if (!torch::isfinite(tensor).all().item<bool>()) refuse(name, "holds numbers that are not finite");
    taken_.insert(name);
    return tensor.to(device_, torch::kFloat32).contiguous();
}

void WeightTaker::refuse_surplus() const {
    for (const auto& [name, tensor] : state_) {
        if (!taken_.contains(name)) refuse(name, "is surplus");
    }
}

}  // namespace spineseg::nnunet

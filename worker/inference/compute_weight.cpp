// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/compute_weight.h"

#include <torch/torch.h>

namespace spineseg {

torch::Tensor ComputeWeight::of(const torch::Tensor& parameter, torch::ScalarType type) {
    if (torch::GradMode::is_enabled()) return parameter.to(type);
    // An inference tensor counts no versions: it cannot be written to outside inference mode.
    const std::int64_t version = parameter.is_inference() ? 0 : parameter._version();
    const bool current = copy_.defined() && copy_.scalar_type() == type &&
                         copy_.device() == parameter.device() && data_ == parameter.data_ptr() &&
                         version_ == version;
    if (!current) {
        copy_ = parameter.to(type).contiguous(torch::MemoryFormat::ChannelsLast);
        data_ = parameter.data_ptr();
        version_ = version;
    }
    return copy_;
}

}  // namespace spineseg

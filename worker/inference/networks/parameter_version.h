// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <torch/types.h>

#include <cstdint>

namespace spineseg {

/// Grows with every change of the parameter's values. An inference tensor counts no versions: it cannot be written to
/// outside inference mode.
inline std::int64_t version_of(const torch::Tensor& parameter) {
    return parameter.is_inference() ? 0 : static_cast<std::int64_t>(parameter._version());
}

}  // namespace spineseg

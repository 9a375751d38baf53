// SPDX-License-Identifier: GPL-3.0-or-later
// worker/inference/storage/safetensors.h: an accepted weights file has as many bytes as its tensors, and is written and
// read again as the same.
#include <cstring>

#include "tests/fuzz/fuzz_target.h"
#include "worker/inference/storage/safetensors.h"

namespace spineseg::fuzz {
namespace weights_fuzz {

bool same_tensor(const torch::Tensor& a, const torch::Tensor& b) {
    return a.scalar_type() == b.scalar_type() && a.sizes() == b.sizes() &&
           (a.nbytes() == 0 || std::memcmp(a.data_ptr(), b.data_ptr(), a.nbytes()) == 0);
}

}  // namespace weights_fuzz

bool fuzz_weights(Input input) {
    const auto read = parse_safetensors(text_of(input));
    if (!read) {
        require(read.error().code == ErrorCode::model_invalid, "refused as a model");
        require(!read.error().detail.empty(), "refused with a reason");
        return false;
    }
    std::size_t bytes = 0;
    for (const auto& [name, tensor] : read->tensors) bytes += tensor.nbytes();
    require(bytes <= input.size(), "tensors come from the file");
    const auto written = safetensors_bytes(*read);
    const auto again = parse_safetensors(written);
    require(again.has_value(), "accepted weights can be written and read again");
    require(again->metadata == read->metadata && again->tensors.size() == read->tensors.size(), "as many");
    for (const auto& [name, tensor] : read->tensors)
        require(again->tensors.contains(name) && weights_fuzz::same_tensor(again->tensors.at(name), tensor),
                "with the same values");
    require(safetensors_bytes(*again) == written, "and the same bytes");
    return true;
}

}  // namespace spineseg::fuzz

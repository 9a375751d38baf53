// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/checkpoint/spinesegdiff_checkpoint.h"

#include <string_view>

namespace spineseg {
namespace {

constexpr std::string_view kWrapper = "module";
constexpr std::string_view kPrefix = "module.";

}  // namespace

Result<TensorMap> spinesegdiff_tensors(TorchCheckpoint& checkpoint) {
    const PickleNode* wrapped = find_item(checkpoint.root(), kWrapper);
    auto tensors = wrapped == nullptr ? checkpoint.tensors(checkpoint.root(), "the checkpoint")
                                      : checkpoint.tensors(*wrapped, "its item \"module\"");
    if (!tensors) return failure(tensors.error());
    TensorMap published;
    for (auto& [name, tensor] : *tensors) {
        const auto plain = name.starts_with(kPrefix) ? name.substr(kPrefix.size()) : name;
        if (!published.emplace(plain, tensor).second)
            return failure(ErrorCode::file_unreadable,
                           "\"" + plain + "\" occurs twice, with and without \"module.\"");
    }
    return published;
}

}  // namespace spineseg

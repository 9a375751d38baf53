// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The names that torch.save puts into the pickles of state dicts and trainers' checkpoints, and what becomes
/// of each: torch._utils._rebuild_tensor_v2 and _rebuild_parameter, the typed storages, torch.device and
/// torch.Size, collections.OrderedDict, numpy's scalars. Nothing is looked up in any interpreter. Tensors
/// stay descriptions here, and no call copies more than a few words; `entry_bytes` says how large their
/// storages are. One thread at a time.

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "worker/inference/checkpoint/pickle.h"

namespace spineseg {

/// LibTorch's type of "FloatStorage" and its like; nothing for a name that is none of them.
std::optional<torch::ScalarType> storage_element(std::string_view storage_name);

class TorchVocabulary : public PickleVocabulary {
  public:
    /// Bytes of the storage with this key, or nothing where the archive has none.
    using EntryBytes = std::function<std::optional<std::uint64_t>(const std::string& key)>;
    explicit TorchVocabulary(EntryBytes entry_bytes) : entry_bytes_(std::move(entry_bytes)) {}

    bool knows(std::string_view global) const override;
    Result<PickleNode> call(std::string_view global, const std::vector<PickleNode*>& arguments) override;
    Result<PickleNode> persistent(const PickleNode& id) override;
    Result<void> set_state(PickleNode& object, const PickleNode& state) override;

  private:
    EntryBytes entry_bytes_;
};

}  // namespace spineseg

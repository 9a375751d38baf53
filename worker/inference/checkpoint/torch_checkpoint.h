// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Files of torch.save (PyTorch 1.6 and later: a zip archive of one pickle and its storages) as trees of
/// plain values and tensors. LibTorch has no reader for them: torch::pickle_load fails on a state_dict(),
/// which is an OrderedDict with attributes, and runs whatever class names a TorchScript archive holds.
/// Hostile until checked, see stored_zip.h, pickle.h and torch_vocabulary.h. Errors are file_unreadable and
/// file_not_found. One thread at a time.

#include <torch/types.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "core/result.h"
#include "worker/inference/checkpoint/pickle.h"
#include "worker/inference/checkpoint/stored_zip.h"
#include "worker/inference/storage/safetensors.h"

namespace spineseg {

class TorchCheckpoint {
  public:
    static Result<TorchCheckpoint> read(const std::filesystem::path& file);
    static Result<TorchCheckpoint> parse(std::string bytes);

    const PickleNode& root() const { return *pickle_.root; }
    /// A named tensor of every item; refuses an item that is not one, a name that occurs twice, and
    /// a node that is no dict, with `what` as its name in the error. Views of one storage share memory.
    Result<TensorMap> tensors(const PickleNode& dict, const std::string& what);

  private:
    TorchCheckpoint() = default;
    Result<torch::Tensor> tensor(const PickleTensor& description);

    std::unique_ptr<std::string> bytes_;  ///< behind a pointer: the views below survive a move
    StoredEntries storages_;              ///< by key
    Pickle pickle_;
    TensorMap loaded_;  ///< storages that some tensor needed, by key
};

/// The item of a dict, or null where it has none or is no dict.
const PickleNode* find_item(const PickleNode& dict, std::string_view name);

}  // namespace spineseg

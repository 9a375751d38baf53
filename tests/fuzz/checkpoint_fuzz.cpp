// SPDX-License-Identifier: GPL-3.0-or-later
// worker/inference/checkpoint: the zip archive and the pickle of torch.save, and the tensors that a pickle describes. An
// accepted tensor lies within its storage, and a storage within the file.
#include <variant>

#include "tests/fuzz/fuzz_target.h"
#include "worker/inference/checkpoint/spinesegdiff_checkpoint.h"
#include "worker/inference/checkpoint/torch_checkpoint.h"
#include "worker/inference/checkpoint/torch_vocabulary.h"

namespace spineseg::fuzz {
namespace checkpoint_fuzz {

void require_reason(const Error& error) {
    require(error.code == ErrorCode::file_unreadable, "refused as a file");
    require(!error.detail.empty(), "refused with a reason");
}

/// No tensor reaches beyond the memory that was allocated for its storage, or it would read what belongs to others.
void require_within_storage(const torch::Tensor& tensor, std::size_t file_bytes) {
    require(tensor.storage().nbytes() <= file_bytes, "a storage is no larger than the file");
    if (tensor.numel() == 0) return;
    std::int64_t last = tensor.storage_offset();
    require(last >= 0, "a tensor begins within its storage");
    for (std::int64_t axis = 0; axis < tensor.dim(); ++axis) {
        require(tensor.stride(axis) >= 0, "strides are not negative");
        require(!__builtin_add_overflow(last, (tensor.size(axis) - 1) * tensor.stride(axis), &last),
                "no overflow");
    }
    require(static_cast<std::size_t>(last + 1) * tensor.element_size() <= tensor.storage().nbytes(),
            "a tensor ends within its storage");
}

void check_tensors(TorchCheckpoint& checkpoint, const PickleNode& node, std::size_t file_bytes) {
    if (!std::holds_alternative<PickleDict>(node.value)) return;
    const auto tensors = checkpoint.tensors(node, "the dict");
    if (!tensors) return require_reason(tensors.error());
    for (const auto& [name, tensor] : *tensors) require_within_storage(tensor, file_bytes);
}

/// The pickle alone, without an archive around it.
bool check_pickle(Input input) {
    TorchVocabulary vocabulary([](const std::string&) { return std::optional<std::uint64_t>(1024); });
    const auto text = text_of(input);
    const auto pickle = read_pickle(text, vocabulary);
    if (!pickle) return require_reason(pickle.error()), false;
    require(pickle->root != nullptr, "a pickle has a value");
    require(pickle->nodes.size() <= input.size() + 1, "the tree is no larger than the pickle");
    return true;
}

bool check_archive(Input input) {
    auto checkpoint = TorchCheckpoint::parse(text_of(input));
    if (!checkpoint) return require_reason(checkpoint.error()), false;
    const PickleNode& root = checkpoint->root();
    check_tensors(*checkpoint, root, input.size());
    if (const auto* items = std::get_if<PickleDict>(&root.value))
        for (const auto& [key, value] : items->items) check_tensors(*checkpoint, *value, input.size());
    if (const auto tensors = spinesegdiff_tensors(*checkpoint); !tensors) require_reason(tensors.error());
    return true;
}

}  // namespace checkpoint_fuzz

bool fuzz_checkpoint(Input input) {
    if (!text_of(input).starts_with("PK")) return checkpoint_fuzz::check_pickle(input);
    return checkpoint_fuzz::check_archive(input);
}

}  // namespace spineseg::fuzz

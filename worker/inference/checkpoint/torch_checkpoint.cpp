// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/checkpoint/torch_checkpoint.h"

#include <torch/torch.h>

#include <cstring>
#include <optional>

#include "worker/inference/checkpoint/torch_vocabulary.h"

namespace spineseg {
namespace {

constexpr std::string_view kPickle = "/data.pkl";

tl::unexpected<Error> unreadable(const std::string& what) {
    return failure(ErrorCode::file_unreadable, what);
}

/// The folder that torch.save wraps around everything: the archive's name when it was written.
std::optional<std::string> archive_folder(const StoredZip& archive) {
    for (const auto& [name, bytes] : archive.stored) {
        const auto slash = name.find('/');
        if (slash != std::string::npos && std::string_view(name).substr(slash) == kPickle)
            return name.substr(0, slash);
    }
    return std::nullopt;
}

Result<void> check_format(std::string_view bytes) {
    if (bytes.starts_with("PK")) return {};
    // PyTorch before 1.6, or _use_new_zipfile_serialization=False: five pickles in a row.
    if (bytes.starts_with("\x80\x02"))
        return unreadable(
            "PyTorch's legacy format, from before 1.6; load it there with torch.load and save it again with "
            "torch.save");
    return unreadable("no file of torch.save: it does not begin as a zip archive");
}

}  // namespace

const PickleNode* find_item(const PickleNode& dict, std::string_view name) {
    const auto* items = std::get_if<PickleDict>(&dict.value);
    if (items == nullptr) return nullptr;
    const PickleNode* found = nullptr;
    for (const auto& [key, value] : items->items) {  // the last of equal keys, as in Python
        const auto* text = std::get_if<std::string>(&key->value);
        if (text != nullptr && *text == name) found = value;
    }
    return found;
}

Result<TorchCheckpoint> TorchCheckpoint::parse(std::string bytes) {
    if (const auto checked = check_format(bytes); !checked) return failure(checked.error());
    TorchCheckpoint checkpoint;
    checkpoint.bytes_ = std::make_unique<std::string>(std::move(bytes));
    const auto archive = read_stored_zip(*checkpoint.bytes_);
    if (!archive) return failure(archive.error());
    const auto folder = archive_folder(*archive);
    if (!folder) return unreadable("no file of torch.save: the archive has no data.pkl");
    if (archive->contains(*folder + "/constants.pkl"))
        return unreadable(
            "a TorchScript module, not a checkpoint; convert it with `spineseg-lab convert torchscript`");
    if (!archive->compressed.empty())
        return unreadable(*archive->compressed.begin() +
                          " is compressed; torch.save stores without compression");
    const auto& entries = archive->stored;
    const auto order = entries.find(*folder + "/byteorder");
    if (order != entries.end() && order->second != "little")
        return unreadable("written on a big-endian machine; save it again on a little-endian one");
    const std::string data = *folder + "/data/";
    for (const auto& [name, content] : entries) {
        if (name.starts_with(data)) checkpoint.storages_[name.substr(data.size())] = content;
    }
    TorchVocabulary vocabulary([&](const std::string& key) -> std::optional<std::uint64_t> {
        const auto found = checkpoint.storages_.find(key);
        if (found == checkpoint.storages_.end()) return std::nullopt;
        return found->second.size();
    });
    auto pickle = read_pickle(entries.at(*folder + std::string(kPickle)), vocabulary);
    if (!pickle) return failure(pickle.error());
    checkpoint.pickle_ = std::move(*pickle);
    return checkpoint;
}

Result<TorchCheckpoint> TorchCheckpoint::read(const std::filesystem::path& file) {
    auto bytes = read_weights_file(file);
    if (!bytes) return failure(bytes.error());
    auto checkpoint = parse(std::move(*bytes));
    if (!checkpoint)
        return failure(checkpoint.error().code, file.string() + ": " + checkpoint.error().detail);
    return checkpoint;
}

Result<torch::Tensor> TorchCheckpoint::tensor(const PickleTensor& description) {
    const PickleStorage& storage = description.storage;
    const auto type = storage_element(storage.element).value();
    auto loaded = loaded_.find(storage.key);
    if (loaded == loaded_.end()) {
        // Copied: entries of a foreign file need not be aligned.
        auto content = torch::empty({storage.count}, torch::TensorOptions(type));
        if (storage.count > 0)
            std::memcpy(content.data_ptr(), storages_.at(storage.key).data(), content.nbytes());
        loaded = loaded_.emplace(storage.key, std::move(content)).first;
    }
    if (loaded->second.scalar_type() != type)
        return unreadable("storage " + storage.key + " is used with two element types");
    return loaded->second.as_strided(description.sizes, description.strides, description.offset);
}

Result<TensorMap> TorchCheckpoint::tensors(const PickleNode& dict, const std::string& what) {
    const auto* items = std::get_if<PickleDict>(&dict.value);
    if (items == nullptr) return unreadable(what + " is no dict of tensors");
    TensorMap found;
    for (const auto& [key, value] : items->items) {
        const auto* name = std::get_if<std::string>(&key->value);
        if (name == nullptr) return unreadable(what + " has a key that is no text");
        const auto* description = std::get_if<PickleTensor>(&value->value);
        if (description == nullptr) return unreadable(what + ": \"" + *name + "\" is no tensor");
        auto made = tensor(*description);
        if (!made) return failure(made.error());
        if (!found.emplace(*name, std::move(*made)).second)
            return unreadable(what + ": \"" + *name + "\" occurs twice");
    }
    return found;
}

}  // namespace spineseg

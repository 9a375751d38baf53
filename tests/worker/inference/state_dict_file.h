// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The bytes that torch.save(module.state_dict()) writes for float32 tensors, put together by hand after a
/// file of the real one (checkpoint/fixtures/state_dict.pt), for networks too large to be committed.

#include <torch/torch.h>

#include <cstdint>
#include <string>

#include "worker/inference/storage/safetensors.h"

namespace spineseg {

struct StateDictWrapping {
    bool prefixed = false;  ///< "module." before every name, as DataParallel has it
    bool nested = false;    ///< the dict stands under a top-level key "module"
};

namespace state_dict_bytes {

inline std::string little(std::uint64_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xff);
    return text;
}
inline std::string zeros(std::size_t bytes) {
    return std::string(bytes, '\0');
}
inline std::string text(const std::string& content) {
    return "X" + little(content.size(), 4) + content;
}
inline std::string number(std::int64_t value) {
    return "J" + little(static_cast<std::uint64_t>(value), 4);
}
inline std::string tuple(torch::IntArrayRef values) {
    std::string pickled = "(";
    for (const auto value : values) pickled += number(value);
    return pickled + "t";
}
inline std::string entry(const std::string& name, const std::string& data, std::uint64_t& place,
                         std::string& directory) {
    const std::string sizes = little(data.size(), 4) + little(data.size(), 4);
    directory += std::string("PK\1\2") + zeros(16) + sizes + little(name.size(), 2) + zeros(12) +
                 little(place, 4) + name;
    const auto local =
        std::string("PK\3\4") + zeros(14) + sizes + little(name.size(), 2) + little(0, 2) + name + data;
    place += local.size();
    return local;
}

}  // namespace state_dict_bytes

inline std::string state_dict_file(const TensorMap& tensors, const StateDictWrapping& wrapping = {}) {
    using namespace state_dict_bytes;
    const std::string dict = "ccollections\nOrderedDict\n)R";
    std::string pickled = "\x80\x02";
    if (wrapping.nested) pickled += "}" + text("module");
    pickled += dict + "(";
    std::string storages, directory;
    std::uint64_t place = 0;
    std::size_t key = 0;
    for (const auto& [name, tensor] : tensors) {
        const auto plain = tensor.contiguous();
        const auto number_text = std::to_string(key++);
        pickled += text((wrapping.prefixed ? "module." : "") + name) +
                   "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + "ctorch\nFloatStorage\n" +
                   text(number_text) + text("cuda:0") + number(plain.numel()) + "tQ" + number(0) +
                   tuple(plain.sizes()) + tuple(plain.strides()) + "\x89" + dict + "tR";
        storages +=
            entry("archive/data/" + number_text,
                  std::string(static_cast<const char*>(plain.data_ptr()), plain.nbytes()), place, directory);
    }
    pickled += "u}" + text("_metadata") + dict + "sb";
    if (wrapping.nested) pickled += "s";
    std::string bytes = storages + entry("archive/data.pkl", pickled + ".", place, directory);
    const auto entries = tensors.size() + 1;
    return bytes + directory + "PK\5\6" + little(0, 4) + little(entries, 2) + little(entries, 2) +
           little(directory.size(), 4) + little(place, 4) + little(0, 2);
}

}  // namespace spineseg

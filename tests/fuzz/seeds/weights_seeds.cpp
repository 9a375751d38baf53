// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/seeds/seeds.h"

#include "worker/inference/checkpoint/stored_zip.h"

namespace spineseg::fuzz {
namespace seeds {

namespace {

std::string weights_file(const std::string& header, std::size_t data_bytes) {
    std::string file(8, '\0');
    put(file, 0, static_cast<std::uint64_t>(header.size()));
    return file + header + std::string(data_bytes, '\1');
}

}  // namespace

void write_weights(const Folder& folder) {
    folder.write("weights", "empty", weights_file("{}", 0));
    folder.write("weights", "two_tensors",
                 weights_file(R"({"__metadata__":{"kind":"unet"},
"a.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"I64","shape":[],"data_offsets":[24,32]}})",
                              32));
    for (const std::string type : {"F16", "BF16", "U8", "I16", "I32"})
        folder.write(
            "weights", type,
            weights_file(R"({"t":{"dtype":")" + type + R"(","shape":[0,4],"data_offsets":[0,0]}})", 0));
    folder.write("weights", "gap",
                 weights_file(R"({"t":{"dtype":"U8","shape":[4],"data_offsets":[1,5]}})", 5));
}

/// The fixtures of the tests, and the pickle of each alone.
void write_checkpoints(const Folder& folder) {
    for (const std::string name : {"expanded", "foreign", "legacy", "protocol4", "state_dict", "torchscript",
                                   "values", "whole_module"}) {
        const auto file = file_of_repository("tests/worker/inference/checkpoint/fixtures/" + name + ".pt");
        folder.write("checkpoint", name, file);
        const auto archive = read_stored_zip(file);
        if (!archive) continue;
        for (const auto& [entry, bytes] : archive->stored)
            if (entry.ends_with("/data.pkl"))
                folder.write("checkpoint", name + "_pickle", std::string(bytes));
    }
}

}  // namespace seeds
}  // namespace spineseg::fuzz

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The safetensors file format (huggingface/safetensors): eight bytes of header length, a JSON header, raw
/// little-endian data. A weights file is hostile until checked: every length is bounded before anything is
/// allocated, the data must be covered exactly once, unknown types are refused. Errors are model_invalid,
/// file_not_found, file_unreadable and file_unwritable. Values; any thread.

#include <torch/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "core/result.h"

namespace torch::nn {
class Module;
}

namespace spineseg {

using TensorMap = std::map<std::string, torch::Tensor>;

struct SafeTensors {
    TensorMap tensors;
    std::map<std::string, std::string> metadata;
};

/// The whole file, bounded. For callers that check a digest over the very bytes that they then parse.
Result<std::string> read_weights_file(const std::filesystem::path& file);

Result<SafeTensors> parse_safetensors(std::string_view bytes);
Result<SafeTensors> read_safetensors(const std::filesystem::path& file);

/// The file's bytes. Same content, same bytes: names are sorted, the header is padded to eight bytes.
std::string safetensors_bytes(const SafeTensors& content);
/// Written beside the target and renamed, so that a reader never sees half a file.
Result<void> write_safetensors(const std::filesystem::path& file, const SafeTensors& content);

/// Parameters and buffers under their dotted names, on the CPU.
TensorMap state_of(const torch::nn::Module& module);
/// Copies every tensor into the module. A missing, surplus or misshapen tensor is refused by name, and so are
/// integers where the module has real numbers, NaN and infinity; then nothing is copied.
Result<void> load_state(torch::nn::Module& module, const TensorMap& tensors);

/// "[1,3,320,256]", for messages.
std::string shape_text(const torch::Tensor& tensor);

}  // namespace spineseg

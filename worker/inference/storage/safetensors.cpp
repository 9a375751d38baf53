// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/storage/safetensors.h"

#include <torch/torch.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <vector>

namespace spineseg {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors is little-endian, and so are we");

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::uint64_t kLargestHeader = 16u << 20;
constexpr std::uint64_t kLargestFile = std::uint64_t{4} << 30;
constexpr std::size_t kLargestRank = 8;
constexpr const char* kMetadataKey = "__metadata__";

struct ElementType {
    const char* name;
    torch::ScalarType type;
};
constexpr ElementType kElementTypes[] = {
    {"F32", torch::kFloat32}, {"F16", torch::kFloat16}, {"BF16", torch::kBFloat16}, {"U8", torch::kUInt8},
    {"I16", torch::kInt16},   {"I32", torch::kInt32},   {"I64", torch::kInt64},
};

std::optional<torch::ScalarType> element_type(const std::string& name) {
    for (const auto& known : kElementTypes) {
        if (name == known.name) return known.type;
    }
    return std::nullopt;
}

const char* element_name(torch::ScalarType type) {
    for (const auto& known : kElementTypes) {
        if (type == known.type) return known.name;
    }
    throw std::invalid_argument("safetensors: no name for this element type");
}

struct TensorEntry {
    std::string name;
    torch::ScalarType type = torch::kFloat32;
    std::vector<std::int64_t> shape;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

tl::unexpected<Error> invalid_file(const std::string& what) {
    return failure(ErrorCode::model_invalid, "safetensors: " + what);
}

/// nlohmann keeps the last of two equal keys; here two tensors of one name are an attack or a mistake.
Result<nlohmann::json> parse_header(std::string_view text) {
    std::set<std::string> names;
    std::string twice;
    const auto watch = [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json& value) {
        if (event == nlohmann::json::parse_event_t::key && depth == 1) {
            auto name = value.get<std::string>();
            if (!names.insert(name).second) twice = std::move(name);
        }
        return true;
    };
    auto header = nlohmann::json::parse(text, watch, /*allow_exceptions=*/false);
    if (header.is_discarded() || !header.is_object()) return invalid_file("the header is not a JSON object");
    if (!twice.empty()) return invalid_file("tensor \"" + twice + "\" occurs in the header twice");
    return header;
}

/// Bytes of the tensor, or nothing where the product leaves what a file can hold.
std::optional<std::uint64_t> byte_count(const TensorEntry& entry) {
    std::uint64_t bytes = c10::elementSize(entry.type);
    for (const auto size : entry.shape) {
        if (size != 0 && bytes > kLargestFile / static_cast<std::uint64_t>(size)) return std::nullopt;
        bytes *= static_cast<std::uint64_t>(size);
    }
    return bytes;
}

bool is_list_of_naturals(const nlohmann::json& value) {
    return value.is_array() &&
           std::all_of(value.begin(), value.end(), [](const auto& v) { return v.is_number_unsigned(); });
}

Result<TensorEntry> parse_entry(const std::string& name, const nlohmann::json& value) {
    const std::string where = "tensor \"" + name + "\": ";
    if (!value.is_object() || value.size() != 3 || !value.contains("dtype") || !value.contains("shape") ||
        !value.contains("data_offsets")) {
        return invalid_file(where + "not {dtype, shape, data_offsets}");
    }
    const auto& offsets = value["data_offsets"];
    if (!value["dtype"].is_string() || !is_list_of_naturals(value["shape"]) ||
        !is_list_of_naturals(offsets) || offsets.size() != 2 || value["shape"].size() > kLargestRank) {
        return invalid_file(where + "a field has the wrong type");
    }
    const auto type = element_type(value["dtype"].get<std::string>());
    if (!type)
        return invalid_file(where + "element type " + value["dtype"].get<std::string>() +
                            " is not supported");
    TensorEntry entry{name, *type, {}, offsets[0].get<std::uint64_t>(), offsets[1].get<std::uint64_t>()};
    for (const auto& size : value["shape"]) {
        if (size.get<std::uint64_t>() > kLargestFile)
            return invalid_file(where + "a dimension is out of range");
        entry.shape.push_back(size.get<std::int64_t>());
    }
    const auto bytes = byte_count(entry);
    if (!bytes || entry.begin > entry.end || entry.end - entry.begin != *bytes) {
        return invalid_file(where + "its offsets do not span its shape");
    }
    return entry;
}

/// Every byte of the data belongs to exactly one tensor, as the format demands.
Result<void> check_coverage(std::vector<TensorEntry>& entries, std::uint64_t data_bytes) {
    std::sort(entries.begin(), entries.end(), [](const TensorEntry& a, const TensorEntry& b) {
        return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
    });
    std::uint64_t covered = 0;
    for (const auto& entry : entries) {
        if (entry.end > data_bytes)
            return invalid_file("tensor \"" + entry.name + "\" ends behind the end of the file");
        if (entry.begin != covered)
            return invalid_file("a gap or overlap before tensor \"" + entry.name + "\"");
        covered = entry.end;
    }
    if (covered != data_bytes) return invalid_file("bytes at the end that belong to no tensor");
    return {};
}

Result<std::map<std::string, std::string>> parse_metadata(const nlohmann::json& value) {
    std::map<std::string, std::string> metadata;
    if (!value.is_object()) return invalid_file("__metadata__ is not an object");
    for (const auto& [key, text] : value.items()) {
        if (!text.is_string()) return invalid_file("__metadata__ holds something that is not text");
        metadata[key] = text.get<std::string>();
    }
    return metadata;
}

torch::Tensor copied_tensor(const TensorEntry& entry, std::string_view data) {
    auto tensor = torch::empty(entry.shape, torch::TensorOptions(entry.type));
    if (entry.end > entry.begin) {
        std::memcpy(tensor.data_ptr(), data.data() + entry.begin, entry.end - entry.begin);
    }
    return tensor;
}

}  // namespace

Result<std::string> read_weights_file(const std::filesystem::path& file) {
    std::error_code problem;
    if (!std::filesystem::is_regular_file(file, problem)) {
        return failure(ErrorCode::file_not_found, "no weights file " + file.string());
    }
    const auto size = std::filesystem::file_size(file, problem);
    if (problem || size > kLargestFile) {
        return failure(ErrorCode::file_unreadable, "weights file " + file.string() + " is too large");
    }
    std::string bytes(size, '\0');
    std::ifstream stream(file, std::ios::binary);
    if (!stream.read(bytes.data(), static_cast<std::streamsize>(size))) {
        return failure(ErrorCode::file_unreadable, "cannot read weights file " + file.string());
    }
    return bytes;
}

Result<SafeTensors> parse_safetensors(std::string_view bytes) {
    if (bytes.size() < kLengthBytes) return invalid_file("shorter than its length field");
    std::uint64_t header_bytes = 0;
    std::memcpy(&header_bytes, bytes.data(), kLengthBytes);
    if (header_bytes > kLargestHeader || header_bytes > bytes.size() - kLengthBytes) {
        return invalid_file("the header's length is out of range");
    }
    const auto header = parse_header(bytes.substr(kLengthBytes, header_bytes));
    if (!header) return failure(header.error());
    const auto data = bytes.substr(kLengthBytes + header_bytes);

    SafeTensors content;
    std::vector<TensorEntry> entries;
    for (const auto& [name, value] : header->items()) {
        if (name == kMetadataKey) {
            auto metadata = parse_metadata(value);
            if (!metadata) return failure(metadata.error());
            content.metadata = std::move(*metadata);
            continue;
        }
        auto entry = parse_entry(name, value);
        if (!entry) return failure(entry.error());
        entries.push_back(std::move(*entry));
    }
    if (const auto covered = check_coverage(entries, data.size()); !covered) return failure(covered.error());
    for (const auto& entry : entries) content.tensors.emplace(entry.name, copied_tensor(entry, data));
    return content;
}

Result<SafeTensors> read_safetensors(const std::filesystem::path& file) {
    const auto bytes = read_weights_file(file);
    if (!bytes) return failure(bytes.error());
    auto content = parse_safetensors(*bytes);
    if (!content)
        return failure(content.error().code, file.filename().string() + ": " + content.error().detail);
    return content;
}

std::string safetensors_bytes(const SafeTensors& content) {
    nlohmann::json header = nlohmann::json::object();
    if (!content.metadata.empty()) header[kMetadataKey] = content.metadata;
    std::string data;
    for (const auto& [name, tensor] : content.tensors) {
        const auto plain = tensor.detach().to(torch::kCPU).contiguous();
        const auto begin = data.size();
        data.append(static_cast<const char*>(plain.data_ptr()), plain.nbytes());
        header[name] = {{"dtype", element_name(plain.scalar_type())},
                        {"shape", plain.sizes().vec()},
                        {"data_offsets", {begin, data.size()}}};
    }
    std::string text = header.dump();
    text.resize((text.size() + kLengthBytes - 1) / kLengthBytes * kLengthBytes, ' ');
    const std::uint64_t length = text.size();
    std::string bytes(reinterpret_cast<const char*>(&length), kLengthBytes);
    return bytes + text + data;
}

Result<void> write_safetensors(const std::filesystem::path& file, const SafeTensors& content) {
    const auto bytes = safetensors_bytes(content);
    const auto beside = std::filesystem::path(file).concat(".part");
    {
        std::ofstream stream(beside, std::ios::binary | std::ios::trunc);
        stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size())).flush();
        if (!stream) return failure(ErrorCode::file_unwritable, "cannot write " + beside.string());
    }
    std::error_code problem;
    std::filesystem::rename(beside, file, problem);
    if (problem) return failure(ErrorCode::file_unwritable, "cannot write " + file.string());
    return {};
}

TensorMap state_of(const torch::nn::Module& module) {
    TensorMap state;
    for (const auto& item : module.named_parameters())
        state[item.key()] = item.value().detach().to(torch::kCPU);
    for (const auto& item : module.named_buffers()) state[item.key()] = item.value().detach().to(torch::kCPU);
    return state;
}

namespace {

std::map<std::string, torch::Tensor> targets_of(torch::nn::Module& module) {
    std::map<std::string, torch::Tensor> targets;
    for (const auto& item : module.named_parameters()) targets[item.key()] = item.value();
    for (const auto& item : module.named_buffers()) targets[item.key()] = item.value();
    return targets;
}

}  // namespace

std::string shape_text(const torch::Tensor& tensor) {
    std::string text = "[";
    for (const auto size : tensor.sizes())
        text.append(text.size() > 1 ? "," : "").append(std::to_string(size));
    return text + "]";
}

Result<void> load_state(torch::nn::Module& module, const TensorMap& tensors) {
    const auto targets = targets_of(module);
    for (const auto& [name, target] : targets) {
        const auto found = tensors.find(name);
        if (found == tensors.end())
            return failure(ErrorCode::model_invalid, "tensor \"" + name + "\" is missing");
        if (found->second.sizes() != target.sizes()) {
            return failure(ErrorCode::model_invalid, "tensor \"" + name + "\" has shape " +
                                                         shape_text(found->second) + ", the network's is " +
                                                         shape_text(target));
        }
        if (found->second.is_floating_point() != target.is_floating_point()) {
            return failure(ErrorCode::model_invalid, "tensor \"" + name + "\" has the wrong kind of numbers");
        }
        if (!torch::isfinite(found->second).all().item<bool>()) {
            return failure(ErrorCode::model_invalid,
                           "tensor \"" + name + "\" holds numbers that are not finite");
        }
    }
    for (const auto& [name, tensor] : tensors) {
        if (!targets.count(name))
            return failure(ErrorCode::model_invalid, "tensor \"" + name + "\" is surplus");
    }
    const torch::NoGradGuard no_grad;
    for (const auto& [name, target] : targets) torch::Tensor(target).copy_(tensors.at(name));
    return {};
}

}  // namespace spineseg

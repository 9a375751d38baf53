// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/checkpoint/torch_vocabulary.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace spineseg {
namespace {

// A value may be handed to any number of calls, each of which copies it: short ones only, or a small pickle
// would grow without bounds.
constexpr std::size_t kHighestRank = 8;
constexpr std::size_t kLongestWord = 64;  ///< a storage's key, a device, a numpy scalar's bytes
constexpr std::int64_t kLargestExtent = std::int64_t{1} << 32;  ///< elements; files are smaller

using Arguments = std::vector<PickleNode*>;

tl::unexpected<Error> refused(const std::string& why) {
    return failure(ErrorCode::file_unreadable, why);
}

template <typename T>
const T* as(const Arguments& arguments, std::size_t index) {
    return index < arguments.size() ? std::get_if<T>(&arguments[index]->value) : nullptr;
}

struct StorageName {
    std::string_view name;
    torch::ScalarType type;
};
constexpr std::array<StorageName, 9> kStorages{{{"FloatStorage", torch::kFloat32},
                                                {"DoubleStorage", torch::kFloat64},
                                                {"HalfStorage", torch::kFloat16},
                                                {"BFloat16Storage", torch::kBFloat16},
                                                {"LongStorage", torch::kInt64},
                                                {"IntStorage", torch::kInt32},
                                                {"ShortStorage", torch::kInt16},
                                                {"ByteStorage", torch::kUInt8},
                                                {"BoolStorage", torch::kBool}}};

/// A text that is short enough to be copied.
const std::string* as_word(const Arguments& arguments, std::size_t index) {
    const auto* text = as<std::string>(arguments, index);
    return text != nullptr && text->size() <= kLongestWord ? text : nullptr;
}

/// The vocabulary's half of a storage's name: "torch FloatStorage".
std::string_view storage_of(std::string_view global) {
    constexpr std::string_view kModule = "torch ";
    return global.starts_with(kModule) ? global.substr(kModule.size()) : std::string_view{};
}

std::optional<std::vector<std::int64_t>> naturals(const PickleNode& node) {
    const auto* tuple = std::get_if<PickleTuple>(&node.value);
    if (tuple == nullptr || tuple->items.size() > kHighestRank) return std::nullopt;
    std::vector<std::int64_t> numbers;
    for (const auto* item : tuple->items) {
        const auto* number = std::get_if<std::int64_t>(&item->value);
        if (number == nullptr || *number < 0 || *number > kLargestExtent) return std::nullopt;
        numbers.push_back(*number);
    }
    return numbers;
}

/// Elements that the view has, and the one behind the last that it touches; nothing beyond kLargestExtent.
struct Reach {
    std::int64_t elements = 1;
    std::int64_t end = 1;
};
std::optional<Reach> reach_of(const PickleTensor& tensor) {
    Reach reach;
    for (const auto size : tensor.sizes) {
        if (size == 0) return Reach{0, 0};
    }
    for (std::size_t i = 0; i < tensor.sizes.size(); ++i) {
        const std::int64_t size = tensor.sizes[i], stride = tensor.strides[i];
        if (reach.elements > kLargestExtent / size || (stride > 0 && size - 1 > kLargestExtent / stride))
            return std::nullopt;
        reach.elements *= size;
        reach.end += (size - 1) * stride;
        if (reach.end > kLargestExtent) return std::nullopt;
    }
    reach.end += tensor.offset;
    return reach;
}

/// (storage, offset, size, stride, requires_grad, backward_hooks[, metadata])
Result<PickleNode> rebuild_tensor(const Arguments& arguments) {
    const auto* storage = as<PickleStorage>(arguments, 0);
    const auto* offset = as<std::int64_t>(arguments, 1);
    if (arguments.size() < 6 || storage == nullptr || offset == nullptr || *offset < 0 ||
        *offset > kLargestExtent)
        return refused("_rebuild_tensor_v2 with arguments that it does not take");
    const auto sizes = naturals(*arguments[2]), strides = naturals(*arguments[3]);
    if (!sizes || !strides || sizes->size() != strides->size())
        return refused("a tensor whose size or stride is none");
    PickleTensor tensor{*storage, *offset, *sizes, *strides};
    const auto reach = reach_of(tensor);
    if (!reach || reach->end > storage->count)
        return refused("a tensor that reaches behind its storage " + storage->key);
    if (reach->elements > storage->count)
        return refused("a tensor that repeats elements of its storage " + storage->key +
                       "; save it contiguous");
    return PickleNode{std::move(tensor)};
}

Result<PickleNode> rebuild_parameter(const Arguments& arguments) {
    const auto* tensor = as<PickleTensor>(arguments, 0);
    if (tensor == nullptr) return refused("_rebuild_parameter without a tensor");
    return PickleNode{*tensor};
}

Result<PickleNode> ordered_dict(const Arguments& arguments) {
    if (!arguments.empty()) return refused("an OrderedDict made with arguments");
    return PickleNode{PickleDict{}};
}

Result<PickleNode> device(const Arguments& arguments) {
    const auto* kind = as_word(arguments, 0);
    if (kind == nullptr) return refused("torch.device without a name");
    const auto* index = as<std::int64_t>(arguments, 1);
    return PickleNode{index == nullptr ? *kind : *kind + ":" + std::to_string(*index)};
}

Result<PickleNode> size(const Arguments& arguments) {
    const auto* tuple = as<PickleTuple>(arguments, 0);
    if (tuple == nullptr || tuple->items.size() > kHighestRank)
        return refused("torch.Size without a tuple of sizes");
    return PickleNode{*tuple};
}

/// ('f8', align, copy); the byte order follows as state.
Result<PickleNode> number_type(const Arguments& arguments) {
    const auto* code = as<std::string>(arguments, 0);
    if (code == nullptr || code->size() != 2) return refused("a numpy.dtype that is no plain number");
    const char kind = (*code)[0];
    const int bytes = (*code)[1] - '0';
    const bool real = kind == 'f' && (bytes == 4 || bytes == 8);
    const bool whole = (kind == 'i' || kind == 'u') && (bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8);
    if (!real && !whole && !(kind == 'b' && bytes == 1)) return refused("numpy.dtype \"" + *code + "\"");
    return PickleNode{PickleNumberType{kind, bytes}};
}

/// Protocol 2 has no bytes: Python writes them as text, one code point below 256 for each.
Result<PickleNode> encode_latin1(const Arguments& arguments) {
    const auto* text = as_word(arguments, 0);
    const auto* encoding = as<std::string>(arguments, 1);
    if (text == nullptr || encoding == nullptr || *encoding != "latin1")
        return refused("_codecs.encode of anything but a scalar's bytes in latin1");
    PickleBytes result;
    for (std::size_t i = 0; i < text->size(); ++i) {
        const auto lead = static_cast<unsigned char>((*text)[i]);
        if (lead < 0x80) {
            result.bytes.push_back(static_cast<char>(lead));
        } else if ((lead == 0xc2 || lead == 0xc3) && i + 1 < text->size()) {
            const auto trail = static_cast<unsigned char>((*text)[++i]);
            result.bytes.push_back(static_cast<char>((lead & 3) << 6 | (trail & 0x3f)));
        } else {
            return refused("text that is no latin1");
        }
    }
    return PickleNode{std::move(result)};
}

/// (dtype, bytes) → a whole or a real number.
Result<PickleNode> number_scalar(const Arguments& arguments) {
    const auto* type = as<PickleNumberType>(arguments, 0);
    const auto* raw = as<PickleBytes>(arguments, 1);
    if (type == nullptr || raw == nullptr || raw->bytes.size() != static_cast<std::size_t>(type->bytes))
        return refused("a numpy scalar whose bytes do not fit its type");
    std::uint64_t bits = 0;
    std::memcpy(&bits, raw->bytes.data(), raw->bytes.size());
    if (type->kind == 'b') return PickleNode{bits != 0};
    if (type->kind == 'f') {
        return PickleNode{type->bytes == 8 ? std::bit_cast<double>(bits)
                                           : double{std::bit_cast<float>(static_cast<std::uint32_t>(bits))}};
    }
    const int unused = 64 - 8 * type->bytes;
    if (type->kind == 'i') return PickleNode{static_cast<std::int64_t>(bits << unused) >> unused};
    if (bits >> 63 != 0) return refused("a numpy scalar beyond 63 bits");
    return PickleNode{static_cast<std::int64_t>(bits)};
}

struct Call {
    std::string_view name;
    Result<PickleNode> (*run)(const Arguments&);
};
/// numpy 2 moved its scalars to another module; both spellings are in checkpoints.
constexpr std::array<Call, 9> kCalls{{{"torch._utils _rebuild_tensor_v2", rebuild_tensor},
                                      {"torch._utils _rebuild_parameter", rebuild_parameter},
                                      {"collections OrderedDict", ordered_dict},
                                      {"torch device", device},
                                      {"torch Size", size},
                                      {"numpy dtype", number_type},
                                      {"_codecs encode", encode_latin1},
                                      {"numpy.core.multiarray scalar", number_scalar},
                                      {"numpy._core.multiarray scalar", number_scalar}}};

const Call* find_call(std::string_view global) {
    const auto found =
        std::find_if(kCalls.begin(), kCalls.end(), [&](const Call& call) { return call.name == global; });
    return found == kCalls.end() ? nullptr : &*found;
}

}  // namespace

std::optional<torch::ScalarType> storage_element(std::string_view storage_name) {
    for (const auto& storage : kStorages) {
        if (storage.name == storage_name) return storage.type;
    }
    return std::nullopt;
}

bool TorchVocabulary::knows(std::string_view global) const {
    return find_call(global) != nullptr || storage_element(storage_of(global));
}

Result<PickleNode> TorchVocabulary::call(std::string_view global, const Arguments& arguments) {
    const auto* call = find_call(global);
    if (call == nullptr) return refused(std::string(global) + " cannot be called");
    return call->run(arguments);
}

/// ("storage", storage type, key, where it lived, number of elements)
Result<PickleNode> TorchVocabulary::persistent(const PickleNode& id) {
    const auto* tuple = std::get_if<PickleTuple>(&id.value);
    if (tuple == nullptr || tuple->items.size() < 5) return refused("a persistent id that is no storage");
    const auto* tag = as<std::string>(tuple->items, 0);
    const auto* type = as<PickleGlobal>(tuple->items, 1);
    const auto* key = as_word(tuple->items, 2);
    const auto* count = as<std::int64_t>(tuple->items, 4);
    if (tag == nullptr || *tag != "storage" || type == nullptr || key == nullptr || count == nullptr)
        return refused("a persistent id that is no storage");
    const std::string element(storage_of(type->name));
    const auto scalar = storage_element(element);
    if (!scalar) return refused("a storage of \"" + type->name + "\"");
    const auto bytes = entry_bytes_(*key);
    if (!bytes) return refused("storage " + *key + " is not in the file");
    if (*count < 0 || *count > kLargestExtent ||
        static_cast<std::uint64_t>(*count) * c10::elementSize(*scalar) != *bytes)
        return refused("storage " + *key + " does not have the bytes of " + std::to_string(*count) +
                       " elements");
    return PickleNode{PickleStorage{element, *key, *count}};
}

Result<void> TorchVocabulary::set_state(PickleNode& object, const PickleNode& state) {
    if (std::holds_alternative<PickleDict>(object.value)) {
        // A module's state_dict() carries version numbers of its submodules in an attribute.
        const auto* attributes = std::get_if<PickleDict>(&state.value);
        const auto is_metadata = [](const auto& item) {
            const auto* name = std::get_if<std::string>(&item.first->value);
            return name != nullptr && *name == "_metadata";
        };
        if (attributes != nullptr && attributes->items.size() == 1 && is_metadata(attributes->items.front()))
            return {};
        return refused("a dict with attributes other than _metadata");
    }
    if (std::holds_alternative<PickleNumberType>(object.value)) {
        const auto* tuple = std::get_if<PickleTuple>(&state.value);
        const auto* order = tuple == nullptr ? nullptr : as<std::string>(tuple->items, 1);
        if (order != nullptr && (*order == "<" || *order == "|" || *order == "=")) return {};
        return refused("a numpy.dtype that is not little-endian");
    }
    return refused("state for an object that takes none");
}

}  // namespace spineseg

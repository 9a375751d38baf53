// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/volume_files/metaimage_header.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "worker/volume_files/unreadable.h"

namespace spineseg {
namespace {

constexpr std::size_t kLongestHeader = 65536;
constexpr std::size_t kMostFields = 256;

using Fields = std::map<std::string, std::string, std::less<>>;

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r";
    const auto begin = text.find_first_not_of(kSpace);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

struct FieldBlock {
    Fields fields;
    std::size_t end = 0;  ///< offset of the byte after the line break that ends ElementDataFile
};

/// "Key = value" lines up to and including ElementDataFile, which MetaIO defines to be the last.
Result<FieldBlock> split_fields(std::string_view text) {
    FieldBlock block;
    while (block.fields.size() < kMostFields) {
        const auto line_end = text.find('\n', block.end);
        if (line_end == std::string_view::npos) break;
        const auto line = text.substr(block.end, line_end - block.end);
        block.end = line_end + 1;
        const auto equals = line.find('=');
        if (equals == std::string_view::npos) {
            if (trimmed(line).empty()) continue;
            return unreadable("not a MetaImage: a header line has no '='");
        }
        const std::string key(trimmed(line.substr(0, equals)));
        if (!block.fields.emplace(key, trimmed(line.substr(equals + 1))).second) {
            return unreadable("the header states " + key + " twice");
        }
        if (key == "ElementDataFile") return block;
    }
    return unreadable("not a MetaImage: no ElementDataFile in its header");
}

template <typename T>
std::optional<std::vector<T>> numbers(std::string_view text) {
    std::vector<T> values;
    for (text = trimmed(text); !text.empty(); text = trimmed(text)) {
        T value{};
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc() || values.size() == 16) return std::nullopt;
        values.push_back(value);
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        if (!text.empty() && text.front() != ' ' && text.front() != '\t') return std::nullopt;
    }
    return values;
}

/// The value of the first of these synonyms that is there.
std::optional<std::string_view> find(const Fields& fields, std::initializer_list<std::string_view> names) {
    for (const auto name : names) {
        if (const auto field = fields.find(name); field != fields.end()) return field->second;
    }
    return std::nullopt;
}

/// `count` numbers, or the fallback where the field is absent and has one.
template <typename T>
Result<std::vector<T>> numbers_of(const Fields& fields, std::initializer_list<std::string_view> names,
                                  std::size_t count, std::optional<std::vector<T>> fallback = std::nullopt) {
    const auto text = find(fields, names);
    const std::string name(*names.begin());
    if (!text && fallback) return *fallback;
    if (!text) return unreadable("the header has no " + name);
    auto values = numbers<T>(*text);
    if (!values || values->size() != count)
        return unreadable(name + " is not " + std::to_string(count) + " numbers");
    return *values;
}

Result<bool> flag_of(const Fields& fields, std::initializer_list<std::string_view> names, bool fallback) {
    const auto text = find(fields, names);
    if (!text) return fallback;
    if (*text == "True" || *text == "true" || *text == "1") return true;
    if (*text == "False" || *text == "false" || *text == "0") return false;
    return unreadable(std::string(*names.begin()) + " is neither True nor False");
}

std::optional<ScalarType> scalar_type(std::string_view name) {
    using enum ScalarType;
    // MetaIO's metaTypes.h: LONG is four bytes on disk whatever the machine, LONG_LONG eight.
    static const std::map<std::string_view, ScalarType> kTypes{
        {"MET_CHAR", int8},      {"MET_UCHAR", uint8},     {"MET_SHORT", int16},
        {"MET_USHORT", uint16},  {"MET_INT", int32},       {"MET_UINT", uint32},
        {"MET_LONG", int32},     {"MET_ULONG", uint32},    {"MET_FLOAT", float32},
        {"MET_DOUBLE", float64}, {"MET_LONG_LONG", int64}, {"MET_ULONG_LONG", uint64}};
    const auto entry = kTypes.find(name);
    return entry == kTypes.end() ? std::nullopt : std::optional(entry->second);
}

/// What kind of MetaImage it is: everything that we do not read is named.
Result<void> check_kind(const Fields& fields) {
    if (const auto type = find(fields, {"ObjectType"}); type && *type != "Image") {
        return unreadable("ObjectType is not Image");
    }
    const auto dimensions = numbers_of<std::int64_t>(fields, {"NDims"}, 1);
    if (!dimensions) return failure(dimensions.error());
    if (dimensions->front() != 3) return unreadable("NDims is not 3");
    const auto binary = flag_of(fields, {"BinaryData"}, true);
    if (!binary) return failure(binary.error());
    if (!*binary) return unreadable("voxels written as text are not supported");
    const auto channels =
        numbers_of<std::int64_t>(fields, {"ElementNumberOfChannels"}, 1, std::vector<std::int64_t>{1});
    if (!channels) return failure(channels.error());
    if (channels->front() != 1) return unreadable("more than one channel");
    const auto skipped = numbers_of<std::int64_t>(fields, {"HeaderSize"}, 1, std::vector<std::int64_t>{0});
    if (!skipped) return failure(skipped.error());
    if (skipped->front() != 0) return unreadable("HeaderSize is not supported");
    if (find(fields, {"ElementDataFile"}) != "LOCAL") {
        return unreadable("its voxels lie in another file (ElementDataFile is not LOCAL)");
    }
    return {};
}

/// Row i of TransformMatrix is the direction of axis i, in LPS: MetaImageIO of ITK writes its direction
/// matrix transposed. AnatomicalOrientation repeats the matrix in letters and is ignored, as ITK ignores it.
Result<Geometry> parse_geometry(const Fields& fields) {
    const auto size = numbers_of<std::int64_t>(fields, {"DimSize"}, 3);
    if (!size) return failure(size.error());
    auto geometry = sized((*size)[0], (*size)[1], (*size)[2]);
    if (!geometry) return geometry;
    if (!find(fields, {"ElementSpacing", "ElementSize"}))
        return unreadable(
            "the header has no ElementSpacing, so the size of the voxels is unknown; add the line "
            "\"ElementSpacing = COLUMN ROW SLICE\" in mm above ElementDataFile");
    const auto spacing = numbers_of<double>(fields, {"ElementSpacing", "ElementSize"}, 3);
    if (!spacing) return failure(spacing.error());
    const auto offset =
        numbers_of<double>(fields, {"Offset", "Position", "Origin"}, 3, std::vector{0.0, 0.0, 0.0});
    if (!offset) return failure(offset.error());
    const auto matrix = numbers_of<double>(fields, {"TransformMatrix", "Rotation", "Orientation"}, 9,
                                           std::vector<double>{1, 0, 0, 0, 1, 0, 0, 0, 1});
    if (!matrix) return failure(matrix.error());
    const auto& m = *matrix;
    geometry->column_spacing = (*spacing)[0];
    geometry->row_spacing = (*spacing)[1];
    geometry->slice_spacing = (*spacing)[2];
    geometry->origin = {(*offset)[0], (*offset)[1], (*offset)[2]};
    geometry->row_direction = {m[0], m[1], m[2]};
    geometry->column_direction = {m[3], m[4], m[5]};
    geometry->slice_direction = {m[6], m[7], m[8]};
    return checked(*geometry);
}

Result<VoxelEncoding> parse_encoding(const Fields& fields) {
    const auto name = find(fields, {"ElementType"});
    if (!name) return unreadable("the header has no ElementType");
    const auto type = scalar_type(*name);
    if (!type)
        return unreadable("the element type " + std::string(name->substr(0, 40)) + " is not a real scalar");
    const auto big_endian = flag_of(fields, {"BinaryDataByteOrderMSB", "ElementByteOrderMSB"}, false);
    if (!big_endian) return failure(big_endian.error());
    const auto slope = numbers_of<double>(fields, {"ElementToIntensityFunctionSlope"}, 1, std::vector{1.0});
    if (!slope) return failure(slope.error());
    const auto intercept =
        numbers_of<double>(fields, {"ElementToIntensityFunctionOffset"}, 1, std::vector{0.0});
    if (!intercept) return failure(intercept.error());
    return VoxelEncoding{
        .type = *type, .big_endian = *big_endian, .slope = slope->front(), .intercept = intercept->front()};
}

}  // namespace

Result<MetaImageHeader> parse_metaimage_header(std::span<const std::byte> file) {
    const auto head = file.first(std::min(file.size(), kLongestHeader));
    const auto block = split_fields({reinterpret_cast<const char*>(head.data()), head.size()});
    if (!block) return failure(block.error());
    if (const auto kind = check_kind(block->fields); !kind) return failure(kind.error());
    const auto geometry = parse_geometry(block->fields);
    if (!geometry) return failure(geometry.error());
    const auto encoding = parse_encoding(block->fields);
    if (!encoding) return failure(encoding.error());
    const auto compressed = flag_of(block->fields, {"CompressedData"}, false);
    if (!compressed) return failure(compressed.error());
    const auto bytes =
        numbers_of<std::int64_t>(block->fields, {"CompressedDataSize"}, 1, std::vector<std::int64_t>{0});
    if (!bytes) return failure(bytes.error());
    if (bytes->front() < 0) return unreadable("CompressedDataSize is negative");
    return MetaImageHeader{.geometry = *geometry,
                           .encoding = *encoding,
                           .compressed = *compressed,
                           .compressed_bytes = static_cast<std::size_t>(bytes->front()),
                           .data_offset = block->end};
}

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/result_gate/elements.h"

namespace spineseg {
namespace {

constexpr DicomTag kTrailingPadding = 0xfffcfffcU;

tl::unexpected<Error> broken(const std::string& what) {
    return failure(ErrorCode::not_dicom, what);
}
tl::unexpected<Error> too_long(const std::string& what) {
    return failure(ErrorCode::truncated_file, what + " reaches beyond what encloses it");
}

/// The bytes of an item without a length, its delimiter included.
Result<std::size_t> open_item_size(Bytes bytes, ElementEncoding encoding, int levels) {
    ElementReader reader(bytes, encoding, levels);
    for (;;) {
        const std::size_t at = reader.place();
        if (bytes.size() - at < 8) return too_long("an item");
        if (tag_at(bytes, at) == kItemEndTag && number_at(bytes, at + 4, 4) == 0) return at + 8;
        if (const auto element = reader.next(); !element) return failure(element.error());
    }
}

/// The bytes of a sequence without a length, its delimiter included.
Result<std::size_t> open_sequence_size(Bytes bytes, ElementEncoding encoding, int levels) {
    if (levels <= 0) return broken("too many levels of sequences");
    for (std::size_t at = 0;;) {
        if (bytes.size() - at < 8) return too_long("a sequence");
        const DicomTag tag = tag_at(bytes, at);
        const std::uint32_t length = number_at(bytes, at + 4, 4);
        at += 8;
        if (tag == kSequenceEndTag && length == 0) return at;
        if (tag != kItemTag) return broken(tag_text(tag) + " stands where an item must");
        if (length == kUndefinedLength) {
            const auto size = open_item_size(bytes.subspan(at), encoding, levels);
            if (!size) return size;
            at += *size;
        } else if (length > bytes.size() - at) {
            return too_long("an item");
        } else {
            at += length;
        }
    }
}

bool begins_with_item(Bytes value) {
    return value.size() >= 8 && tag_at(value, 0) == kItemTag;
}

std::string canonical(const RawElement& element, ElementEncoding encoding, int levels);

/// nullopt: not a list of items.
std::optional<std::string> canonical_items(Bytes value, ElementEncoding encoding, int levels) {
    if (levels <= 0) return std::nullopt;
    std::string text;
    ItemReader items(value, encoding, levels);
    for (;;) {
        const auto item = items.next();
        if (!item) return std::nullopt;
        if (!*item) return text;
        text += "{";
        ElementReader elements((*item)->content, encoding, levels);
        for (;;) {
            const auto element = elements.next();
            if (!element) return std::nullopt;
            if (!*element) break;
            const DicomTag tag = (*element)->tag;
            if ((tag & 0xffffU) == 0 || tag == kTrailingPadding) continue;
            text += tag_text(tag) + canonical(**element, encoding, levels - 1);
        }
        text += "}";
    }
}

/// What has the VR UN is encoded in Implicit VR within (PS3.5 §6.2.2).
std::string canonical(const RawElement& element, ElementEncoding encoding, int levels) {
    if (begins_with_item(element.value)) {
        const auto inner = element.is("UN") ? ElementEncoding::implicit_vr : encoding;
        if (auto items = canonical_items(element.value, inner, levels)) return *items;
    }
    const std::string text = text_value(element.value);
    return std::to_string(text.size()) + ":" + text;
}

}  // namespace

Result<std::optional<RawElement>> ElementReader::next() {
    const std::size_t left = bytes_.size() - place_;
    if (left == 0) return std::nullopt;
    if (left < 8) return too_long("the header of an element");
    RawElement element;
    element.tag = tag_at(bytes_, place_);
    if (element.tag >> 16 == 0xfffeU) return broken(tag_text(element.tag) + " is no element");
    std::size_t header = 8;
    std::uint32_t length = number_at(bytes_, place_ + 4, 4);
    if (encoding_ == ElementEncoding::explicit_vr) {
        element.vr = {static_cast<char>(bytes_[place_ + 4]), static_cast<char>(bytes_[place_ + 5])};
        if (!is_vr(element.vr)) return broken(tag_text(element.tag) + " has no VR");
        const bool wide = has_long_length(element.vr);
        if (wide && left < 12) return too_long(tag_text(element.tag));
        length = wide ? number_at(bytes_, place_ + 8, 4) : number_at(bytes_, place_ + 6, 2);
        header = wide ? 12 : 8;
    }
    const Bytes rest = bytes_.subspan(place_ + header);
    if (length != kUndefinedLength) {
        if (length > rest.size()) return too_long(tag_text(element.tag));
        element.value = rest.first(length);
        place_ += header + length;
        return element;
    }
    const bool may_be_open = encoding_ == ElementEncoding::implicit_vr || element.is("SQ") ||
                             element.is("UN") || element.tag == kPixelDataTag;
    if (!may_be_open) return broken(tag_text(element.tag) + " has no length");
    const auto inner = element.is("UN") ? ElementEncoding::implicit_vr : encoding_;
    const auto size = open_sequence_size(rest, inner, levels_ - 1);
    if (!size) return failure(size.error());
    element.undefined = true;
    element.value = rest.first(*size - 8);
    place_ += header + *size;
    return element;
}

Result<std::optional<RawItem>> ItemReader::next() {
    const std::size_t left = bytes_.size() - place_;
    if (left == 0) return std::nullopt;
    if (left < 8) return too_long("an item");
    const DicomTag tag = tag_at(bytes_, place_);
    const std::uint32_t length = number_at(bytes_, place_ + 4, 4);
    if (tag != kItemTag) return broken(tag_text(tag) + " stands where an item must");
    const Bytes rest = bytes_.subspan(place_ + 8);
    if (length != kUndefinedLength) {
        if (length > rest.size()) return too_long("an item");
        place_ += 8 + length;
        return RawItem{rest.first(length), false};
    }
    const auto size = open_item_size(rest, encoding_, levels_ - 1);
    if (!size) return failure(size.error());
    place_ += 8 + *size;
    return RawItem{rest.first(*size - 8), true};
}

std::string text_value(Bytes value) {
    std::size_t size = value.size();
    while (size > 0 && (value[size - 1] == ' ' || value[size - 1] == 0)) --size;
    return {value.begin(), value.begin() + static_cast<std::ptrdiff_t>(size)};
}

std::string canonical_value(const RawElement& element, ElementEncoding encoding) {
    return canonical(element, encoding, kMostElementLevels);
}

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/read/structure_check.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <vector>

#include "core/dicom_encoding.h"

namespace spineseg::dicom {
namespace {

constexpr std::size_t kPreamble = 128;
constexpr std::uint32_t kMetaLength = 0x00020000;
constexpr std::uint32_t kTransferSyntaxUid = 0x00020010;

enum class Kind { item, sequence, fragments };

struct ElementEncoding {
    bool explicit_vr = true;
    bool big_endian = false;
};

/// What is open at the current position. `end` is the enclosing end where the length is undefined.
struct Container {
    Kind kind;
    std::size_t end;
    bool undefined;
    ElementEncoding encoding;
};

struct Element {
    std::uint32_t tag = 0;
    std::string_view vr;
    std::uint32_t length = 0;
    std::size_t value = 0;  ///< position of the value
};

class Walk {
  public:
    Walk(std::span<const std::uint8_t> bytes, const std::string& name, const StructureLimits& limits)
        : bytes_(bytes), name_(name), limits_(limits) {}

    Result<MetaHeader> meta_header();
    Result<void> dataset(std::size_t begin, const ElementEncoding& encoding);
    std::size_t elements() const { return elements_; }

  private:
    tl::unexpected<Error> malformed(const std::string& what) const {
        return failure(ErrorCode::not_dicom, name_ + ": " + what + " at byte " + std::to_string(at_));
    }
    tl::unexpected<Error> cut() const {
        return failure(ErrorCode::truncated_file, name_ + " ends early, at byte " + std::to_string(at_));
    }
    std::uint32_t u16(std::size_t at, bool big_endian) const;
    std::uint32_t u32(std::size_t at, bool big_endian) const;
    bool begins_with_item(const Element& element, const ElementEncoding& encoding) const;
    Result<Element> element(std::size_t end, const ElementEncoding& encoding) const;
    Result<void> delimiter(const Element& element);
    Result<void> enter(const Element& element);
    Result<void> open(Kind kind, const Element& element, const ElementEncoding& encoding);

    std::span<const std::uint8_t> bytes_;
    const std::string& name_;
    StructureLimits limits_;
    std::size_t at_ = 0;
    std::size_t elements_ = 0;
    std::vector<Container> open_;
};

std::uint32_t Walk::u16(std::size_t at, bool big_endian) const {
    const std::uint32_t first = bytes_[at], second = bytes_[at + 1];
    return big_endian ? first << 8 | second : second << 8 | first;
}

std::uint32_t Walk::u32(std::size_t at, bool big_endian) const {
    const std::uint32_t first = u16(at, big_endian), second = u16(at + 2, big_endian);
    return big_endian ? first << 16 | second : second << 16 | first;
}

/// The header of the element at the current position, delimiters and items included (they have no VR).
Result<Element> Walk::element(std::size_t end, const ElementEncoding& encoding) const {
    if (end - at_ < 8) return cut();
    Element element;
    element.tag = u16(at_, encoding.big_endian) << 16 | u16(at_ + 2, encoding.big_endian);
    if (!encoding.explicit_vr || element.tag >> 16 == 0xfffe) {
        element.length = u32(at_ + 4, encoding.big_endian);
        element.value = at_ + 8;
        return element;
    }
    element.vr = {reinterpret_cast<const char*>(bytes_.data() + at_ + 4), 2};
    const VrLength length = length_of_vr(element.vr);
    if (length == VrLength::not_in_the_standard) return malformed("unknown value representation");
    if (length == VrLength::bits_16) {
        element.length = u16(at_ + 6, encoding.big_endian);
        element.value = at_ + 8;
        return element;
    }
    if (end - at_ < 12) return cut();
    element.length = u32(at_ + 8, encoding.big_endian);
    element.value = at_ + 12;
    return element;
}

bool Walk::begins_with_item(const Element& element, const ElementEncoding& encoding) const {
    return element.length >= 8 && element.length != kUndefinedLength && bytes_.size() - element.value >= 8 &&
           (u16(element.value, encoding.big_endian) << 16 | u16(element.value + 2, encoding.big_endian)) ==
               kItemTag;
}

Result<void> Walk::open(Kind kind, const Element& element, const ElementEncoding& encoding) {
    const std::size_t limit = open_.empty() ? bytes_.size() : open_.back().end;
    const bool undefined = element.length == kUndefinedLength;
    if (!undefined && element.length > limit - element.value) return cut();
    if (open_.size() >= limits_.max_depth) return malformed("too deeply nested sequences");
    open_.push_back({kind, undefined ? limit : element.value + element.length, undefined, encoding});
    at_ = element.value;
    return {};
}

Result<void> Walk::delimiter(const Element& element) {
    const Container& top = open_.back();
    if (element.tag == kItemTag) {
        if (top.kind == Kind::sequence) return open(Kind::item, element, top.encoding);
        if (top.kind == Kind::item) return malformed("an item outside a sequence");
        if (element.length == kUndefinedLength || element.length > top.end - element.value) return cut();
        at_ = element.value + element.length;
        return {};
    }
    const bool ends_item = element.tag == kItemEndTag && top.kind == Kind::item;
    const bool ends_sequence = element.tag == kSequenceEndTag && top.kind != Kind::item;
    if (!(ends_item || ends_sequence) || !top.undefined || element.length != 0)
        return malformed("a stray delimiter");
    open_.pop_back();
    at_ = element.value;
    return {};
}

/// Steps over a value, or into it where DCMTK would: sequences by VR, undefined lengths, and everything that
/// could be a sequence by its dictionary (unknown or implicit VR) because it begins with an item.
Result<void> Walk::enter(const Element& element) {
    const Container& top = open_.back();
    if (top.kind != Kind::item) return malformed("an element where an item must be");
    const ElementEncoding implicit_little{false, false};
    const bool undefined = element.length == kUndefinedLength;
    const bool other_bytes = element.vr == "OB" || element.vr == "OW";
    if (element.tag == kPixelDataTag && undefined) return open(Kind::fragments, element, top.encoding);
    if (element.vr == "SQ" || (undefined && other_bytes)) return open(Kind::sequence, element, top.encoding);
    if (element.vr == "UN" && (undefined || begins_with_item(element, implicit_little)))
        return open(Kind::sequence, element, implicit_little);
    const bool may_be_sequence = element.vr.empty() && element.tag != kPixelDataTag;
    if (may_be_sequence && (undefined || begins_with_item(element, top.encoding)))
        return open(Kind::sequence, element, top.encoding);
    if (undefined) return malformed("an undefined length where none may be");
    if (element.length > top.end - element.value) return cut();
    at_ = element.value + element.length;
    return {};
}

Result<MetaHeader> Walk::meta_header() {
    if (!is_part10_file(bytes_)) return failure(ErrorCode::not_dicom, name_ + " is not a DICOM Part 10 file");
    at_ = kPreamble + 4;
    std::string transfer_syntax;
    std::size_t promised_end = 0;
    // Always Explicit VR Little Endian (PS3.10 7.1); the group ends where another one begins.
    while (bytes_.size() - at_ >= 8 && u16(at_, false) == 0x0002) {
        const auto next = element(bytes_.size(), {});
        if (!next) return failure(next.error());
        if (next->vr == "SQ" || next->vr == "UN" || next->length == kUndefinedLength)
            return malformed("a meta header that is not valid");
        if (next->length > bytes_.size() - next->value) return cut();
        if (next->tag == kMetaLength) {
            // DCMTK takes the first four bytes of a group length of any length, and only of the first element.
            if (at_ != kPreamble + 4 || next->vr != "UL" || next->length != 4)
                return malformed("a meta header whose length is not one number at its beginning");
            promised_end = next->value + 4 + u32(next->value, false);
        }
        if (next->tag == kTransferSyntaxUid)
            transfer_syntax.assign(reinterpret_cast<const char*>(bytes_.data() + next->value), next->length);
        at_ = next->value + next->length;
    }
    while (!transfer_syntax.empty() && (transfer_syntax.back() == '\0' || transfer_syntax.back() == ' '))
        transfer_syntax.pop_back();
    if (transfer_syntax.empty()) return malformed("no transfer syntax in the meta header");
    // DCMTK believes the group length; where it lies, we would not walk the elements that DCMTK reads.
    if (promised_end != 0 && promised_end != at_)
        return malformed("a meta header of another length than it says");
    return MetaHeader{transfer_syntax, at_};
}

Result<void> Walk::dataset(std::size_t begin, const ElementEncoding& encoding) {
    at_ = begin;
    open_.push_back({Kind::item, bytes_.size(), false, encoding});
    while (!open_.empty()) {
        const Container top = open_.back();
        if (!top.undefined && at_ == top.end) {
            open_.pop_back();
            continue;
        }
        const auto next = element(top.end, top.encoding);
        if (!next) return failure(next.error());
        if (++elements_ > limits_.max_elements) return malformed("too many elements");
        auto stepped = next->tag >> 16 == 0xfffe ? delimiter(*next) : enter(*next);
        if (!stepped) return stepped;
    }
    return {};
}

}  // namespace

bool is_part10_file(std::span<const std::uint8_t> file) {
    return file.size() >= kPreamble + 4 && std::memcmp(file.data() + kPreamble, "DICM", 4) == 0;
}

Result<MetaHeader> read_meta_header(std::span<const std::uint8_t> file, const std::string& name) {
    return Walk(file, name, {}).meta_header();
}

Result<std::size_t> check_structure(std::span<const std::uint8_t> file, const MetaHeader& meta,
                                    const std::string& name, const StructureLimits& limits) {
    // The two that are not Explicit VR Little Endian (PS3.5 A.1, A.3); compressed pixels all are.
    const ElementEncoding encoding{meta.transfer_syntax_uid != "1.2.840.10008.1.2",
                                   meta.transfer_syntax_uid == "1.2.840.10008.1.2.2"};
    Walk walk(file, name, limits);
    if (auto sound = walk.dataset(meta.dataset_begin, encoding); !sound) return failure(sound.error());
    return walk.elements();
}

}  // namespace spineseg::dicom

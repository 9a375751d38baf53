// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/part10_cursor.h"

#include <algorithm>
#include <string_view>

namespace spineseg {
namespace {

constexpr std::size_t kPreamble = 128;
constexpr DicomTag kTransferSyntax = 0x00020010U;

std::uint32_t group_of(DicomTag tag) {
    return tag >> 16;
}

bool is(std::array<char, 2> vr, std::string_view name) {
    return std::string_view(vr.data(), 2) == name;
}

tl::unexpected<Error> cut_off(const std::string& what) {
    return failure(ErrorCode::truncated_file, what + " reaches beyond what encloses it");
}

/// Datasets in Explicit VR Little Endian, whatever their pixel data are encoded in (PS3.5 §10, §A.4).
bool is_explicit_little_endian(const std::string& uid) {
    if (uid == "1.2.840.10008.1.2.1" || uid == "1.2.840.10008.1.2.5") return true;
    return uid.starts_with("1.2.840.10008.1.2.4.");
}

}  // namespace

Result<Part10Cursor> Part10Cursor::open(std::span<const std::uint8_t> file) {
    Part10Cursor cursor(file);
    const std::string_view magic = "DICM";
    if (file.size() < kPreamble + magic.size() ||
        !std::equal(magic.begin(), magic.end(), file.begin() + kPreamble))
        return failure(ErrorCode::not_dicom, "no DICOM Part 10 header");
    cursor.place_ = kPreamble + magic.size();
    if (auto read = cursor.read_meta(); !read) return failure(read.error());
    return cursor;
}

Result<void> Part10Cursor::read_meta() {
    while (left() >= 2 && number_at(file_, place_, 2) == 2) {
        const auto header = read_header();
        if (!header) return failure(header.error());
        if (header->length > left()) return cut_off(tag_text(header->tag));
        if (header->tag == kTransferSyntax)
            for (std::size_t i = 0; i < header->length && file_[place_ + i] != 0; ++i)
                transfer_syntax_ += static_cast<char>(file_[place_ + i]);
        place_ += header->length;
    }
    if (!is_explicit_little_endian(transfer_syntax_))
        return failure(ErrorCode::unsupported_transfer_syntax, "not in Explicit VR Little Endian");
    return {};
}

Result<Part10Cursor::Header> Part10Cursor::read_header() {
    if (left() < 8) return cut_off("the header of an element");
    Header header;
    header.tag = tag_at(file_, place_);
    header.vr = {static_cast<char>(file_[place_ + 4]), static_cast<char>(file_[place_ + 5])};
    if (group_of(header.tag) == 0xfffe || !is_vr(header.vr))
        return failure(ErrorCode::not_dicom, tag_text(header.tag) + " is no element with a VR");
    if (!has_long_length(header.vr)) {
        header.length = number_at(file_, place_ + 6, 2);
        place_ += 8;
        return header;
    }
    if (left() < 12) return cut_off(tag_text(header.tag));
    header.length = number_at(file_, place_ + 8, 4);
    place_ += 12;
    return header;
}

Result<Part10Event> Part10Cursor::next() {
    using enum Part10Event::Kind;
    if (levels_.empty()) return left() == 0 ? Part10Event{} : next_element();
    const Level level = levels_.back();
    if (level.has_end && place_ == level.end) {
        levels_.pop_back();
        return Part10Event{level.is_item ? end_item : end_sequence, level.tag};
    }
    return level.is_item ? next_element() : next_item();
}

Result<Part10Event> Part10Cursor::next_item() {
    if (left() < 8) return cut_off("an item");
    const Level sequence = levels_.back();
    const DicomTag tag = tag_at(file_, place_);
    const std::uint32_t length = number_at(file_, place_ + 4, 4);
    place_ += 8;
    if (tag == kSequenceEndTag && !sequence.has_end && length == 0) {
        levels_.pop_back();
        return Part10Event{Part10Event::Kind::end_sequence, sequence.tag};
    }
    if (tag != kItemTag) return failure(ErrorCode::not_dicom, tag_text(tag) + " is where an item must be");
    if (length != kUndefinedLength && length > left()) return cut_off("an item");
    const bool defined = length != kUndefinedLength;
    if (auto entered = enter({true, defined, defined ? place_ + length : end(), 0}); !entered)
        return failure(entered.error());
    return Part10Event{Part10Event::Kind::begin_item};
}

Result<Part10Event> Part10Cursor::next_element() {
    const bool open_item = !levels_.empty() && !levels_.back().has_end;
    if (open_item && left() >= 8 && tag_at(file_, place_) == kItemEndTag &&
        number_at(file_, place_ + 4, 4) == 0) {
        place_ += 8;
        levels_.pop_back();
        return Part10Event{Part10Event::Kind::end_item};
    }
    const auto header = read_header();
    if (!header) return failure(header.error());
    const bool defined = header->length != kUndefinedLength;
    if (defined && header->length > left()) return cut_off(tag_text(header->tag));
    if (is(header->vr, "SQ")) {
        if (auto entered = enter({false, defined, defined ? place_ + header->length : end(), header->tag});
            !entered)
            return failure(entered.error());
        return Part10Event{Part10Event::Kind::begin_sequence, header->tag};
    }
    if (!defined) return encapsulated(*header);
    const auto value = file_.subspan(place_, header->length);
    place_ += header->length;
    return Part10Event{Part10Event::Kind::element, header->tag, header->vr, value};
}

/// Pixel data in fragments (PS3.5 §A.4); nothing else may have an undefined length here.
Result<Part10Event> Part10Cursor::encapsulated(const Header& header) {
    if (header.tag != kPixelDataTag || !levels_.empty() || !(is(header.vr, "OB") || is(header.vr, "OW")))
        return failure(ErrorCode::not_dicom, tag_text(header.tag) + " has no length");
    const std::size_t begin = place_;
    while (left() >= 8) {
        const DicomTag tag = tag_at(file_, place_);
        const std::uint32_t length = number_at(file_, place_ + 4, 4);
        place_ += 8;
        if (tag == kSequenceEndTag && length == 0)
            return Part10Event{Part10Event::Kind::element, header.tag, header.vr,
                               file_.subspan(begin, place_ - begin)};
        if (tag != kItemTag) return failure(ErrorCode::not_dicom, "a fragment of pixel data is damaged");
        if (length > left()) break;
        place_ += length;
    }
    return cut_off("a fragment of pixel data");
}

Result<void> Part10Cursor::enter(const Level& level) {
    if (levels_.size() >= kMostLevels)
        return failure(ErrorCode::not_dicom,
                       "more than " + std::to_string(kMostLevels) + " levels of sequences and items");
    levels_.push_back(level);
    return {};
}

DicomTag Part10Cursor::enclosing_sequence() const {
    for (auto level = levels_.rbegin(); level != levels_.rend(); ++level)
        if (!level->is_item) return level->tag;
    return 0;
}

std::string Part10Cursor::path() const {
    std::string text;
    for (const Level& level : levels_)
        if (!level.is_item) text += tag_text(level.tag) + "/";
    return text;
}

}  // namespace spineseg

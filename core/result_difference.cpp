// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/result_difference.h"

#include <algorithm>
#include <array>

#include "core/part10_cursor.h"

namespace spineseg {
namespace {

constexpr DicomTag kContributingEquipment = 0x0018a001U;
constexpr DicomTag kContributionDateTime = 0x0018a002U;
constexpr std::array<DicomTag, 8> kTimes{0x00080012U, 0x00080013U, 0x00080021U, 0x00080023U,
                                         0x00080031U, 0x00080033U, 0x00181012U, 0x00181014U};
/// Photometric Interpretation, Planar Configuration, Pixel Data: what lossless compression may change.
constexpr std::array<DicomTag, 3> kPixelLayout{0x00280004U, 0x00280006U, 0x7fe00010U};

template <std::size_t N>
bool holds_tag(const std::array<DicomTag, N>& tags, DicomTag tag) {
    return std::find(tags.begin(), tags.end(), tag) != tags.end();
}

/// The next event that counts.
Result<Part10Event> next_that_counts(Part10Cursor& cursor, bool without_pixels) {
    for (;;) {
        auto event = cursor.next();
        if (!event || event->kind != Part10Event::Kind::element) return event;
        const DicomTag enclosing = cursor.enclosing_sequence();
        if (is_time_of_analysis(event->tag, enclosing)) continue;
        if (without_pixels && enclosing == 0 && holds_tag(kPixelLayout, event->tag)) continue;
        return event;
    }
}

bool equal(const Part10Event& a, const Part10Event& b) {
    return a.kind == b.kind && a.tag == b.tag && a.vr == b.vr &&
           std::equal(a.value.begin(), a.value.end(), b.value.begin(), b.value.end());
}

std::string place_of(const Part10Event& event, const Part10Cursor& cursor) {
    if (event.kind == Part10Event::Kind::element) return cursor.path() + tag_text(event.tag);
    if (event.kind == Part10Event::Kind::end_of_file) return "the end of the file";
    const std::string path = cursor.path();
    return path.empty() ? tag_text(event.tag) : path.substr(0, path.size() - 1);
}

}  // namespace

bool is_time_of_analysis(std::uint32_t tag, std::uint32_t enclosing) {
    if (enclosing == 0) return holds_tag(kTimes, tag);
    return enclosing == kContributingEquipment && tag == kContributionDateTime;
}

Result<std::optional<std::string>> result_difference(std::span<const std::uint8_t> ours,
                                                     std::span<const std::uint8_t> theirs) {
    auto a = Part10Cursor::open(ours);
    if (!a) return failure(a.error());
    auto b = Part10Cursor::open(theirs);
    if (!b) return failure(b.error());
    const bool without_pixels = a->transfer_syntax() != b->transfer_syntax();
    for (;;) {
        const auto from_a = next_that_counts(*a, without_pixels);
        if (!from_a) return failure(from_a.error());
        const auto from_b = next_that_counts(*b, without_pixels);
        if (!from_b) return failure(from_b.error());
        if (!equal(*from_a, *from_b)) return place_of(*from_a, *a);
        if (from_a->kind == Part10Event::Kind::end_of_file) return std::nullopt;
    }
}

}  // namespace spineseg

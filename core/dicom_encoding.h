// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How little-endian DICOM encodes tags, lengths and value representations (PS3.5 §7.1 and §7.5). Pure; any thread.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace spineseg {

/// Group in the upper, element in the lower 16 bits.
using DicomTag = std::uint32_t;

inline constexpr DicomTag kItemTag = 0xfffee000U;
inline constexpr DicomTag kItemEndTag = 0xfffee00dU;
inline constexpr DicomTag kSequenceEndTag = 0xfffee0ddU;
inline constexpr DicomTag kPixelDataTag = 0x7fe00010U;
inline constexpr std::uint32_t kUndefinedLength = 0xffffffffU;

/// The number of `size` bytes, at most 4, at `at`. The caller has checked that they are there.
inline std::uint32_t number_at(std::span<const std::uint8_t> bytes, std::size_t at, std::size_t size) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) value |= static_cast<std::uint32_t>(bytes[at + i]) << (8 * i);
    return value;
}

/// The tag in the four bytes at `at`. The caller has checked that they are there.
inline DicomTag tag_at(std::span<const std::uint8_t> bytes, std::size_t at) {
    return number_at(bytes, at, 2) << 16 | number_at(bytes, at + 2, 2);
}

/// "(0008,0018)".
std::string tag_text(DicomTag tag);

/// Two reserved bytes and a length of 32 bits: all but those that the standard lists (PS3.5 §7.1.2), so also VRs that
/// are not known here. DCMTK reads them so, too.
inline bool has_long_length(std::array<char, 2> vr) {
    static constexpr std::array<std::string_view, 21> kShort{"AE", "AS", "AT", "CS", "DA", "DS", "DT",
                                                             "FD", "FL", "IS", "LO", "LT", "PN", "SH",
                                                             "SL", "SS", "ST", "TM", "UI", "UL", "US"};
    return std::find(kShort.begin(), kShort.end(), std::string_view(vr.data(), vr.size())) == kShort.end();
}

/// Two capital letters.
inline bool is_vr(std::array<char, 2> vr) {
    return std::all_of(vr.begin(), vr.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace spineseg

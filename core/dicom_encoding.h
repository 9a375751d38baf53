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

/// How an explicit VR's length is encoded (PS3.5 §7.1.2): in 16 bits, or in 32 bits after two reserved bytes.
enum class VrLength { bits_16, bits_32, not_in_the_standard };
VrLength length_of_vr(std::string_view vr);

/// VRs that the standard does not list have the long length, too: DCMTK reads them so.
inline bool has_long_length(std::array<char, 2> vr) {
    return length_of_vr({vr.data(), vr.size()}) != VrLength::bits_16;
}

/// Two capital letters.
inline bool is_vr(std::array<char, 2> vr) {
    return std::all_of(vr.begin(), vr.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace spineseg

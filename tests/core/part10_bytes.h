// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// DICOM files in Explicit VR Little Endian, byte by byte, for the tests of what reads them without DCMTK.

#include <cstdint>
#include <string>
#include <vector>

namespace spineseg::part10_bytes {

inline std::string little_endian(std::uint32_t number, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(number >> (8 * i) & 0xff);
    return text;
}

inline std::string tag_bytes(std::uint32_t tag) {
    return little_endian(tag >> 16, 2) + little_endian(tag & 0xffff, 2);
}

/// VRs with a length of 16 bits.
inline std::string short_element(std::uint32_t tag, const std::string& vr, const std::string& value) {
    return tag_bytes(tag) + vr + little_endian(static_cast<std::uint32_t>(value.size()), 2) + value;
}

inline std::string long_element(std::uint32_t tag, const std::string& vr, const std::string& value) {
    return tag_bytes(tag) + vr + std::string(2, '\0') +
           little_endian(static_cast<std::uint32_t>(value.size()), 4) + value;
}

/// A sequence with these items, all lengths defined or all undefined.
inline std::string sequence(std::uint32_t tag, const std::vector<std::string>& items, bool defined = true) {
    const std::string open = "\xff\xff\xff\xff";
    std::string content;
    for (const auto& item : items) {
        content += tag_bytes(0xfffee000);
        if (defined)
            content += little_endian(static_cast<std::uint32_t>(item.size()), 4) + item;
        else
            content += open + item + tag_bytes(0xfffee00d) + std::string(4, '\0');
    }
    if (defined) return long_element(tag, "SQ", content);
    return tag_bytes(tag) + "SQ" + std::string(2, '\0') + open + content + tag_bytes(0xfffee0dd) +
           std::string(4, '\0');
}

inline std::vector<std::uint8_t> part10(const std::string& dataset,
                                        const std::string& transfer_syntax = "1.2.840.10008.1.2.1") {
    std::string uid = transfer_syntax;
    if (uid.size() % 2 != 0) uid += '\0';
    const std::string file = std::string(128, '\0') + "DICM" + short_element(0x00020010, "UI", uid) + dataset;
    return {file.begin(), file.end()};
}

}  // namespace spineseg::part10_bytes

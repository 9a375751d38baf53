// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/printable_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <utility>

namespace spineseg {
namespace {

constexpr std::string_view kCut = "…";

using CodePoints = std::pair<std::uint32_t, std::uint32_t>;  ///< from, to

/// Unicode 15.1: the general categories Cc, Cf, Zl and Zp.
constexpr std::array kUnprintable{
    CodePoints{0x0000, 0x001f},   CodePoints{0x007f, 0x009f},   CodePoints{0x00ad, 0x00ad},
    CodePoints{0x0600, 0x0605},   CodePoints{0x061c, 0x061c},   CodePoints{0x06dd, 0x06dd},
    CodePoints{0x070f, 0x070f},   CodePoints{0x0890, 0x0891},   CodePoints{0x08e2, 0x08e2},
    CodePoints{0x180e, 0x180e},   CodePoints{0x200b, 0x200f},   CodePoints{0x2028, 0x202e},
    CodePoints{0x2060, 0x206f},   CodePoints{0xfdd0, 0xfdef},   CodePoints{0xfeff, 0xfeff},
    CodePoints{0xfff9, 0xfffb},   CodePoints{0x110bd, 0x110bd}, CodePoints{0x110cd, 0x110cd},
    CodePoints{0x13430, 0x1343f}, CodePoints{0x1bca0, 0x1bca3}, CodePoints{0x1d173, 0x1d17a},
    CodePoints{0xe0000, 0xe0fff}};

bool is_printable(std::uint32_t code) {
    if (code >= 0x20 && code < 0x7f) return true;
    if ((code & 0xfffe) == 0xfffe) return false;  // noncharacters
    return std::none_of(kUnprintable.begin(), kUnprintable.end(), [code](const CodePoints& range) {
        return code >= range.first && code <= range.second;
    });
}

struct Character {
    std::uint32_t code = 0;
    std::size_t bytes = 0;  ///< 0: the text does not begin with valid UTF-8
};

/// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
Character first_character(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const std::uint32_t lead = byte(0);
    if (lead < 0x80) return {lead, 1};
    const std::size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() < bytes) return {};
    std::uint32_t code = lead & (0x7fu >> bytes);
    for (std::size_t i = 1; i < bytes; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return {};
        code = code << 6 | (byte(i) & 0x3fu);
    }
    constexpr std::array<std::uint32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
    if (code < kLeast.at(bytes) || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return {};
    return {code, bytes};
}

std::string escaped(std::uint32_t code) {
    switch (code) {
        case '\n':
            return "\\n";
        case '\r':
            return "\\r";
        case '\t':
            return "\\t";
        default:
            break;
    }
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(),
                  code < 0x80      ? "\\x%02x"
                  : code <= 0xffff ? "\\u%04x"
                                   : "\\U%08x",
                  static_cast<unsigned>(code));
    return text.data();
}

std::string escaped_byte(char byte) {
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "\\x%02x",
                  static_cast<unsigned>(static_cast<std::uint8_t>(byte)));
    return text.data();
}

}  // namespace

bool is_plain(std::string_view text, std::size_t most) {
    return text.size() <= std::max<std::size_t>(most, 8) &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

std::string printable(std::string_view text, std::size_t most) {
    if (is_plain(text, most)) return std::string(text);
    most = std::max<std::size_t>(most, 8);
    std::string line;
    std::size_t fits = 0;  ///< as much of the line as leaves room for the mark of a cut
    while (!text.empty()) {
        const auto [code, bytes] = first_character(text);
        const std::size_t taken = std::max<std::size_t>(bytes, 1);
        if (bytes == 0)
            line += escaped_byte(text.front());
        else if (is_printable(code))
            line += text.substr(0, bytes);
        else
            line += escaped(code);
        if (line.size() > most) return line.substr(0, fits).append(kCut);
        if (line.size() + kCut.size() <= most) fits = line.size();
        text.remove_prefix(taken);
    }
    return line;
}

std::string in_quotes(std::string_view value, std::size_t most) {
    return "\"" + printable(value, most) + "\"";
}

}  // namespace spineseg

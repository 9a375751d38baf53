// SPDX-License-Identifier: GPL-3.0-or-later
#include "eligibility/text_pattern.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace spineseg {
namespace {

constexpr char32_t kInvalid = 0xFFFFFFFF;

/// One code point; advances. kInvalid (and one byte) for what is not UTF-8.
char32_t decode(std::string_view text, std::size_t& at) {
    const auto lead = static_cast<std::uint8_t>(text[at++]);
    if (lead < 0x80) return lead;
    const int extra = lead >= 0xF0 && lead < 0xF8   ? 3
                      : lead >= 0xE0 && lead < 0xF0 ? 2
                      : lead >= 0xC2 && lead < 0xE0 ? 1
                                                    : 0;
    if (extra == 0 || at + static_cast<std::size_t>(extra) > text.size()) return kInvalid;
    char32_t point = lead & (0x3F >> extra);
    for (int i = 0; i < extra; ++i) {
        const auto byte = static_cast<std::uint8_t>(text[at + static_cast<std::size_t>(i)]);
        if ((byte & 0xC0) != 0x80) return kInvalid;
        point = (point << 6) | (byte & 0x3F);
    }
    at += static_cast<std::size_t>(extra);
    return point;
}

void append_utf8(std::string& out, char32_t point) {
    if (point < 0x80) {
        out += static_cast<char>(point);
    } else if (point < 0x800) {
        out += static_cast<char>(0xC0 | (point >> 6));
        out += static_cast<char>(0x80 | (point & 0x3F));
    } else if (point < 0x10000) {
        out += static_cast<char>(0xE0 | (point >> 12));
        out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
        out += static_cast<char>(0x80 | (point & 0x3F));
    } else {
        out += static_cast<char>(0xF0 | (point >> 18));
        out += static_cast<char>(0x80 | ((point >> 12) & 0x3F));
        out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
        out += static_cast<char>(0x80 | (point & 0x3F));
    }
}

/// Base letters of U+00C0..U+017F (Latin-1 Supplement and Latin Extended-A); a space where there is no single
/// one.
constexpr std::string_view kLatinBase =
    "aaaaaaaceeeeiiiidnooooo ouuuuy saaaaaaaceeeeiiiidnooooo ouuuuy y"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"
    "lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
static_assert(kLatinBase.size() == 0x180 - 0xC0);

/// Greek with tonos and dialytika, U+0386..U+03CE as far as it is accented.
char32_t greek_base(char32_t point) {
    switch (point) {
        case 0x386:
        case 0x3AC:
            return 0x3B1;
        case 0x388:
        case 0x3AD:
            return 0x3B5;
        case 0x389:
        case 0x3AE:
            return 0x3B7;
        case 0x38A:
        case 0x3AA:
        case 0x390:
        case 0x3AF:
        case 0x3CA:
            return 0x3B9;
        case 0x38C:
        case 0x3CC:
            return 0x3BF;
        case 0x38E:
        case 0x3AB:
        case 0x3B0:
        case 0x3CB:
        case 0x3CD:
            return 0x3C5;
        case 0x38F:
        case 0x3CE:
            return 0x3C9;
        case 0x3C2:
            return 0x3C3;
        default:
            return point >= 0x391 && point <= 0x3A9 ? point + 0x20 : point;
    }
}

/// Lower case without accents; 0 for what separates words.
char32_t fold(char32_t point) {
    if (point >= 0xFF01 && point <= 0xFF5E) point -= 0xFEE0;  // full-width forms of Japanese consoles
    if (point < 0x80) {
        if (point >= 'A' && point <= 'Z') return point + 0x20;
        const bool word = (point >= 'a' && point <= 'z') || (point >= '0' && point <= '9');
        return word ? point : 0;
    }
    if (point < 0xC0 || point == 0xD7 || point == 0xF7) return 0;
    if (point < 0x180) {
        const char base = kLatinBase[point - 0xC0];
        return base == ' ' ? 0 : static_cast<char32_t>(base);
    }
    if (point >= 0x218 && point <= 0x21B) return point < 0x21A ? U's' : U't';  // Romanian comma below
    if (point >= 0x300 && point <= 0x36F) return 1;                            // combining accents vanish
    if (point >= 0x386 && point <= 0x3CE) return greek_base(point);
    if (point >= 0x410 && point <= 0x42F) return point + 0x20;
    if (point >= 0x400 && point <= 0x40F) return point + 0x50;
    if ((point >= 0x2000 && point <= 0x206F) || (point >= 0x3000 && point <= 0x3004) || point == 0x30FB)
        return 0;
    return point == kInvalid ? 0 : point;
}

/// `*` matches any run. Linear in text × pattern; both are short.
bool glob(std::string_view pattern, std::string_view text) {
    std::size_t p = 0, t = 0, star = std::string_view::npos, mark = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] != '*' && pattern[p] == text[t]) {
            ++p, ++t;
        } else if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            mark = t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++mark;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

std::vector<std::string> fold_with(std::string_view utf8, bool keep_star) {
    if (utf8.size() > kMaxFoldedBytes) utf8 = utf8.substr(0, kMaxFoldedBytes);
    std::vector<std::string> words;
    std::string word;
    for (std::size_t at = 0; at < utf8.size();) {
        const char32_t point = decode(utf8, at);
        const char32_t folded = keep_star && point == U'*' ? point : fold(point);
        if (folded == 1) continue;
        if (folded != 0) {
            append_utf8(word, folded);
        } else if (!word.empty()) {
            words.push_back(std::exchange(word, {}));
        }
    }
    if (!word.empty()) words.push_back(std::move(word));
    return words;
}

}  // namespace

std::vector<std::string> fold_words(std::string_view utf8) {
    return fold_with(utf8, false);
}

TextPattern::TextPattern(std::string_view pattern) : text_(pattern), globs_(fold_with(pattern, true)) {}

bool TextPattern::matches(const std::vector<std::string>& words) const {
    if (globs_.empty() || globs_.size() > words.size()) return false;
    for (std::size_t first = 0; first + globs_.size() <= words.size(); ++first) {
        const auto offset = words.begin() + static_cast<std::ptrdiff_t>(first);
        if (std::equal(globs_.begin(), globs_.end(), offset,
                       [](const auto& g, const auto& w) { return glob(g, w); }))
            return true;
    }
    return false;
}

const TextPattern* first_match(const std::vector<TextPattern>& patterns,
                               const std::vector<std::string>& words) {
    const auto found = std::find_if(patterns.begin(), patterns.end(),
                                    [&](const TextPattern& p) { return p.matches(words); });
    return found == patterns.end() ? nullptr : &*found;
}

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/image_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "core/decimal_string.h"

namespace spineseg {
namespace {

/// Phrases of free texts, as words in lower case: what they name is no anatomy, whatever else the text says.
constexpr std::array kTellingPhrases{"mip",
                                     "mips",
                                     "minip",
                                     "maximum intensity",
                                     "minimum intensity",
                                     "mpr",
                                     "multiplanar",
                                     "multi planar",
                                     "reformat",
                                     "reformatted",
                                     "volume rendering",
                                     "subtraction",
                                     "subtracted",
                                     "sub",
                                     "pixel by pixel",
                                     "std dev",
                                     "stddev",
                                     "sd map",
                                     "standard deviation",
                                     "fat fraction",
                                     "water fraction",
                                     "fatfraction",
                                     "fatfrac",
                                     "fat frac",
                                     "pdff",
                                     "ff map",
                                     "fat only",
                                     "fat image",
                                     "fat map",
                                     "r2 map",
                                     "r2star",
                                     "r2 star",
                                     "t2 map",
                                     "t2map",
                                     "t2star map",
                                     "t2 star map",
                                     "t1 map",
                                     "t1map",
                                     "phase map",
                                     "phase image",
                                     "real image",
                                     "imaginary image",
                                     "field map",
                                     "fieldmap",
                                     "b0 map",
                                     "b1 map",
                                     "adc",
                                     "apparent diffusion",
                                     "fractional anisotropy",
                                     "tracew",
                                     "relative phase",
                                     "flip angle map"};

/// Texts that name the image by nothing but this.
constexpr std::array kWholeTexts{"f", "fat", "ff", "p", "phase", "r", "real", "i", "imaginary"};
/// The first word before a colon ("FAT: Sag T2 FLEX", GE), or the last one of a Dixon series
/// ("t2_tse_dixon_sag_F", Siemens).
constexpr std::array kFatWords{"f", "fat"};
constexpr std::array kDixonWords{"dixon", "mdixon", "ideal", "flex"};

template <std::size_t N>
bool is_among(const std::array<const char*, N>& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// Lower-case words, a blank before, between and behind them; '*' of "T2*" is the word "star".
std::string words_between_blanks(std::string_view text) {
    std::string words = " ";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '*')
            words += words.back() == ' ' ? "star " : " star ";
        else if (std::isalnum(byte) != 0 || byte >= 0x80)
            words += static_cast<char>(std::tolower(byte));
        else if (words.back() != ' ')
            words += ' ';
    }
    if (words.back() != ' ') words += ' ';
    return words;
}

/// Whether a Dixon series' text names its fat images: by its first word or by its last one.
bool names_fat(std::string_view text, std::string_view words) {
    const auto colon = text.find(':');
    if (colon != std::string_view::npos &&
        is_among(kFatWords, trimmed(words_between_blanks(text.substr(0, colon)))))
        return true;
    const bool dixon = std::any_of(kDixonWords.begin(), kDixonWords.end(), [&](const char* word) {
        return words.find(' ' + std::string(word) + ' ') != std::string_view::npos;
    });
    const auto all = trimmed(words);
    const auto last = all.substr(all.rfind(' ') + 1);  // all of it where there is one word
    return dixon && is_among(kFatWords, last);
}

}  // namespace

std::optional<std::string> phrase_of_no_anatomy(const std::string& text) {
    const std::string words = words_between_blanks(text);
    for (const std::string_view phrase : kTellingPhrases)
        if (words.find(' ' + std::string(phrase) + ' ') != std::string::npos) return std::string(phrase);
    if (is_among(kWholeTexts, trimmed(words))) return std::string(trimmed(words));
    if (names_fat(text, words)) return "fat";
    return std::nullopt;
}

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/image_kind.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string_view>
#include <vector>

namespace spineseg {
namespace {

enum class Word { neutral, water, in_phase, opposed_phase, never };

struct KnownWord {
    std::string_view word;  ///< upper case, underscores as blanks
    Word meaning;
};

/// Words of Image Type and Frame Type that leave an image what it is, or say which anatomical image it is.
/// What is missing here is not anatomy: fat, fractions, maps, phase, projections, reformats, subtractions,
/// standard deviations and whatever a vendor invents.
constexpr std::array kTypeWords{
    // Values 1 and 2.
    KnownWord{"ORIGINAL", Word::neutral},
    KnownWord{"DERIVED", Word::neutral},
    KnownWord{"MIXED", Word::neutral},
    KnownWord{"PRIMARY", Word::neutral},
    KnownWord{"SECONDARY", Word::neutral},
    // Nothing special, magnitude, and the pulse sequence.
    KnownWord{"NONE", Word::neutral},
    KnownWord{"OTHER", Word::neutral},
    KnownWord{"M", Word::neutral},
    KnownWord{"MAGNITUDE", Word::neutral},
    KnownWord{"M SE", Word::neutral},
    KnownWord{"M FFE", Word::neutral},
    KnownWord{"M IR", Word::neutral},
    KnownWord{"M TSE", Word::neutral},
    KnownWord{"M TFE", Word::neutral},
    KnownWord{"M GRASE", Word::neutral},
    KnownWord{"SE", Word::neutral},
    KnownWord{"IR", Word::neutral},
    KnownWord{"FFE", Word::neutral},
    KnownWord{"TSE", Word::neutral},
    KnownWord{"FSE", Word::neutral},
    KnownWord{"TFE", Word::neutral},
    KnownWord{"GR", Word::neutral},
    // Contrast of the acquisition (Enhanced MR, value 3).
    KnownWord{"T1", Word::neutral},
    KnownWord{"T2", Word::neutral},
    KnownWord{"T2 STAR", Word::neutral},
    KnownWord{"PROTON DENSITY", Word::neutral},
    KnownWord{"STIR", Word::neutral},
    KnownWord{"FLUID ATTENUATED", Word::neutral},
    KnownWord{"DIXON", Word::neutral},
    KnownWord{"MULTIECHO", Word::neutral},
    KnownWord{"FMRI", Word::neutral},
    // Filters, normalisation, distortion correction, composing.
    KnownWord{"NORM", Word::neutral},
    KnownWord{"ND", Word::neutral},
    KnownWord{"DIS2D", Word::neutral},
    KnownWord{"DIS3D", Word::neutral},
    KnownWord{"FIL", Word::neutral},
    KnownWord{"FM", Word::neutral},
    KnownWord{"SH", Word::neutral},
    KnownWord{"SP", Word::neutral},
    KnownWord{"PFM", Word::neutral},
    KnownWord{"PFP", Word::neutral},
    KnownWord{"MFSPLIT", Word::neutral},
    KnownWord{"MOCO", Word::neutral},
    KnownWord{"COMPOSED", Word::neutral},
    KnownWord{"COMP AD", Word::neutral},
    KnownWord{"COMP SP", Word::neutral},
    KnownWord{"COMP DIS", Word::neutral},
    KnownWord{"UCA", Word::neutral},
    KnownWord{"IF", Word::neutral},
    KnownWord{"DENOISED", Word::neutral},
    KnownWord{"DRB", Word::neutral},
    KnownWord{"DRG", Word::neutral},
    KnownWord{"DRS", Word::neutral},
    // Dixon.
    KnownWord{"W", Word::water},
    KnownWord{"WATER", Word::water},
    KnownWord{"WATER ONLY", Word::water},
    KnownWord{"IP", Word::in_phase},
    KnownWord{"IN", Word::in_phase},
    KnownWord{"IN PHASE", Word::in_phase},
    KnownWord{"INPHASE", Word::in_phase},
    KnownWord{"OP", Word::opposed_phase},
    KnownWord{"OPP", Word::opposed_phase},
    KnownWord{"OUT PHASE", Word::opposed_phase},
    KnownWord{"OPP PHASE", Word::opposed_phase},
    KnownWord{"OPPOSED PHASE", Word::opposed_phase},
    KnownWord{"OUTPHASE", Word::opposed_phase},
};

/// Words that stand with a number: Siemens' filters ("FM3_2", "SH2_1"), the echo ("TE2", "E2"), the
/// inversion.
constexpr std::array<std::string_view, 9> kNumberedWords{"FM", "SH", "SP",   "PFM", "TE",
                                                         "TI", "E",  "ECHO", "SL"};

/// Contrasts that say how an image was acquired in value 3, and what was computed in a later value.
constexpr std::array<std::string_view, 5> kContrasts{"T1", "T2", "T2 STAR", "PROTON DENSITY", "STIR"};

/// Phrases of free texts, as words in lower case: what they name is no anatomy, whatever else the text says.
constexpr std::array<std::string_view, 38> kTellingPhrases{"mip",
                                                           "mips",
                                                           "minip",
                                                           "maximum intensity",
                                                           "minimum intensity",
                                                           "mpr",
                                                           "reformat",
                                                           "reformatted",
                                                           "subtraction",
                                                           "subtracted",
                                                           "sub",
                                                           "std dev",
                                                           "stddev",
                                                           "sd map",
                                                           "standard deviation",
                                                           "fat fraction",
                                                           "water fraction",
                                                           "fatfraction",
                                                           "pdff",
                                                           "ff map",
                                                           "fat only",
                                                           "fat image",
                                                           "r2 map",
                                                           "r2star",
                                                           "r2 star",
                                                           "t2 map",
                                                           "t2star map",
                                                           "t2 star map",
                                                           "t1 map",
                                                           "phase map",
                                                           "phase image",
                                                           "field map",
                                                           "b0 map",
                                                           "b1 map",
                                                           "adc",
                                                           "tracew",
                                                           "relative phase",
                                                           "flip angle map"};

std::string_view trimmed(std::string_view text) {
    const auto is_padding = [](char c) { return c == ' ' || c == '\0'; };
    while (!text.empty() && is_padding(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_padding(text.back())) text.remove_suffix(1);
    return text;
}

/// "out_phase " → "OUT PHASE".
std::string folded(std::string_view value) {
    std::string word(trimmed(value));
    std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) {
        return c == '_' || c == '-' ? ' ' : static_cast<char>(std::toupper(c));
    });
    return word;
}

std::vector<std::string> values_of(std::string_view text) {
    std::vector<std::string> values;
    for (;;) {
        const auto cut = std::min(text.find('\\'), text.size());
        values.push_back(folded(text.substr(0, cut)));
        if (cut == text.size()) return values;
        text.remove_prefix(cut + 1);
    }
}

bool is_numbered(const std::string& word) {
    const auto digit = word.find_first_of("0123456789");
    if (digit == std::string::npos || word.find_first_not_of("0123456789. ", digit) != std::string::npos)
        return false;
    const std::string stem(trimmed(word.substr(0, digit)));
    return std::find(kNumberedWords.begin(), kNumberedWords.end(), stem) != kNumberedWords.end();
}

/// The meaning of the index-th value.
Word meaning_of(const std::string& word, std::size_t index) {
    if (word.empty() || is_numbered(word)) return Word::neutral;
    const bool computed =
        index > 2 && std::find(kContrasts.begin(), kContrasts.end(), word) != kContrasts.end();
    if (computed) return Word::never;
    const auto known = std::find_if(kTypeWords.begin(), kTypeWords.end(),
                                    [&](const KnownWord& entry) { return entry.word == word; });
    return known == kTypeWords.end() ? Word::never : known->meaning;
}

/// A code string has at most 16 characters; what is longer comes from no scanner and is cut before it is
/// shown.
ImageKind no_anatomy(const char* attribute, const std::string& text) {
    const std::string word = text.substr(0, 24);
    return {Anatomy::none, word, std::string(attribute) + " says \"" + word + "\""};
}

/// The word among those that are allowed, or the attribute is empty.
std::optional<ImageKind> unless_one_of(std::initializer_list<std::string_view> allowed, const char* attribute,
                                       const std::string& text) {
    for (const std::string& word : values_of(text))
        if (!word.empty() && std::find(allowed.begin(), allowed.end(), word) == allowed.end())
            return no_anatomy(attribute, word);
    return std::nullopt;
}

/// Lower-case words, a blank before, between and behind them; '*' of "T2*" is the word "star".
std::string words_of(std::string_view text) {
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

std::optional<ImageKind> told_by_text(const char* attribute, const std::string& text) {
    const std::string words = words_of(text);
    for (const std::string_view phrase : kTellingPhrases)
        if (words.find(' ' + std::string(phrase) + ' ') != std::string::npos)
            return no_anatomy(attribute, std::string(phrase));
    return std::nullopt;
}

/// What both type attributes say; a word that excludes wins over the rest.
ImageKind told_by_types(const ImageDescription& description) {
    ImageKind kind{Anatomy::magnitude_or_water, "magnitude", ""};
    const auto read = [&](const char* attribute, const std::string& text) {
        const auto values = values_of(text);
        for (std::size_t i = 0; i < values.size() && kind.shows_anatomy(); ++i) {
            switch (meaning_of(values[i], i)) {
                case Word::neutral:
                    break;
                case Word::water:
                    kind = {Anatomy::magnitude_or_water, "water", ""};
                    break;
                case Word::in_phase:
                    kind = {Anatomy::in_phase, "in phase", ""};
                    break;
                case Word::opposed_phase:
                    kind = {Anatomy::opposed_phase, "opposed phase", ""};
                    break;
                case Word::never:
                    kind = no_anatomy(attribute, values[i]);
                    break;
            }
        }
    };
    read("Image Type", description.image_type);
    if (kind.shows_anatomy()) read("Frame Type", description.frame_type);
    return kind;
}

}  // namespace

ImageKind image_kind(const ImageDescription& description) {
    const ImageKind kind = told_by_types(description);
    if (!kind.shows_anatomy()) return kind;
    for (const auto& excluded :
         {unless_one_of({"MAGNITUDE", "M"}, "Complex Image Component", description.complex_component),
          unless_one_of(
              {"T1", "T2", "T2 STAR", "PROTON DENSITY", "STIR", "FLUID ATTENUATED", "UNKNOWN", "MIXED"},
              "Acquisition Contrast", description.acquisition_contrast),
          unless_one_of({"VOLUME", "SAMPLED", "DISTORTED"}, "Volumetric Properties",
                        description.volumetric_properties),
          unless_one_of({"NONE"}, "Volume Based Calculation Technique", description.volume_technique),
          told_by_text("Derivation Description", description.derivation),
          told_by_text("Image Comments", description.comments),
          told_by_text("Series Description", description.series_description)})
        if (excluded) return *excluded;
    return kind;
}

}  // namespace spineseg

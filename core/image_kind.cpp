// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/image_kind.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string_view>
#include <vector>

#include "core/decimal_string.h"
#include "core/image_text.h"

namespace spineseg {
namespace {

enum class Word { neutral, water, in_phase, opposed_phase, never, unknown };

/// Words of Image Type and Frame Type that leave an image what it is, or say which anatomical image it is.
/// What is missing here is not anatomy: fat, fractions, maps, phase, projections, reformats, subtractions,
/// standard deviations and whatever a vendor invents.
constexpr std::array kNeutralWords{
    // Values 1 and 2.
    "ORIGINAL", "DERIVED", "MIXED", "PRIMARY", "SECONDARY",
    // Nothing special, magnitude, and the pulse sequence.
    "NONE", "OTHER", "UNSPECIFIED", "UNKNOWN", "M", "MAG", "MAGNITUDE", "M SE", "M FFE", "M IR", "M TSE",
    "M TFE", "M GRASE", "SE", "IR", "FFE", "TSE", "FSE", "TFE", "GR",
    // Contrast of the acquisition (Enhanced MR, value 3).
    "T1", "T2", "T2 STAR", "PROTON DENSITY", "STIR", "FLUID ATTENUATED", "DIXON", "MULTIECHO", "FMRI",
    // Filters, normalisation, distortion correction, composing.
    "NORM", "ND", "DIS2D", "DIS3D", "FIL", "FM", "SH", "SP", "PFM", "PFP", "MFSPLIT", "MOCO", "COMPOSED",
    "COMP AD", "COMP SP", "COMP DIS", "UCA", "IF", "DENOISED", "DRB", "DRG", "DRS"};
constexpr std::array kWaterWords{"W", "WATER", "WATER ONLY", "W SE", "W FFE", "W TSE", "W TFE", "W IR"};
constexpr std::array kInPhaseWords{"IP",     "IN",     "IN PHASE", "INPHASE", "IP SE",
                                   "IP FFE", "IP TSE", "IP TFE",   "IP IR"};
constexpr std::array kOpposedPhaseWords{"OP",        "OPP",           "OUT PHASE", "OUT OF PHASE",
                                        "OPP PHASE", "OPPOSED PHASE", "OUTPHASE",  "OP SE",
                                        "OP FFE",    "OP TSE",        "OP TFE",    "OP IR"};

/// Words that are followed by a number: Siemens' filters ("FM3_2", "SH2_1"), the echo ("TE2", "E2"), the
/// inversion.
constexpr std::array kNumberedWords{"FM", "SH", "SP", "PFM", "TE", "TI", "E", "ECHO", "SL"};

/// Contrasts that say how an image was acquired in value 3, and what was computed in a later value.
constexpr std::array kContrasts{"T1", "T2", "T2 STAR", "PROTON DENSITY", "STIR"};

/// No anatomy for certain. Whoever adds a word to the others makes no anatomy of these.
constexpr std::array kNeverWords{"F",
                                 "FAT",
                                 "FAT ONLY",
                                 "F SE",
                                 "F FFE",
                                 "F TSE",
                                 "F TFE",
                                 "F IR",
                                 "FF",
                                 "FAT FRACTION",
                                 "WATER FRACTION",
                                 "PDFF",
                                 "R2",
                                 "R2 STAR",
                                 "T1 MAP",
                                 "T2 MAP",
                                 "T2 STAR MAP",
                                 "R2 MAP",
                                 "R2 STAR MAP",
                                 "P",
                                 "PHASE",
                                 "PHASE MAP",
                                 "P SE",
                                 "P FFE",
                                 "R",
                                 "REAL",
                                 "R SE",
                                 "R FFE",
                                 "I",
                                 "IMAGINARY",
                                 "I SE",
                                 "I FFE",
                                 "FIELD MAP",
                                 "B0",
                                 "B0 MAP",
                                 "B1",
                                 "B1 MAP",
                                 "ADC",
                                 "EADC",
                                 "TRACE",
                                 "TRACEW",
                                 "FA",
                                 "DIFFUSION",
                                 "PERFUSION",
                                 "EPI",
                                 "VELOCITY",
                                 "FLOW ENCODED",
                                 "TOF",
                                 "SUB",
                                 "SUBTRACT",
                                 "SUBTRACTION",
                                 "STDDEV",
                                 "STD DEVIATION",
                                 "MEAN",
                                 "AVERAGE",
                                 "ADDITION",
                                 "MULTIPLICATION",
                                 "DIVISION",
                                 "MASKED",
                                 "MIP",
                                 "MINIP",
                                 "MIN IP",
                                 "MAX IP",
                                 "MNIP",
                                 "SWI",
                                 "PROJECTION IMAGE",
                                 "MPR",
                                 "CPR",
                                 "CSA MPR",
                                 "CSA MIP",
                                 "CSA RESAMPLED",
                                 "REFORMATTED",
                                 "RESAMPLED",
                                 "MOSAIC",
                                 "LOCALIZER",
                                 "SCREEN SAVE",
                                 "SCREENSAVE"};

template <std::size_t N>
bool listed_in(const std::array<const char*, N>& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool listed_in(const std::vector<std::string>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

std::vector<std::string> values_of(std::string_view text) {
    std::vector<std::string> values;
    for (const auto part : split_values(text)) values.push_back(image_word(part));
    return values;
}

bool is_numbered(const std::string& word) {
    const auto digit = word.find_first_of("0123456789");
    if (digit == std::string::npos || word.find_first_not_of("0123456789. ", digit) != std::string::npos)
        return false;
    return listed_in(kNumberedWords, trimmed(std::string_view(word).substr(0, digit)));
}

/// The meaning of the index-th value.
Word meaning_of(const std::string& word, std::size_t index, const ImageWords& site) {
    if (word.empty()) return Word::neutral;
    if (listed_in(site.never, word)) return Word::never;
    if (listed_in(kNeverWords, word)) return Word::never;
    if (listed_in(kWaterWords, word)) return Word::water;
    if (listed_in(kInPhaseWords, word)) return Word::in_phase;
    if (listed_in(kOpposedPhaseWords, word)) return Word::opposed_phase;
    if (listed_in(site.anatomy, word)) return Word::neutral;
    if (index > 2 && listed_in(kContrasts, word)) return Word::never;
    return listed_in(kNeutralWords, word) || is_numbered(word) ? Word::neutral : Word::unknown;
}

/// A code string has at most 16 characters; what is longer comes from no scanner and is cut before it is
/// shown. So are characters that would not print.
ImageKind no_anatomy(const char* attribute, const std::string& text, const char* besides = "") {
    std::string word = text.substr(0, 24);
    std::replace_if(
        word.begin(), word.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; }, '?');
    return {Anatomy::none, word, std::string(attribute) + " says \"" + word + "\"" + besides};
}

/// The word among those that are allowed, or the attribute is empty.
std::optional<ImageKind> unless_one_of(std::initializer_list<std::string_view> allowed, const char* attribute,
                                       const std::string& text) {
    for (const std::string& word : values_of(text))
        if (!word.empty() && std::find(allowed.begin(), allowed.end(), word) == allowed.end())
            return no_anatomy(attribute, word);
    return std::nullopt;
}

std::optional<ImageKind> told_by_text(const char* attribute, const std::string& text) {
    const auto phrase = phrase_of_no_anatomy(text);
    if (!phrase) return std::nullopt;
    return no_anatomy(attribute, *phrase);
}

std::optional<ImageKind> told_by_raw_data_type(const std::string& value) {
    constexpr std::array kTypes{"magnitude", "phase", "real", "imaginary"};
    const auto number = parse_decimal(value);
    if (!number || *number < 1 || *number > 3) return std::nullopt;
    return no_anatomy("GE's raw data type", kTypes.at(static_cast<std::size_t>(*number)));
}

/// What both type attributes say; a word that excludes wins over the rest.
ImageKind told_by_types(const ImageDescription& description, const ImageWords& site) {
    ImageKind kind{Anatomy::magnitude_or_water, "magnitude", ""};
    const auto read = [&](const char* attribute, const std::string& text) {
        const auto values = values_of(text);
        for (std::size_t i = 0; i < values.size() && kind.shows_anatomy(); ++i) {
            switch (meaning_of(values[i], i, site)) {
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
                case Word::unknown:
                    kind = no_anatomy(attribute, values[i], ", a word that is not known");
                    break;
            }
        }
    };
    read("Image Type", description.image_type);
    // Derived, and the last that is said is a contrast: the map of it rather than an image with it.
    const auto types = values_of(description.image_type);
    if (kind.shows_anatomy() && types.size() == 3 && types[0] == "DERIVED" && listed_in(kContrasts, types[2]))
        kind = no_anatomy("Image Type", types[2]);
    if (kind.shows_anatomy()) read("Frame Type", description.frame_type);
    return kind;
}

}  // namespace

bool names_no_anatomy(const std::string& word) {
    return listed_in(kNeverWords, word);
}

ImageKind image_kind(const ImageDescription& description, const ImageWords& site) {
    const ImageKind kind = told_by_types(description, site);
    if (!kind.shows_anatomy()) return kind;
    for (const auto& excluded :
         {unless_one_of({"MAGNITUDE", "M"}, "Complex Image Component", description.complex_component),
          unless_one_of(
              {"T1", "T2", "T2 STAR", "PROTON DENSITY", "STIR", "FLUID ATTENUATED", "UNKNOWN", "MIXED"},
              "Acquisition Contrast", description.acquisition_contrast),
          unless_one_of({"VOLUME", "SAMPLED", "DISTORTED"}, "Volumetric Properties",
                        description.volumetric_properties),
          unless_one_of({"NONE"}, "Volume Based Calculation Technique", description.volume_technique),
          told_by_raw_data_type(description.raw_data_type),
          told_by_text("Derivation Description", description.derivation),
          told_by_text("Image Comments", description.comments),
          told_by_text("Series Description", description.series_description)})
        if (excluded) return *excluded;
    return kind;
}

}  // namespace spineseg

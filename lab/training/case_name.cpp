// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/case_name.h"

#include <algorithm>
#include <cctype>
#include <vector>

namespace spineseg {
namespace {

using Words = std::vector<std::string>;

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

Words split(std::string_view text) {
    Words words(1);
    for (const char c : text) {
        if (c == '_')
            words.emplace_back();
        else
            words.back() += c;
    }
    return words;
}

std::string joined(Words::const_iterator begin, Words::const_iterator end) {
    std::string text;
    for (auto word = begin; word != end; ++word) text += (text.empty() ? "" : "_") + *word;
    return text;
}

bool is_number(const std::string& word) {
    return !word.empty() &&
           std::all_of(word.begin(), word.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// "018" → "18", so that the same patient is found under both spellings.
std::string without_zeros(const std::string& number) {
    const auto first = number.find_first_not_of('0');
    return first == std::string::npos ? "0" : number.substr(first);
}

std::optional<SpiderContrast> contrast_of(const std::string& word) {
    const std::string name = lower(word);
    if (name == "t1" || name == "t1w") return SpiderContrast::t1;
    if (name == "t2" || name == "t2w") return SpiderContrast::t2;
    if (name == "space") return SpiderContrast::space;
    return std::nullopt;
}

}  // namespace

const char* to_string(SpiderContrast contrast) {
    switch (contrast) {
        case SpiderContrast::t1:
            return "t1";
        case SpiderContrast::t2:
            return "t2";
        case SpiderContrast::space:
            return "space";
    }
    return "";
}

CaseName parse_case_name(std::string_view name) {
    Words words = split(name);
    const bool spider = words.size() > 1 && lower(words[0]) == "spider" && is_number(words[1]);
    if (spider) words.erase(words.begin());
    if (spider && words.size() > 2 && is_number(words.back()))
        words.pop_back();  // the original's running number
    CaseName result;
    auto series = words.begin() + 1;
    if (is_number(words[0])) {
        result.patient = without_zeros(words[0]);
    } else {
        series = std::find_if(words.begin(), words.end(),
                              [](const auto& w) { return contrast_of(w).has_value(); });
        if (series == words.begin()) series = words.end();
        result.patient = joined(words.begin(), series);
    }
    result.series = lower(joined(series, words.end()));
    for (auto word = series; word != words.end(); ++word)
        if (const auto found = contrast_of(*word)) result.contrast = found;  // of "t2_SPACE" the last counts
    return result;
}

std::string patient_of(std::string_view name) {
    return parse_case_name(name).patient;
}

bool names_case(const CaseName& entry, const CaseName& of_case) {
    return entry.patient == of_case.patient && (entry.series.empty() || entry.series == of_case.series);
}

}  // namespace spineseg

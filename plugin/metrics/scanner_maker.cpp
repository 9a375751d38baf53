// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/metrics/scanner_maker.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace spineseg {
namespace {

struct Maker {
    std::string_view part;  ///< of the text, in lower case
    std::string_view name;
};
/// The first that fits. Companies that went on under another name have that of today.
constexpr std::array kMakers{Maker{"siemens", "Siemens"},
                             Maker{"ge medical", "GE"},
                             Maker{"ge healthcare", "GE"},
                             Maker{"general electric", "GE"},
                             Maker{"gehc", "GE"},
                             Maker{"philips", "Philips"},
                             Maker{"marconi", "Philips"},
                             Maker{"picker", "Philips"},
                             Maker{"toshiba", "Canon"},
                             Maker{"canon", "Canon"},
                             Maker{"hitachi", "Fujifilm"},
                             Maker{"fujifilm", "Fujifilm"},
                             Maker{"united imaging", "United Imaging"},
                             Maker{"united-imaging", "United Imaging"},
                             Maker{"uih", "United Imaging"},
                             Maker{"neusoft", "Neusoft"},
                             Maker{"esaote", "Esaote"},
                             Maker{"paramed", "Paramed"},
                             Maker{"fonar", "Fonar"},
                             Maker{"hyperfine", "Hyperfine"},
                             Maker{"alltech", "Alltech"},
                             Maker{"anke", "Anke"},
                             Maker{"mindray", "Mindray"},
                             Maker{"wandong", "Wandong"},
                             Maker{"xingaoyi", "XGY"},
                             Maker{"time medical", "Time Medical"},
                             Maker{"bruker", "Bruker"}};

}  // namespace

std::string_view scanner_maker(std::string_view manufacturer) {
    std::string lower(manufacturer);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (lower.find_first_not_of(' ') == std::string::npos) return "unknown";
    if (lower == "ge") return "GE";
    for (const auto& maker : kMakers)
        if (lower.find(maker.part) != std::string::npos) return maker.name;
    return "other";
}

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/dicom_encoding.h"

#include <cstdio>

namespace spineseg {
namespace {

constexpr std::array<std::string_view, 21> kShortVrs{"AE", "AS", "AT", "CS", "DA", "DS", "DT",
                                                     "FD", "FL", "IS", "LO", "LT", "PN", "SH",
                                                     "SL", "SS", "ST", "TM", "UI", "UL", "US"};
constexpr std::array<std::string_view, 13> kLongVrs{"OB", "OD", "OF", "OL", "OV", "OW", "SQ",
                                                    "SV", "UC", "UN", "UR", "UT", "UV"};

}  // namespace

VrLength length_of_vr(std::string_view vr) {
    if (std::find(kShortVrs.begin(), kShortVrs.end(), vr) != kShortVrs.end()) return VrLength::bits_16;
    if (std::find(kLongVrs.begin(), kLongVrs.end(), vr) != kLongVrs.end()) return VrLength::bits_32;
    return VrLength::not_in_the_standard;
}

std::string tag_text(DicomTag tag) {
    char text[16];
    std::snprintf(text, sizeof text, "(%04X,%04X)", static_cast<unsigned>(tag >> 16),
                  static_cast<unsigned>(tag & 0xffffU));
    return text;
}

}  // namespace spineseg

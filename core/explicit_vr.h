// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Value representations as Explicit VR writes them. Pure; any thread.

#include <algorithm>
#include <array>
#include <string_view>

namespace spineseg {

/// Two reserved bytes and a length of 32 bits: all but those that the standard lists (PS3.5 §7.1.2), so also VRs that
/// are not known here. DCMTK reads them so, too.
inline bool has_long_length(std::array<char, 2> vr) {
    static constexpr std::array<std::string_view, 21> kShort{"AE", "AS", "AT", "CS", "DA", "DS", "DT",
                                                             "FD", "FL", "IS", "LO", "LT", "PN", "SH",
                                                             "SL", "SS", "ST", "TM", "UI", "UL", "US"};
    return std::find(kShort.begin(), kShort.end(), std::string_view(vr.data(), vr.size())) == kShort.end();
}

/// Two capital letters.
inline bool is_vr(std::array<char, 2> vr) {
    return std::all_of(vr.begin(), vr.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace spineseg

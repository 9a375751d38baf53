// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Value representations as Explicit VR writes them. Pure; any thread.

#include <algorithm>
#include <array>
#include <string_view>

namespace spineseg {

/// VRs with two reserved bytes and a length of 32 bits (PS3.5 §7.1.2).
inline bool has_long_length(std::array<char, 2> vr) {
    static constexpr std::array<std::string_view, 13> kLong{"OB", "OD", "OF", "OL", "OV", "OW", "SQ",
                                                            "SV", "UC", "UN", "UR", "UT", "UV"};
    return std::find(kLong.begin(), kLong.end(), std::string_view(vr.data(), vr.size())) != kLong.end();
}

/// Two capital letters.
inline bool is_vr(std::array<char, 2> vr) {
    return std::all_of(vr.begin(), vr.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace spineseg

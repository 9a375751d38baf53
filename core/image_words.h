// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a site adds to the table of core/image_kind.h: words of Image Type and Frame Type that its scanners
/// write. The plugin sends them to the worker with each job, so that both judge alike. Values; any thread.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace spineseg {

/// Words are folded (image_word()).
struct ImageWords {
    std::vector<std::string> anatomy;  ///< do not change what an image shows, as "NORM"
    std::vector<std::string> never;    ///< make it no anatomy, although the table knows the word
    friend bool operator==(const ImageWords&, const ImageWords&) = default;
};

inline constexpr std::size_t kMaxImageWords = 64;       ///< in each list
inline constexpr std::size_t kMaxImageWordLength = 32;  ///< twice a code string's (CS, PS3.5 6.2)

/// Upper case, '_' and '-' as blanks, no padding: "out_phase " → "OUT PHASE".
std::string image_word(std::string_view value);

}  // namespace spineseg

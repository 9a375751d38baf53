// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/image_words.h"

#include <algorithm>
#include <cctype>

#include "core/decimal_string.h"

namespace spineseg {
std::string image_word(std::string_view value) {
    std::string word(trimmed(value));
    std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) {
        return c == '_' || c == '-' ? ' ' : static_cast<char>(std::toupper(c));
    });
    return word;
}

}  // namespace spineseg

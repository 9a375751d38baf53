// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/http/query_text.h"

#include <charconv>

namespace spineseg {

std::string query_text(std::string_view sent) {
    std::string text;
    for (std::size_t i = 0; i < sent.size(); ++i) {
        unsigned byte = 0;
        const char* digits = sent.data() + i + 1;
        const bool encoded = sent[i] == '%' && sent.size() - i > 2 &&
                             std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2;
        if (encoded) i += 2;
        text += encoded ? static_cast<char>(byte) : sent[i] == '+' ? ' ' : sent[i];
    }
    return text;
}

}  // namespace spineseg

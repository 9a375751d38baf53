// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/image_words_check.h"

#include <algorithm>

#include "core/image_kind.h"

namespace spineseg {
namespace {

bool is_printable_word(const std::string& word) {
    return !word.empty() && word.size() <= kMaxImageWordLength &&
           std::all_of(word.begin(), word.end(), [](char c) { return c >= ' ' && c <= '~' && c != '\\'; });
}

Result<void> fold_words_of(std::vector<std::string>& words, const char* list, ErrorCode code) {
    if (words.size() > kMaxImageWords)
        return failure(code,
                       std::string(list) + " holds more than " + std::to_string(kMaxImageWords) + " words");
    for (auto& word : words) {
        word = image_word(word);
        if (!is_printable_word(word))
            return failure(code, std::string(list) + ": a word has 1 to " +
                                     std::to_string(kMaxImageWordLength) +
                                     " printable characters of ASCII and no backslash");
    }
    return {};
}

}  // namespace

Result<ImageWords> checked_image_words(ImageWords words, ErrorCode code) {
    if (auto folded = fold_words_of(words.anatomy, "anatomy", code); !folded) return failure(folded.error());
    if (auto folded = fold_words_of(words.never, "never", code); !folded) return failure(folded.error());
    for (const auto& word : words.anatomy) {
        if (names_no_anatomy(word))
            return failure(code, "anatomy: \"" + word + "\" names images that show no anatomy");
        if (std::find(words.never.begin(), words.never.end(), word) != words.never.end())
            return failure(code, "\"" + word + "\" is both in anatomy and in never");
    }
    return words;
}

}  // namespace spineseg

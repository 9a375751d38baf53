// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Words in DICOM's free text, in many languages. Text is folded (UTF-8 decoded, lower case, accents
/// stripped) and cut into words; a pattern is one or more words in which `*` stands for any run of letters.
/// No regular expressions: their cost on hostile text cannot be bounded, and a site's typing error would
/// become a fault of the server. Pure; any thread.

#include <string>
#include <string_view>
#include <vector>

namespace spineseg {

/// Lower-case words of letters and digits; invalid UTF-8 bytes and punctuation separate. At most
/// kMaxFoldedBytes of the text are looked at.
inline constexpr std::size_t kMaxFoldedBytes = 4096;
std::vector<std::string> fold_words(std::string_view utf8);

/// "lumb*", "l spine", "*腰*": the words of the pattern match consecutive words of the text.
class TextPattern {
  public:
    explicit TextPattern(std::string_view pattern);
    bool matches(const std::vector<std::string>& words) const;
    const std::string& text() const { return text_; }

  private:
    std::string text_;
    std::vector<std::string> globs_;
};

/// The first pattern that matches, or nullptr.
const TextPattern* first_match(const std::vector<TextPattern>& patterns,
                               const std::vector<std::string>& words);

}  // namespace spineseg

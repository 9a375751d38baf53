// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Texts from outside (a file, a worker, a REST call, an exception) on their way into a log, the database or an answer.
/// `Error`, the logs of both processes, the database's columns and json_response() call this by themselves. Any thread.

#include <cstddef>
#include <string>
#include <string_view>

namespace spineseg {

inline constexpr std::size_t kLongestText = 2048;

/// The text as one line of valid UTF-8 without anything that moves a cursor, hides, or turns the direction of reading:
/// control characters, line separators, format characters (bidirectional controls and zero-width ones among them),
/// noncharacters and bytes that are no UTF-8 become \n, \x1b or \u202e. At most `most` bytes (not below 8); what is
/// cut off is replaced by "…". A text that is printable already stays as it is, so calling twice changes nothing.
std::string printable(std::string_view text, std::size_t most = kLongestText);
/// Printable ASCII, and short enough: printable() would return the same. Most texts are, and this is soon said.
bool is_plain(std::string_view text, std::size_t most = kLongestText);

/// A foreign value in a sentence, in quotation marks and short: what is quoted may be anything, a name too.
std::string in_quotes(std::string_view value, std::size_t most = 64);

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Free texts of an image's header (derivation, comments, series description) that say that it shows no
/// anatomy. Pure.

#include <optional>
#include <string>

namespace spineseg {

/// The phrase that says so ("fat fraction", "mip"), which is one of a list: no other part of the text.
/// Nothing where the text may describe an ordinary image ("T2 SAG FAT SAT").
std::optional<std::string> phrase_of_no_anatomy(const std::string& text);

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Whether a site's words of Image Type can be used: they add to the table of core/image_kind.h and must not
/// contradict it. Any thread.

#include "core/image_words.h"
#include "core/result.h"

namespace spineseg {

/// Folds the words. Errors, with `code`: too many, a word that is empty, too long or no printable ASCII, one
/// that is in both lists, and one for `anatomy` that names no anatomy by the table ("FAT", "PHASE").
Result<ImageWords> checked_image_words(ImageWords words, ErrorCode code);

}  // namespace spineseg

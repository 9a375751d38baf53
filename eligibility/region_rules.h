// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "eligibility/text_pattern.h"

namespace spineseg {

/// "region" of the rules: which tags speak of a part of the body, and the words for it. Values; any thread.
struct RegionRules {
    std::vector<std::string> series_text;
    std::vector<std::string> body_part;
    std::vector<std::string> study_text;
    std::vector<TextPattern> lumbar;
    std::vector<TextPattern> thoracic;
    std::vector<TextPattern> whole_spine;
    std::vector<TextPattern> other;
};

}  // namespace spineseg

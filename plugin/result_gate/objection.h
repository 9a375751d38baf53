// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Why the gate refuses a result: the rule, by its name in docs/threat-model.md, and a sentence about what is
/// wrong. The sentence names tags and numbers, never values from the file.

#include <optional>
#include <string>

namespace spineseg {

struct Objection {
    const char* rule = "";
    std::string what;
};

}  // namespace spineseg

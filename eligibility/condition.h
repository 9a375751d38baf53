// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a rule asks of a header, as values. A condition about something that the header does not say never
/// holds (but `PresenceCondition` with `present` false). Values; any thread.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "eligibility/text_pattern.h"

namespace spineseg {

/// Where a value comes from: a tag by its keyword, or a derived fact ("plane", "echo_time_ms").
struct ValueSource {
    std::string name;
    bool fact = false;
};

/// A value compared with a list; several values (backslash) count when one of them is listed.
struct ValueCondition {
    ValueSource source;
    std::vector<std::string> values;
    bool negated = false;  ///< is_not
};

/// A number within bounds; all that are given must hold.
struct NumberCondition {
    ValueSource source;
    std::optional<double> above;
    std::optional<double> below;
    std::optional<double> at_least;
    std::optional<double> at_most;
};

struct PresenceCondition {
    ValueSource source;
    bool present = true;
};

/// Free text that says one of `says`, and none of `but_not`.
struct TextCondition {
    std::vector<std::string> tags;
    std::vector<TextPattern> says;
    std::vector<TextPattern> but_not;
};

/// A sign (see Sign in rules.h) that holds, or does not.
struct SignCondition {
    std::string sign;
    bool negated = false;  ///< no_sign
};

using Condition =
    std::variant<ValueCondition, NumberCondition, PresenceCondition, TextCondition, SignCondition>;
using Conditions = std::vector<Condition>;

}  // namespace spineseg

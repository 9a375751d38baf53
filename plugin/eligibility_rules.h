// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The rules of eligibility as data: config/eligibility.json, compiled in, and what a site changes about it.
/// Parsing is strict: an unknown word is invalid_configuration, so that a typing error never silently
/// disables a rule. Values; any thread.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/result.h"
#include "plugin/text_pattern.h"

namespace spineseg {

/// A value compared with a list; several values (backslash) count when one of them is listed. Absent never
/// holds.
struct ValueCondition {
    std::string name;
    bool fact = false;  ///< a derived fact ("plane", "region") instead of a tag
    std::vector<std::string> values;
    bool negated = false;  ///< is_not
};

/// A number above or below a bound. Absent never holds.
struct NumberCondition {
    std::string name;
    bool fact = false;
    std::optional<double> above;
    std::optional<double> below;
};

/// Free text that says one of `says`, and none of `but_not`.
struct TextCondition {
    std::vector<std::string> tags;
    std::vector<TextPattern> says;
    std::vector<TextPattern> but_not;
};

using Condition = std::variant<ValueCondition, NumberCondition, TextCondition>;

/// Refuses a series for which every condition holds.
struct EligibilityRule {
    std::string name;
    std::string reason;
    std::vector<Condition> when;
};

struct RegionRules {
    std::vector<std::string> series_text;
    std::vector<std::string> body_part;
    std::vector<std::string> study_text;
    std::vector<TextPattern> lumbar;
    std::vector<TextPattern> thoracic;
    std::vector<TextPattern> whole_spine;
    std::vector<TextPattern> other;
};

struct EligibilityRules {
    static constexpr int kFormat = 1;
    RegionRules region;
    std::vector<EligibilityRule> rules;

    /// The rules that are compiled in.
    static const EligibilityRules& shipped();
    static Result<EligibilityRules> parse(const std::string& json_text);
    /// A site's changes: {"disable": [names], "rules": [more, asked first], "region": {"lumbar": [more
    /// patterns], …}}. All optional; a disabled name must exist; "own_result" cannot be disabled.
    Result<EligibilityRules> with_site_changes(const std::string& json_text) const;
};

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/eligibility_rules.h"

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>

#include "plugin/shipped_files.h"

namespace spineseg {
namespace {

using nlohmann::json;

constexpr std::string_view kOwnResult = "own_result";

/// Thrown inside this file only: parsing is a deep descent whose every step can fail, and only the top can
/// answer.
struct BadRules : std::runtime_error {
    using std::runtime_error::runtime_error;
};

[[noreturn]] void refuse(const std::string& where, const std::string& what) {
    throw BadRules(where + ": " + what);
}

void only_keys(const json& object, std::initializer_list<std::string_view> known, const std::string& where) {
    if (!object.is_object()) refuse(where, "must be an object");
    for (const auto& [key, value] : object.items())
        if (std::find(known.begin(), known.end(), key) == known.end())
            refuse(where, "unknown key \"" + key + "\"");
}

std::string text(const json& object, const char* key, const std::string& where) {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_string() || found->get_ref<const std::string&>().empty())
        refuse(where, std::string("\"") + key + "\" must be a text");
    return found->get<std::string>();
}

std::vector<std::string> texts(const json& object, const char* key, const std::string& where) {
    const auto found = object.find(key);
    if (found == object.end()) return {};
    if (!found->is_array()) refuse(where, std::string("\"") + key + "\" must be a list of texts");
    std::vector<std::string> list;
    for (const auto& entry : *found) {
        if (!entry.is_string()) refuse(where, std::string("\"") + key + "\" must be a list of texts");
        list.push_back(entry.get<std::string>());
    }
    return list;
}

std::vector<TextPattern> patterns(const json& object, const char* key, const std::string& where) {
    std::vector<TextPattern> list;
    for (const auto& pattern : texts(object, key, where)) {
        if (fold_words(pattern).empty()) refuse(where, "the pattern \"" + pattern + "\" names no word");
        list.emplace_back(pattern);
    }
    return list;
}

std::optional<double> number(const json& object, const char* key, const std::string& where) {
    const auto found = object.find(key);
    if (found == object.end()) return std::nullopt;
    if (!found->is_number()) refuse(where, std::string("\"") + key + "\" must be a number");
    return found->get<double>();
}

TextCondition text_condition(const json& object, const std::string& where) {
    only_keys(object, {"text", "says", "but_not"}, where);
    TextCondition condition{texts(object, "text", where), patterns(object, "says", where),
                            patterns(object, "but_not", where)};
    if (condition.tags.empty() || condition.says.empty()) refuse(where, "needs \"text\" and \"says\"");
    return condition;
}

void check_fact(const std::string& name, const std::string& where) {
    constexpr std::string_view kFacts[] = {"images", "orientations", "plane",
                                           "region", "height_mm",    "coverage_mm"};
    if (std::find(std::begin(kFacts), std::end(kFacts), name) == std::end(kFacts))
        refuse(where, "unknown fact \"" + name + "\"");
}

Condition condition(const json& object, const std::string& where) {
    if (!object.is_object()) refuse(where, "must be an object");
    if (object.contains("text")) return text_condition(object, where);
    only_keys(object, {"tag", "fact", "is", "is_not", "above", "below"}, where);
    const bool fact = object.contains("fact");
    if (fact == object.contains("tag")) refuse(where, "needs one of \"tag\", \"fact\" and \"text\"");
    const std::string name = text(object, fact ? "fact" : "tag", where);
    if (fact) check_fact(name, where);
    const bool listed = object.contains("is") || object.contains("is_not");
    const bool bounded = object.contains("above") || object.contains("below");
    if (listed == bounded) refuse(where, "needs either \"is\"/\"is_not\" or \"above\"/\"below\"");
    if (bounded)
        return NumberCondition{name, fact, number(object, "above", where), number(object, "below", where)};
    if (object.contains("is") && object.contains("is_not"))
        refuse(where, "\"is\" and \"is_not\" exclude each other");
    const bool negated = object.contains("is_not");
    auto values = texts(object, negated ? "is_not" : "is", where);
    if (values.empty()) refuse(where, "lists no value");
    return ValueCondition{name, fact, std::move(values), negated};
}

EligibilityRule rule(const json& object, std::size_t place) {
    std::string where = "rule " + std::to_string(place + 1);
    only_keys(object, {"name", "reason", "when"}, where);
    EligibilityRule parsed{text(object, "name", where), text(object, "reason", where), {}};
    where += " (" + parsed.name + ")";
    const auto when = object.find("when");
    if (when == object.end() || !when->is_array() || when->empty())
        refuse(where, "\"when\" must list conditions");
    for (const auto& entry : *when) parsed.when.push_back(condition(entry, where));
    return parsed;
}

std::vector<EligibilityRule> rules(const json& object) {
    const auto found = object.find("rules");
    if (found == object.end()) return {};
    if (!found->is_array()) refuse("rules", "must be a list");
    std::vector<EligibilityRule> list;
    for (const auto& entry : *found) {
        list.push_back(rule(entry, list.size()));
        const auto same = [&](const auto& other) { return other.name == list.back().name; };
        if (std::count_if(list.begin(), list.end(), same) > 1)
            refuse("rules", "\"" + list.back().name + "\" stands twice");
    }
    return list;
}

RegionRules region(const json& object) {
    if (!object.contains("region")) return {};
    const json& source = object["region"];
    only_keys(source,
              {"series_text", "body_part", "study_text", "lumbar", "thoracic", "whole_spine", "other"},
              "region");
    return {texts(source, "series_text", "region"), texts(source, "body_part", "region"),
            texts(source, "study_text", "region"),  patterns(source, "lumbar", "region"),
            patterns(source, "thoracic", "region"), patterns(source, "whole_spine", "region"),
            patterns(source, "other", "region")};
}

template <typename T>
void append(std::vector<T>& to, const std::vector<T>& more) {
    to.insert(to.end(), more.begin(), more.end());
}

void append(RegionRules& to, const RegionRules& more) {
    append(to.series_text, more.series_text);
    append(to.body_part, more.body_part);
    append(to.study_text, more.study_text);
    append(to.lumbar, more.lumbar);
    append(to.thoracic, more.thoracic);
    append(to.whole_spine, more.whole_spine);
    append(to.other, more.other);
}

json parse_text(const std::string& json_text) {
    json parsed = json::parse(json_text, nullptr, false);
    if (parsed.is_discarded()) refuse("eligibility rules", "not JSON");
    return parsed;
}

EligibilityRules parse_rules(const std::string& json_text) {
    const json parsed = parse_text(json_text);
    only_keys(parsed, {"format", "licence", "about", "region", "rules"}, "eligibility rules");
    const auto format = parsed.find("format");
    if (format == parsed.end() || *format != EligibilityRules::kFormat)
        refuse("eligibility rules", "\"format\" must be " + std::to_string(EligibilityRules::kFormat));
    return {region(parsed), rules(parsed)};
}

EligibilityRules change_rules(EligibilityRules changed, const std::string& json_text) {
    const json parsed = parse_text(json_text);
    only_keys(parsed, {"disable", "rules", "region"}, "a site's eligibility");
    for (const auto& name : texts(parsed, "disable", "disable")) {
        if (name == kOwnResult) refuse("disable", "\"own_result\" keeps spineseg from feeding on itself");
        if (std::erase_if(changed.rules, [&](const auto& r) { return r.name == name; }) == 0)
            refuse("disable", "there is no rule \"" + name + "\"");
    }
    append(changed.region, region(parsed));
    const auto more = rules(parsed);
    // Behind own_result, which stays first, and before everything else.
    const auto own = std::find_if(changed.rules.begin(), changed.rules.end(),
                                  [](const auto& r) { return r.name == kOwnResult; });
    changed.rules.insert(own == changed.rules.end() ? changed.rules.begin() : own + 1, more.begin(),
                         more.end());
    return changed;
}

}  // namespace

const EligibilityRules& EligibilityRules::shipped() {
    static const EligibilityRules rules = parse_rules(std::string(kShippedRules));
    return rules;
}

Result<EligibilityRules> EligibilityRules::parse(const std::string& json_text) {
    try {
        return parse_rules(json_text);
    } catch (const BadRules& bad) {
        return failure(ErrorCode::invalid_configuration, bad.what());
    }
}

Result<EligibilityRules> EligibilityRules::with_site_changes(const std::string& json_text) const {
    try {
        return change_rules(*this, json_text);
    } catch (const BadRules& bad) {
        return failure(ErrorCode::invalid_configuration, bad.what());
    }
}

}  // namespace spineseg

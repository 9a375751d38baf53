// SPDX-License-Identifier: GPL-3.0-or-later
#include "eligibility/rules.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "core/json_fields.h"
#include "eligibility/condition_reader.h"
#include "eligibility/shipped_rules.h"

namespace spineseg {

using nlohmann::json;
using namespace eligibility;

namespace {

constexpr std::string_view kOwnResult = "own_result";
constexpr double kMostWeight = 10;

constexpr std::array<std::string_view, 6> kContrasts{"unknown", "T1", "T2", "T2FS", "STIR", "PD"};
constexpr std::array<std::string_view, 3> kSays{"exclude", "for", "against"};

Says says_of(const json& object, const std::string& where) {
    const auto word = text(object, "says", where);
    const auto found = std::find(kSays.begin(), kSays.end(), word);
    if (found == kSays.end()) refuse(where, "\"says\" must be \"exclude\", \"for\" or \"against\"");
    return static_cast<Says>(found - kSays.begin());
}

Contrast contrast_of(const json& object, const std::string& where) {
    const auto word = text(object, "says", where);
    const auto found = std::find(kContrasts.begin() + 1, kContrasts.end(), word);
    if (found == kContrasts.end())
        refuse(where, "\"says\" must be \"T1\", \"T2\", \"T2FS\", \"STIR\" or \"PD\"");
    return static_cast<Contrast>(found - kContrasts.begin());
}

std::string place(const char* list, std::size_t index, const json& object) {
    std::string where = std::string(list) + "[" + std::to_string(index) + "]";
    if (!object.is_object()) refuse(where, "must be an object");
    return where + " (" + text(object, "id", where) + ")";
}

/// A condition may only name signs that stand above it; in the contrast's own rules "contrast" is not known.
void check_references(const Conditions& when, const std::vector<Sign>& known, bool contrast_known,
                      const std::string& where) {
    for (const auto& condition : when) {
        if (const auto* sign = std::get_if<SignCondition>(&condition)) {
            const auto same = [&](const Sign& s) { return s.id == sign->sign; };
            if (std::none_of(known.begin(), known.end(), same))
                refuse(where, "there is no sign \"" + sign->sign + "\" above");
        }
        const auto* value = std::get_if<ValueCondition>(&condition);
        const auto* presence = std::get_if<PresenceCondition>(&condition);
        const ValueSource* source = value ? &value->source : presence ? &presence->source : nullptr;
        if (source && source->fact && source->name == "contrast" && !contrast_known)
            refuse(where, "\"contrast\" is only known to \"rules\"");
    }
}

Sign read_sign(const json& object, std::size_t index) {
    const auto where = place("signs", index, object);
    only_keys(object, {"id", "any"}, where);
    Sign sign{text(object, "id", where), {}};
    const auto any = object.find("any");
    if (any == object.end() || !any->is_array() || any->empty())
        refuse(where, "\"any\" must list alternatives");
    for (const auto& alternative : *any) {
        if (!alternative.is_array()) refuse(where, "an alternative must be a list of conditions");
        sign.any.push_back(conditions({{"any", alternative}}, "any", where));
    }
    return sign;
}

ContrastRule read_contrast(const json& object, std::size_t index) {
    const auto where = place("contrast", index, object);
    only_keys(object, {"id", "says", "basis", "confidence", "because", "when"}, where);
    ContrastRule rule;
    rule.id = text(object, "id", where);
    rule.says = contrast_of(object, where);
    const auto basis = text(object, "basis", where);
    if (basis != "physics" && basis != "text") refuse(where, "\"basis\" must be \"physics\" or \"text\"");
    rule.physics = basis == "physics";
    rule.confidence = number(object, "confidence", where).value_or(-1);
    if (!(rule.confidence > 0 && rule.confidence <= 1)) refuse(where, "\"confidence\" must lie in 0..1");
    rule.because = text(object, "because", where);
    rule.when = conditions(object, "when", where);
    return rule;
}

EligibilityRule read_rule(const json& object, std::size_t index) {
    const auto where = place("rules", index, object);
    only_keys(object, {"id", "says", "weight", "because", "when"}, where);
    EligibilityRule rule;
    rule.id = text(object, "id", where);
    rule.says = says_of(object, where);
    if (rule.says == Says::exclude) {
        if (object.contains("weight")) refuse(where, "a rule that excludes has no \"weight\"");
    } else {
        rule.weight = number(object, "weight", where).value_or(0);
        if (!(rule.weight > 0 && rule.weight <= kMostWeight))
            refuse(where, "\"weight\" must be above 0 and at most 10");
    }
    rule.because = text(object, "because", where);
    rule.when = conditions(object, "when", where);
    return rule;
}

template <typename Read>
auto read_list(const json& object, const char* key, Read read) {
    std::vector<decltype(read(object, std::size_t{0}))> list;
    const auto found = object.find(key);
    if (found == object.end()) return list;
    if (!found->is_array()) refuse(key, "must be a list");
    for (const auto& entry : *found) {
        list.push_back(read(entry, list.size()));
        const auto same = [&](const auto& other) { return other.id == list.back().id; };
        if (std::count_if(list.begin(), list.end(), same) > 1)
            refuse(key, "\"" + list.back().id + "\" stands twice");
    }
    return list;
}

RegionRules read_region(const json& object) {
    const auto found = object.find("region");
    if (found == object.end()) return {};
    const json& source = *found;
    only_keys(source,
              {"series_text", "body_part", "study_text", "lumbar", "thoracic", "whole_spine", "other"},
              "region");
    return {texts(source, "series_text", "region"), texts(source, "body_part", "region"),
            texts(source, "study_text", "region"),  patterns(source, "lumbar", "region"),
            patterns(source, "thoracic", "region"), patterns(source, "whole_spine", "region"),
            patterns(source, "other", "region")};
}

/// What the site has added before, and more.
ImageWords read_images(const json& object, ImageWords words) {
    const auto found = object.find("images");
    if (found == object.end()) return words;
    only_keys(*found, {"anatomy", "never"}, "images");
    for (auto& word : texts(*found, "anatomy", "images")) words.anatomy.push_back(std::move(word));
    for (auto& word : texts(*found, "never", "images")) words.never.push_back(std::move(word));
    auto checked = checked_image_words(std::move(words), ErrorCode::invalid_configuration);
    if (!checked) refuse("images", checked.error().detail);
    return std::move(*checked);
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

template <typename T>
typename std::vector<T>::iterator find_id(std::vector<T>& list, std::string_view id) {
    return std::find_if(list.begin(), list.end(), [&](const T& entry) { return entry.id == id; });
}

void merge_signs(std::vector<Sign>& signs, const std::vector<Sign>& more) {
    for (const auto& sign : more) {
        const auto known = find_id(signs, sign.id);
        if (known == signs.end())
            signs.push_back(sign);
        else
            append(known->any, sign.any);
    }
}

/// In the place of the one with the same id, or before all from `first` on, in the order given.
template <typename T>
void merge_rules(std::vector<T>& rules, const std::vector<T>& more, std::size_t first) {
    for (const auto& rule : more) {
        const auto known = find_id(rules, rule.id);
        if (known != rules.end())
            *known = rule;
        else
            rules.insert(rules.begin() + static_cast<std::ptrdiff_t>(first++), rule);
    }
}

void check_all_references(const EligibilityRules& rules) {
    std::vector<Sign> above;
    for (const auto& sign : rules.signs) {
        for (const auto& alternative : sign.any)
            check_references(alternative, above, false, "signs (" + sign.id + ")");
        above.push_back(sign);
    }
    for (const auto& rule : rules.contrast)
        check_references(rule.when, above, false, "contrast (" + rule.id + ")");
    for (const auto& rule : rules.rules) check_references(rule.when, above, true, "rules (" + rule.id + ")");
}

void read_threshold(const json& object, double& threshold) {
    threshold = number(object, "threshold", "eligibility rules").value_or(threshold);
    if (!(threshold >= 0 && threshold <= 1)) refuse("threshold", "must lie in 0..1");
}

json parse_text(const std::string& json_text) {
    auto parsed = parse_json_object(json_text, "eligibility rules", ErrorCode::invalid_configuration);
    if (!parsed) throw BadRules(parsed.error().detail);
    return std::move(*parsed);
}

EligibilityRules parse_rules(const std::string& json_text) {
    const json parsed = parse_text(json_text);
    only_keys(parsed, {"format", "licence", "about", "threshold", "region", "signs", "contrast", "rules"},
              "eligibility rules");
    const auto format = parsed.find("format");
    if (format == parsed.end() || *format != EligibilityRules::kFormat)
        refuse("eligibility rules", "\"format\" must be " + std::to_string(EligibilityRules::kFormat));
    EligibilityRules rules;
    read_threshold(parsed, rules.threshold);
    rules.region = read_region(parsed);
    rules.signs = read_list(parsed, "signs", read_sign);
    rules.contrast = read_list(parsed, "contrast", read_contrast);
    rules.rules = read_list(parsed, "rules", read_rule);
    check_all_references(rules);
    return rules;
}

void disable(EligibilityRules& rules, const std::string& id) {
    if (id == kOwnResult) refuse("disable", "\"own_result\" keeps spineseg from feeding on itself");
    const auto named = [&](const auto& rule) { return rule.id == id; };
    if (std::erase_if(rules.rules, named) + std::erase_if(rules.contrast, named) == 0)
        refuse("disable", "there is no rule \"" + id + "\"");
}

EligibilityRules change_rules(EligibilityRules changed, const std::string& json_text) {
    const json parsed = parse_text(json_text);
    only_keys(parsed, {"disable", "threshold", "region", "signs", "contrast", "rules", "images"},
              "a site's eligibility");
    for (const auto& id : texts(parsed, "disable", "disable")) disable(changed, id);
    read_threshold(parsed, changed.threshold);
    append(changed.region, read_region(parsed));
    changed.images = read_images(parsed, std::move(changed.images));
    merge_signs(changed.signs, read_list(parsed, "signs", read_sign));
    merge_rules(changed.contrast, read_list(parsed, "contrast", read_contrast), 0);
    const auto more = read_list(parsed, "rules", read_rule);
    for (const auto& rule : more)
        if (rule.id == kOwnResult) refuse("rules", "\"own_result\" cannot be replaced");
    merge_rules(
        changed.rules, more,
        find_id(changed.rules, kOwnResult) == changed.rules.begin() && !changed.rules.empty() ? 1 : 0);
    check_all_references(changed);
    return changed;
}

}  // namespace

std::string_view to_string(Contrast contrast) {
    return kContrasts.at(static_cast<std::size_t>(contrast));
}
std::string_view to_string(Says says) {
    return kSays.at(static_cast<std::size_t>(says));
}

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

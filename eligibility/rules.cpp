// SPDX-License-Identifier: GPL-3.0-or-later
#include "eligibility/rules.h"

#include <algorithm>
#include <array>

#include "core/image_words_check.h"
#include "core/json_fields.h"
#include "core/json_path.h"
#include "eligibility/condition_reader.h"
#include "eligibility/shipped_rules.h"

namespace spineseg {

using namespace eligibility;

namespace {

constexpr std::string_view kOwnResult = "own_result";
constexpr const char* kName = "eligibility rules";
constexpr double kMostWeight = 10;
constexpr std::size_t kMostRules = 10'000;
constexpr std::size_t kMostAlternatives = 1000;

constexpr std::array<std::string_view, 6> kContrasts{"unknown", "T1", "T2", "T2FS", "STIR", "PD"};
constexpr std::array<std::string_view, 3> kSays{"exclude", "for", "against"};

Says says_of(const JsonPath& object) {
    const auto word = text(object, "says");
    const auto found = std::find(kSays.begin(), kSays.end(), word);
    if (found == kSays.end()) object["says"].refuse("must be \"exclude\", \"for\" or \"against\"");
    return static_cast<Says>(found - kSays.begin());
}

Contrast contrast_of(const JsonPath& object) {
    const auto word = text(object, "says");
    const auto found = std::find(kContrasts.begin() + 1, kContrasts.end(), word);
    if (found == kContrasts.end())
        object["says"].refuse("must be \"T1\", \"T2\", \"T2FS\", \"STIR\" or \"PD\"");
    return static_cast<Contrast>(found - kContrasts.begin());
}

/// An entry of a list is named by its id, too.
JsonPath with_id(const JsonPath& entry) {
    return entry.named(entry.path() + " (" + text(entry, "id") + ")");
}

[[noreturn]] void refuse(const std::string& where, const std::string& why) {
    throw JsonRefused{where + ": " + why};
}

/// A condition may only name signs that are defined above it; in the contrast's own rules "contrast" is not known.
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

Sign read_sign(const JsonPath& object) {
    object.only({"id", "any"});
    Sign sign{text(object, "id"), {}};
    const JsonPath any = object["any"];
    for (const auto& alternative : any.items(0, kMostAlternatives))
        sign.any.push_back(conditions(alternative));
    if (sign.any.empty()) any.refuse("must list alternatives");
    return sign;
}

ContrastRule read_contrast(const JsonPath& object) {
    object.only({"id", "says", "basis", "confidence", "because", "when"});
    ContrastRule rule;
    rule.id = text(object, "id");
    rule.says = contrast_of(object);
    const auto basis = text(object, "basis");
    if (basis != "physics" && basis != "text") object["basis"].refuse("must be \"physics\" or \"text\"");
    rule.physics = basis == "physics";
    rule.confidence = object["confidence"].number(0, 1);
    if (rule.confidence == 0) object["confidence"].refuse("must be above 0");
    rule.because = text(object, "because");
    rule.when = conditions(object["when"]);
    return rule;
}

EligibilityRule read_rule(const JsonPath& object) {
    object.only({"id", "says", "weight", "because", "when"});
    EligibilityRule rule;
    rule.id = text(object, "id");
    rule.says = says_of(object);
    if (rule.says == Says::exclude) {
        if (object.has("weight")) object["weight"].refuse("a rule that excludes has none");
    } else {
        rule.weight = object["weight"].number(0, kMostWeight);
        if (rule.weight == 0) object["weight"].refuse("must be above 0");
    }
    rule.because = text(object, "because");
    rule.when = conditions(object["when"]);
    return rule;
}

template <typename Read>
auto read_list(const JsonPath& object, const char* key, Read read) {
    std::vector<decltype(read(object))> list;
    const auto found = object.find(key);
    if (!found) return list;
    for (const auto& entry : found->items(0, kMostRules)) {
        list.push_back(read(with_id(entry)));
        const auto same = [&](const auto& other) { return other.id == list.back().id; };
        if (std::count_if(list.begin(), list.end(), same) > 1)
            found->refuse("\"" + list.back().id + "\" occurs twice");
    }
    return list;
}

RegionRules read_region(const JsonPath& object) {
    const auto region = object.find("region");
    if (!region) return {};
    region->only({"series_text", "body_part", "study_text", "lumbar", "thoracic", "whole_spine", "other"});
    return {texts(*region, "series_text"), texts(*region, "body_part"),   texts(*region, "study_text"),
            patterns(*region, "lumbar"),   patterns(*region, "thoracic"), patterns(*region, "whole_spine"),
            patterns(*region, "other")};
}

/// What the site has added before, and more.
ImageWords read_images(const JsonPath& object, ImageWords words) {
    const auto images = object.find("images");
    if (!images) return words;
    images->only({"anatomy", "never"});
    for (auto& word : texts(*images, "anatomy")) words.anatomy.push_back(std::move(word));
    for (auto& word : texts(*images, "never")) words.never.push_back(std::move(word));
    auto checked = checked_image_words(std::move(words), ErrorCode::invalid_configuration);
    if (!checked) images->refuse(checked.error().detail);
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

void read_threshold(const JsonPath& object, double& threshold) {
    if (const auto given = object.find("threshold")) threshold = given->number(0, 1);
}

nlohmann::json parse_text(const std::string& json_text) {
    auto parsed = parse_json_object(json_text, kName, ErrorCode::invalid_configuration);
    if (!parsed) throw JsonRefused{parsed.error().detail};
    return std::move(*parsed);
}

EligibilityRules parse_rules(const std::string& json_text) {
    const auto json = parse_text(json_text);
    const JsonPath parsed(json, kName);
    parsed.only({"format", "licence", "about", "threshold", "region", "signs", "contrast", "rules"});
    parsed["format"].integer(EligibilityRules::kFormat, EligibilityRules::kFormat);
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
    const auto json = parse_text(json_text);
    const JsonPath parsed(json, kName);
    parsed.only({"disable", "threshold", "region", "signs", "contrast", "rules", "images"});
    for (const auto& id : texts(parsed, "disable")) disable(changed, id);
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
    } catch (const JsonRefused& refused) {
        return failure(ErrorCode::invalid_configuration, refused.what);
    }
}

Result<EligibilityRules> EligibilityRules::with_site_changes(const std::string& json_text) const {
    try {
        return change_rules(*this, json_text);
    } catch (const JsonRefused& refused) {
        return failure(ErrorCode::invalid_configuration, refused.what);
    }
}

}  // namespace spineseg

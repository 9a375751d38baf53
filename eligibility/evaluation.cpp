// SPDX-License-Identifier: GPL-3.0-or-later
#include "eligibility/evaluation.h"

#include <algorithm>
#include <cstdio>

namespace spineseg::eligibility {
namespace {

constexpr std::size_t kMostShown = 64;

std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(std::string_view(" \0", 2));
    if (first == std::string::npos) return {};
    return text.substr(first, text.find_last_not_of(std::string_view(" \0", 2)) - first + 1);
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
    return text;
}

bool listed(const std::vector<std::string>& values, const std::string& one) {
    return std::any_of(values.begin(), values.end(),
                       [&](const auto& value) { return lower(value) == lower(one); });
}

std::string silent(const std::string& name) {
    return "the header does not say " + name;
}

std::string digits(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", value);
    return text;
}

/// "at least 60 and at most 400".
std::string bounds_of(const NumberCondition& condition) {
    std::string text;
    const auto add = [&](const char* word, const std::optional<double>& bound) {
        if (bound) text += (text.empty() ? "" : " and ") + std::string(word) + " " + digits(*bound);
    };
    add("above", condition.above);
    add("at least", condition.at_least);
    add("below", condition.below);
    add("at most", condition.at_most);
    return text;
}

bool within(const NumberCondition& bounds, double value) {
    return !(bounds.above && !(value > *bounds.above)) && !(bounds.below && !(value < *bounds.below)) &&
           !(bounds.at_least && !(value >= *bounds.at_least)) &&
           !(bounds.at_most && !(value <= *bounds.at_most));
}

void name_source(const Condition& condition, std::vector<std::string>& names) {
    if (const auto* text = std::get_if<TextCondition>(&condition)) {
        names.insert(names.end(), text->tags.begin(), text->tags.end());
    } else if (const auto* sign = std::get_if<SignCondition>(&condition)) {
        names.push_back(sign->sign);
    } else if (const auto* value = std::get_if<ValueCondition>(&condition)) {
        names.push_back(value->source.name);
    } else if (const auto* number = std::get_if<NumberCondition>(&condition)) {
        names.push_back(number->source.name);
    } else if (const auto* presence = std::get_if<PresenceCondition>(&condition)) {
        names.push_back(presence->source.name);
    }
}

}  // namespace

Evaluation::Evaluation(const SeriesTags& tags, const SeriesFacts& facts, const std::vector<Sign>& signs)
    : tags_(tags), facts_(facts) {
    for (const auto& sign : signs) {
        Finding finding{false, "no sign of \"" + sign.id + "\""};
        for (const auto& alternative : sign.any) {
            auto found = all(alternative);
            if (!found.holds) continue;
            finding = {true, std::move(found.why)};
            break;
        }
        signs_[sign.id] = std::move(finding);
    }
}

Finding Evaluation::all(const Conditions& when) const {
    Finding finding;
    for (const auto& condition : when) {
        finding = ask(condition);
        if (!finding.holds) break;
    }
    return finding;
}

bool Evaluation::sign(const std::string& id) const {
    const auto found = signs_.find(id);
    return found != signs_.end() && found->second.holds;
}

Finding Evaluation::ask(const Condition& condition) const {
    return std::visit([&](const auto& one) { return ask(one); }, condition);
}

Finding Evaluation::ask(const ValueCondition& condition) const {
    const auto& name = condition.source.name;
    const std::string whole = trimmed(condition.source.fact ? fact_text(facts_, name) : tags_.value(name));
    if (whole.empty()) return {false, silent(name)};
    if (name == "region" && condition.source.fact && listed(condition.values, whole) &&
        !facts_.region_evidence.empty())
        return {!condition.negated, "the text says \"" + facts_.region_evidence + "\""};
    std::string rest = whole;
    for (;;) {
        const auto cut = rest.find('\\');
        const std::string one = trimmed(rest.substr(0, cut));
        if (listed(condition.values, one)) return {!condition.negated, name + " is " + one};
        if (cut == std::string::npos) break;
        rest.erase(0, cut + 1);
    }
    return {condition.negated, name + " is " + whole.substr(0, kMostShown)};
}

Finding Evaluation::ask(const NumberCondition& condition) const {
    const auto& name = condition.source.name;
    const auto value = condition.source.fact ? fact_number(facts_, name) : tags_.number(name);
    if (!value) return {false, silent(name)};
    const bool holds = within(condition, *value);
    if (is_private_fact(name)) return {holds, name + (holds ? " is " : " is not ") + bounds_of(condition)};
    return {holds, name + " is " + digits(*value) + (holds ? "" : ", not " + bounds_of(condition))};
}

Finding Evaluation::ask(const PresenceCondition& condition) const {
    const auto& name = condition.source.name;
    // Sentences already, which name the images.
    if (condition.source.fact && (name == "not_anatomy" || name == "reading_fault"))
        if (auto sentence = fact_text(facts_, name); !sentence.empty())
            return {condition.present, std::move(sentence)};
    const bool there = condition.source.fact
                           ? !fact_text(facts_, name).empty() || fact_number(facts_, name).has_value()
                           : !trimmed(tags_.value(name)).empty();
    return {there == condition.present, there ? "the header says " + name : silent(name)};
}

Finding Evaluation::ask(const TextCondition& condition) const {
    const auto words = words_of(tags_, condition.tags);
    const auto* pattern = first_match(condition.says, words);
    if (!pattern) return {false, "the text says none of its words"};
    if (const auto* other = first_match(condition.but_not, words))
        return {false, "the text says \"" + pattern->text() + "\", but also \"" + other->text() + "\""};
    return {true, "the text says \"" + pattern->text() + "\""};
}

Finding Evaluation::ask(const SignCondition& condition) const {
    const auto found = signs_.find(condition.sign);
    if (found == signs_.end()) return {false, "no sign of \"" + condition.sign + "\""};
    return {found->second.holds != condition.negated, found->second.why};
}

std::vector<std::string> looks_at(const Conditions& when) {
    std::vector<std::string> names, distinct;
    for (const auto& condition : when) name_source(condition, names);
    for (auto& name : names)
        if (std::find(distinct.begin(), distinct.end(), name) == distinct.end())
            distinct.push_back(std::move(name));
    return distinct;
}

}  // namespace spineseg::eligibility

// SPDX-License-Identifier: GPL-3.0-or-later
#include "eligibility/condition_reader.h"

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <optional>

#include "eligibility/facts.h"

namespace spineseg::eligibility {
namespace {

constexpr std::size_t kMostEntries = 10'000;

std::optional<double> number(const JsonPath& object, const char* key) {
    constexpr double kAny = std::numeric_limits<double>::max();
    const auto field = object.find(key);
    return field ? std::optional(field->number(-kAny, kAny)) : std::nullopt;
}

TextCondition text_condition(const JsonPath& object) {
    object.only({"text", "says", "but_not"});
    TextCondition condition{texts(object, "text"), patterns(object, "says"), patterns(object, "but_not")};
    if (condition.tags.empty() || condition.says.empty()) object.refuse("needs \"text\" and \"says\"");
    return condition;
}

SignCondition sign_condition(const JsonPath& object) {
    object.only({"sign", "no_sign"});
    const bool negated = object.has("no_sign");
    if (negated == object.has("sign")) object.refuse("\"sign\" and \"no_sign\" exclude each other");
    return {text(object, negated ? "no_sign" : "sign"), negated};
}

ValueSource source_of(const JsonPath& object) {
    const bool fact = object.has("fact");
    if (fact == object.has("tag"))
        object.refuse("needs one of \"tag\", \"fact\", \"text\", \"sign\" and \"no_sign\"");
    ValueSource source{text(object, fact ? "fact" : "tag"), fact};
    if (fact && !is_fact(source.name)) object.refuse("unknown fact \"" + source.name + "\"");
    return source;
}

Condition value_condition(ValueSource source, const JsonPath& object) {
    if (object.has("is") && object.has("is_not")) object.refuse("\"is\" and \"is_not\" exclude each other");
    const bool negated = object.has("is_not");
    auto values = texts(object, negated ? "is_not" : "is");
    if (values.empty()) object.refuse("lists no value");
    return ValueCondition{std::move(source), std::move(values), negated};
}

Condition condition(const JsonPath& object) {
    if (object.has("text")) return text_condition(object);
    if (object.has("sign") || object.has("no_sign")) return sign_condition(object);
    object.only({"tag", "fact", "is", "is_not", "above", "below", "at_least", "at_most", "present"});
    auto source = source_of(object);
    const auto has = [&](std::initializer_list<const char*> keys) {
        return std::any_of(keys.begin(), keys.end(), [&](const char* key) { return object.has(key); });
    };
    const bool listed = has({"is", "is_not"}), present = has({"present"}),
               bounded = has({"above", "below", "at_least", "at_most"});
    if (int{listed} + int{bounded} + int{present} != 1)
        object.refuse("needs either \"is\"/\"is_not\", or bounds, or \"present\"");
    if (listed) return value_condition(std::move(source), object);
    if (present) return PresenceCondition{std::move(source), object["present"].boolean()};
    return NumberCondition{std::move(source), number(object, "above"), number(object, "below"),
                           number(object, "at_least"), number(object, "at_most")};
}

}  // namespace

std::string text(const JsonPath& object, const char* key) {
    const JsonPath field = object[key];
    auto value = field.text();
    if (value.empty()) field.refuse("must not be empty");
    return value;
}

std::vector<std::string> texts(const JsonPath& object, const char* key) {
    std::vector<std::string> list;
    if (const auto field = object.find(key))
        for (const auto& entry : field->items(0, kMostEntries)) list.push_back(entry.text());
    return list;
}

std::vector<TextPattern> patterns(const JsonPath& object, const char* key) {
    std::vector<TextPattern> list;
    for (const auto& pattern : texts(object, key)) {
        if (fold_words(pattern).empty()) object.refuse("the pattern \"" + pattern + "\" names no word");
        list.emplace_back(pattern);
    }
    return list;
}

Conditions conditions(const JsonPath& list) {
    Conditions all;
    for (const auto& entry : list.items(0, kMostEntries)) all.push_back(condition(entry));
    if (all.empty()) list.refuse("must list conditions");
    return all;
}

}  // namespace spineseg::eligibility

// SPDX-License-Identifier: GPL-3.0-or-later
#include "eligibility/condition_reader.h"

#include <algorithm>

#include "eligibility/facts.h"

namespace spineseg::eligibility {

using nlohmann::json;

void refuse(const std::string& where, const std::string& what) {
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

namespace {

TextCondition text_condition(const json& object, const std::string& where) {
    only_keys(object, {"text", "says", "but_not"}, where);
    TextCondition condition{texts(object, "text", where), patterns(object, "says", where),
                            patterns(object, "but_not", where)};
    if (condition.tags.empty() || condition.says.empty()) refuse(where, "needs \"text\" and \"says\"");
    return condition;
}

SignCondition sign_condition(const json& object, const std::string& where) {
    only_keys(object, {"sign", "no_sign"}, where);
    const bool negated = object.contains("no_sign");
    if (negated == object.contains("sign")) refuse(where, "\"sign\" and \"no_sign\" exclude each other");
    return {text(object, negated ? "no_sign" : "sign", where), negated};
}

ValueSource source_of(const json& object, const std::string& where) {
    const bool fact = object.contains("fact");
    if (fact == object.contains("tag"))
        refuse(where, "needs one of \"tag\", \"fact\", \"text\", \"sign\" and \"no_sign\"");
    ValueSource source{text(object, fact ? "fact" : "tag", where), fact};
    if (fact && !is_fact(source.name)) refuse(where, "unknown fact \"" + source.name + "\"");
    return source;
}

Condition value_condition(ValueSource source, const json& object, const std::string& where) {
    if (object.contains("is") && object.contains("is_not"))
        refuse(where, "\"is\" and \"is_not\" exclude each other");
    const bool negated = object.contains("is_not");
    auto values = texts(object, negated ? "is_not" : "is", where);
    if (values.empty()) refuse(where, "lists no value");
    return ValueCondition{std::move(source), std::move(values), negated};
}

Condition condition(const json& object, const std::string& where) {
    if (!object.is_object()) refuse(where, "must be an object");
    if (object.contains("text")) return text_condition(object, where);
    if (object.contains("sign") || object.contains("no_sign")) return sign_condition(object, where);
    only_keys(object, {"tag", "fact", "is", "is_not", "above", "below", "at_least", "at_most", "present"},
              where);
    auto source = source_of(object, where);
    const auto has = [&](std::initializer_list<const char*> keys) {
        return std::any_of(keys.begin(), keys.end(), [&](const char* key) { return object.contains(key); });
    };
    const bool listed = has({"is", "is_not"}), present = has({"present"}),
               bounded = has({"above", "below", "at_least", "at_most"});
    if (int{listed} + int{bounded} + int{present} != 1)
        refuse(where, "needs either \"is\"/\"is_not\", or bounds, or \"present\"");
    if (listed) return value_condition(std::move(source), object, where);
    if (present) {
        if (!object["present"].is_boolean()) refuse(where, "\"present\" must be true or false");
        return PresenceCondition{std::move(source), object["present"].get<bool>()};
    }
    return NumberCondition{std::move(source), number(object, "above", where), number(object, "below", where),
                           number(object, "at_least", where), number(object, "at_most", where)};
}

}  // namespace

Conditions conditions(const json& object, const char* key, const std::string& where) {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_array() || found->empty())
        refuse(where, std::string("\"") + key + "\" must list conditions");
    Conditions list;
    for (const auto& entry : *found) list.push_back(condition(entry, where));
    return list;
}

}  // namespace spineseg::eligibility

// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/rest/segment_body.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "core/json_fields.h"
#include "plugin/intake/off_peak.h"
#include "plugin/rest/request_values.h"

namespace spineseg {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestId = 64;

Result<bool> truth(const std::string& key, const json& value) {
    if (!value.is_boolean()) return wrong_argument(key + " must be true or false");
    return value.get<bool>();
}

/// What a key of a request's body does.
struct Taking {
    HandRequest& asked;
    const Settings& settings;
    Timestamp now;
};

struct WholeKey {
    std::string_view key;
    std::int64_t low, high;
    void (*take)(HandRequest& asked, std::int64_t value);
};
constexpr std::array kWholeKeys{
    WholeKey{"Samples", 0, 64, [](HandRequest& a, std::int64_t v) { a.samples = static_cast<int>(v); }},
    WholeKey{"Steps", 1, 1000, [](HandRequest& a, std::int64_t v) { a.steps = static_cast<int>(v); }},
    WholeKey{"Seed", 0, static_cast<std::int64_t>(kMaxSeed),
             [](HandRequest& a, std::int64_t v) { a.seed = static_cast<std::uint64_t>(v); }},
    WholeKey{"Priority", -kMostPriority, kMostPriority,
             [](HandRequest& a, std::int64_t v) { a.priority = static_cast<int>(v); }},
};

Result<void> take_off_peak(Taking& taking, const json& value) {
    const auto wanted = truth("OffPeak", value);
    if (!wanted) return failure(wanted.error());
    if (!*wanted) return {};
    if (!taking.settings.off_peak)
        return wrong_argument("OffPeak needs the setting OffPeakHours, and it is not set");
    taking.asked.not_before = next_off_peak(*taking.settings.off_peak, taking.now);
    return {};
}

Result<void> take_not_before(Taking& taking, const json& value) {
    const auto* text = value.get_ptr<const std::string*>();
    const auto time = text == nullptr ? std::nullopt : time_from_iso8601(*text);
    if (!time || *time > taking.now + kFarthest)
        return wrong_argument(
            "NotBefore must be a time in UTC such as \"2026-11-22T20:00:00Z\", at most 31 days ahead");
    if (*time > taking.now) taking.asked.not_before = *time;
    return {};
}

Result<void> take(Taking& taking, const std::string& key, const json& value) {
    for (const auto& whole : kWholeKeys) {
        if (key != whole.key) continue;
        const auto number = whole_number(key, value, whole.low, whole.high);
        if (!number) return failure(number.error());
        whole.take(taking.asked, *number);
        return {};
    }
    if (key == "OffPeak") return take_off_peak(taking, value);
    if (key == "NotBefore") return take_not_before(taking, value);
    if (key != "Force")
        return wrong_argument("unknown key \"" + key.substr(0, 64) +
                              "\"; known are Samples, Steps, Seed, Priority, Force, OffPeak and NotBefore");
    const auto force = truth(key, value);
    if (!force) return failure(force.error());
    taking.asked.force = *force;
    return {};
}

bool is_blank(const std::string& body) {
    return body.find_first_not_of(" \t\r\n") == std::string::npos;
}

Result<json> object_of(const std::string& body, std::size_t most) {
    if (body.size() > most) return wrong_argument("the body is too long");
    auto parsed = parse_json_object(body, "the body", ErrorCode::invalid_argument);
    if (!parsed) return wrong_argument("the body must be a JSON object");
    return parsed;
}

Result<HandRequest> request_of(const json& body, const Settings& settings, Timestamp now) {
    const bool off_peak = body.contains("OffPeak") && body.at("OffPeak") == true;
    if (off_peak && body.contains("NotBefore"))
        return wrong_argument("OffPeak and NotBefore exclude each other");
    HandRequest asked;
    asked.samples = settings.samples;
    asked.steps = settings.steps;
    Taking taking{asked, settings, now};
    for (const auto& [key, value] : body.items())
        if (auto taken = take(taking, key, value); !taken) return failure(taken.error());
    return asked;
}

/// Each once, in their order.
Result<std::vector<std::string>> texts_of(const std::string& key, const json& value) {
    const std::string what = key + " must be a list of 1 to " + std::to_string(kMostAtOnce) + " ids";
    if (!value.is_array() || value.empty() || value.size() > kMostAtOnce) return wrong_argument(what);
    std::vector<std::string> texts;
    std::set<std::string> seen;
    for (const auto& one : value) {
        const auto* text = one.get_ptr<const std::string*>();
        if (text == nullptr || text->size() > kLongestId) return wrong_argument(what);
        if (seen.insert(*text).second) texts.push_back(*text);
    }
    return texts;
}

/// The value of the one key that the object may have.
Result<json> only_value(const json& object, const std::string& key) {
    for (const auto& [name, value] : object.items())
        if (name != key) return wrong_argument("unknown key \"" + name.substr(0, 64) + "\"; known is " + key);
    if (!object.contains(key)) return wrong_argument("the key " + key + " is missing");
    return object.at(key);
}

}  // namespace

Result<HandRequest> parse_segment_body(const std::string& body, const Settings& settings, Timestamp now) {
    if (body.size() > kMaxSegmentBody) return wrong_argument("the body is too long");
    if (is_blank(body)) return request_of(json::object(), settings, now);
    const auto object = object_of(body, kMaxSegmentBody);
    if (!object) return failure(object.error());
    return request_of(*object, settings, now);
}

Result<BulkRequest> parse_bulk_segment_body(const std::string& body, const Settings& settings,
                                            Timestamp now) {
    auto object = object_of(body, kMaxBulkBody);
    if (!object) return failure(object.error());
    if (!object->contains("Series")) return wrong_argument("the key Series is missing");
    auto series = texts_of("Series", object->at("Series"));
    if (!series) return failure(series.error());
    object->erase("Series");
    auto asked = request_of(*object, settings, now);
    if (!asked) return failure(asked.error());
    return BulkRequest{std::move(*series), std::move(*asked)};
}

Result<std::vector<std::string>> parse_ids_body(const std::string& body) {
    const auto object = object_of(body, kMaxBulkBody);
    if (!object) return failure(object.error());
    const auto ids = only_value(*object, "IDs");
    if (!ids) return failure(ids.error());
    return texts_of("IDs", *ids);
}

Result<int> parse_priority_body(const std::string& body) {
    const auto object = object_of(body, kMaxSegmentBody);
    if (!object) return failure(object.error());
    const auto value = only_value(*object, "Priority");
    if (!value) return failure(value.error());
    const auto priority = whole_number("Priority", *value, -kMostPriority, kMostPriority);
    if (!priority) return failure(priority.error());
    return static_cast<int>(*priority);
}

}  // namespace spineseg

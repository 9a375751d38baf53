// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/rest/segment_body.h"

#include <nlohmann/json.hpp>

namespace spineseg {
namespace {

using nlohmann::json;

Result<std::int64_t> integer(const std::string& key, const json& value, std::int64_t low, std::int64_t high) {
    // nlohmann keeps large positive numbers unsigned: get<int64_t>() of those would wrap.
    const bool fits =
        value.is_number_integer() &&
        (!value.is_number_unsigned() || value.get<std::uint64_t>() <= static_cast<std::uint64_t>(high)) &&
        value.get<std::int64_t>() >= low && value.get<std::int64_t>() <= high;
    if (!fits)
        return wrong_argument(key + " must be a whole number from " + std::to_string(low) + " to " +
                              std::to_string(high));
    return value.get<std::int64_t>();
}

Result<void> take(HandRequest& asked, const std::string& key, const json& value) {
    if (key == "Force") {
        if (!value.is_boolean()) return wrong_argument("Force must be true or false");
        asked.force = value.get<bool>();
        return {};
    }
    const bool seed = key == "Seed", priority = key == "Priority", samples = key == "Samples",
               steps = key == "Steps";
    if (!seed && !priority && !samples && !steps)
        return wrong_argument("unknown key \"" + key.substr(0, 64) +
                              "\"; known are Samples, Steps, Seed, Priority and Force");
    const std::int64_t low = priority ? -1000 : seed || samples ? 0 : 1;
    const std::int64_t high = seed ? static_cast<std::int64_t>(kMaxSeed) : samples ? 64 : 1000;
    const auto number = integer(key, value, low, high);
    if (!number) return failure(number.error());
    if (seed) asked.seed = static_cast<std::uint64_t>(*number);
    if (priority) asked.priority = static_cast<int>(*number);
    if (samples) asked.samples = static_cast<int>(*number);
    if (steps) asked.steps = static_cast<int>(*number);
    return {};
}

}  // namespace

Result<HandRequest> parse_segment_body(const std::string& body, const Settings& settings) {
    HandRequest asked;
    asked.samples = settings.samples;
    asked.steps = settings.steps;
    if (body.size() > kMaxSegmentBody) return wrong_argument("the body is too long");
    if (body.find_first_not_of(" \t\r\n") == std::string::npos) return asked;
    const json parsed = json::parse(body, nullptr, false);
    if (!parsed.is_object()) return wrong_argument("the body must be a JSON object");
    for (const auto& [key, value] : parsed.items())
        if (auto taken = take(asked, key, value); !taken) return failure(taken.error());
    return asked;
}

}  // namespace spineseg

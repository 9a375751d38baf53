// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// JSON → conditions, and the strict accessors that rules.cpp shares. For this library's sources only.

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "eligibility/condition.h"

namespace spineseg::eligibility {

/// Thrown while parsing and caught in rules.cpp: the descent is deep, every step can fail, and only the top
/// can answer.
struct BadRules : std::runtime_error {
    using std::runtime_error::runtime_error;
};
[[noreturn]] void refuse(const std::string& where, const std::string& what);

void only_keys(const nlohmann::json& object, std::initializer_list<std::string_view> known,
               const std::string& where);
std::string text(const nlohmann::json& object, const char* key, const std::string& where);
std::vector<std::string> texts(const nlohmann::json& object, const char* key, const std::string& where);
std::vector<TextPattern> patterns(const nlohmann::json& object, const char* key, const std::string& where);
std::optional<double> number(const nlohmann::json& object, const char* key, const std::string& where);

/// A non-empty list of conditions under `key`.
Conditions conditions(const nlohmann::json& object, const char* key, const std::string& where);

}  // namespace spineseg::eligibility

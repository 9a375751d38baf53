// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Reading a JSON file that people or other programs write, by descent: a view of a value that knows its path, for
/// errors that name it ("plans.json: configurations.2d.patch_size: must be a text"). The first violation throws
/// JsonRefused, because the descent is deep and only its beginning can answer; whoever begins it turns it into a
/// Result. Objects that are read whole and written too are core/json_fields.h's. Include from sources only.
/// Values; any thread.

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spineseg {

struct JsonRefused {
    std::string what;
};

class JsonPath {
  public:
    JsonPath(const nlohmann::json& value, std::string path) : value_(&value), path_(std::move(path)) {}

    [[noreturn]] void refuse(const std::string& why) const { throw JsonRefused{path_ + ": " + why}; }
    const nlohmann::json& value() const { return *value_; }

    bool has(const std::string& field) const { return value_->is_object() && value_->contains(field); }
    JsonPath operator[](const std::string& field) const {
        if (!has(field)) JsonPath(*value_, below(field)).refuse("is missing");
        return {(*value_)[field], below(field)};
    }
    std::optional<JsonPath> find(const std::string& field) const {
        return has(field) ? std::optional((*this)[field]) : std::nullopt;
    }
    /// Refuses what is no object, and the first field that is none of these.
    void only(std::initializer_list<std::string_view> fields) const {
        if (!value_->is_object()) refuse("must be an object");
        for (const auto& [name, value] : value_->items())
            if (std::find(fields.begin(), fields.end(), name) == fields.end())
                JsonPath(value, below(name)).refuse("is not a known field");
    }
    /// The same value under another name, for a list's entry that has one of its own.
    JsonPath named(std::string path) const { return {*value_, std::move(path)}; }
    const std::string& path() const { return path_; }

    std::string text() const {
        if (!value_->is_string()) refuse("must be a text");
        return value_->get<std::string>();
    }
    bool boolean() const {
        if (!value_->is_boolean()) refuse("must be true or false");
        return value_->get<bool>();
    }
    std::int64_t integer(std::int64_t low, std::int64_t high) const {
        if (!value_->is_number_integer()) refuse("must be a whole number");
        const auto number = value_->is_number_unsigned() && value_->get<std::uint64_t>() > INT64_MAX
                                ? INT64_MAX
                                : value_->get<std::int64_t>();
        if (number < low || number > high)
            refuse(value_->dump() + " is outside " + std::to_string(low) + ".." + std::to_string(high));
        return number;
    }
    double number(double low, double high) const {
        if (!value_->is_number()) refuse("must be a number");
        const double number = value_->get<double>();
        if (!(number >= low && number <= high))
            refuse(value_->dump() + " is outside " + nlohmann::json(low).dump() + ".." +
                   nlohmann::json(high).dump());
        return number;
    }
    /// The items of a list; `count` 0: any number up to `most`.
    std::vector<JsonPath> items(std::size_t count, std::size_t most) const {
        if (!value_->is_array() || (count != 0 && value_->size() != count) || value_->size() > most)
            refuse("must be a list of " +
                   (count != 0 ? std::to_string(count) : "at most " + std::to_string(most)));
        std::vector<JsonPath> list;
        for (std::size_t i = 0; i < value_->size(); ++i)
            list.push_back({(*value_)[i], path_ + "[" + std::to_string(i) + "]"});
        return list;
    }

  private:
    std::string below(const std::string& field) const { return path_ + "." + field; }
    const nlohmann::json* value_;
    std::string path_;
};

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Strict JSON objects, described once for both directions: a function template `fields(archive, value)`
/// names every field with its bounds, and runs with a JsonWriter to write and with a JsonReader to read. The
/// reader refuses missing, unknown and duplicate fields, wrong types and values out of bounds, by name.
/// Include from sources only. No exception of the JSON library leaves these functions. Any thread.

#include <cmath>
#include <concepts>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/printable_text.h"
#include "core/result.h"

namespace spineseg {

inline constexpr int kMaxJsonDepth = 16;

/// A JSON object from foreign text: valid UTF-8, no duplicate keys, at most kMaxJsonDepth deep, nothing
/// behind it. `what` is the name for messages, `code` what a violation is called there.
Result<nlohmann::json> parse_json_object(std::string_view text, std::string_view what, ErrorCode code);

/// Text for the wire and the database; bytes that are not UTF-8 become U+FFFD instead of an exception.
std::string dump_json(const nlohmann::json& value, int indent = -1);

/// Makes every text and key within the value printable() (core/printable_text.h).
void make_printable(nlohmann::json& value);

/// Writes fields; bounds are the reader's business.
class JsonWriter {
  public:
    explicit JsonWriter(nlohmann::json& out) : out_(out) {}

    void text(const char* name, const std::string& value, std::size_t) { out_[name] = value; }
    template <std::integral T>
    void integer(const char* name, const T& value, T, T) {
        out_[name] = value;
    }
    template <std::integral T>
    void integer(const char* name, const std::optional<T>& value, T, T) {
        if (value) out_[name] = *value;
    }
    void number(const char* name, const double& value, double, double) { out_[name] = value; }
    void boolean(const char* name, const bool& value) { out_[name] = value; }
    template <typename Enum, typename FromString>
    void choice(const char* name, const Enum& value, FromString) {
        out_[name] = std::string(to_string(value));
    }
    template <typename T, typename Fields>
    void object(const char* name, const T& value, Fields fields) {
        nlohmann::json child = nlohmann::json::object();
        JsonWriter writer(child);
        fields(writer, value);
        out_[name] = std::move(child);
    }
    template <typename T, typename Fields>
    void object(const char* name, const std::optional<T>& value, Fields fields) {
        if (value) object(name, *value, fields);
    }
    template <typename T, typename Fields>
    void objects(const char* name, const std::vector<T>& values, std::size_t, Fields fields) {
        nlohmann::json list = nlohmann::json::array();
        for (const T& value : values) {
            JsonWriter writer(list.emplace_back(nlohmann::json::object()));
            fields(writer, value);
        }
        out_[name] = std::move(list);
    }
    void texts(const char* name, const std::vector<std::string>& values, std::size_t, std::size_t) {
        out_[name] = values;
    }
    void integers(const char* name, const std::vector<int>& values, std::size_t, std::size_t, int, int) {
        out_[name] = values;
    }
    void numbers(const char* name, const std::vector<double>& values, std::size_t, std::size_t, double,
                 double) {
        out_[name] = values;
    }

  private:
    nlohmann::json& out_;
};

/// Reads fields. The first violation stays; everything after it is left alone. Optional fields may be absent.
class JsonReader {
  public:
    /// `object` must be a JSON object and outlive the reader.
    JsonReader(const nlohmann::json& object, std::string path, ErrorCode code)
        : object_(object), path_(std::move(path)), code_(code) {}

    void text(const char* name, std::string& value, std::size_t max_bytes);
    template <std::integral T>
    void integer(const char* name, T& value, T low, T high) {
        if (const auto* field = find(name)) read_integer(name, *field, value, low, high);
    }
    template <std::integral T>
    void integer(const char* name, std::optional<T>& value, T low, T high) {
        if (const auto* field = find_if_present(name)) read_integer(name, *field, value.emplace(), low, high);
    }
    void number(const char* name, double& value, double low, double high);
    void boolean(const char* name, bool& value);
    template <typename Enum, typename FromString>
    void choice(const char* name, Enum& value, FromString from_string) {
        std::string spelling;
        text(name, spelling, 64);
        if (error_) return;
        if (const std::optional<Enum> found = from_string(spelling)) {
            value = *found;
        } else {
            refuse(name, in_quotes(spelling) + " is none of the known names");
        }
    }
    template <typename T, typename Fields>
    void object(const char* name, T& value, Fields fields) {
        if (const auto* field = find(name)) read_object(name, *field, value, fields);
    }
    template <typename T, typename Fields>
    void object(const char* name, std::optional<T>& value, Fields fields) {
        if (const auto* field = find_if_present(name)) read_object(name, *field, value.emplace(), fields);
    }
    template <typename T, typename Fields>
    void objects(const char* name, std::vector<T>& values, std::size_t max_count, Fields fields) {
        const auto* list = find_list(name, 0, max_count);
        if (list == nullptr) return;
        for (const auto& item : *list) {
            const std::string item_name = std::string(name) + "[" + std::to_string(values.size()) + "]";
            read_object(item_name, item, values.emplace_back(), fields);
        }
    }
    void texts(const char* name, std::vector<std::string>& values, std::size_t max_count,
               std::size_t max_bytes);
    void integers(const char* name, std::vector<int>& values, std::size_t min_count, std::size_t max_count,
                  int low, int high);
    void numbers(const char* name, std::vector<double>& values, std::size_t min_count, std::size_t max_count,
                 double low, double high);

    /// A rule that the types cannot say.
    void require(bool holds, const char* name, const std::string& rule) {
        if (!holds) refuse(name, rule);
    }
    /// Whether the object has the field; for readers whose every field has a default.
    bool has(const char* name) const { return object_.contains(name); }
    /// A field that another reader takes care of.
    void ignore(const char* name) { known_.emplace(name); }

    /// After all fields: the first violation, or the first field that was not read.
    Result<void> finish();

  private:
    const nlohmann::json* find(const char* name);
    const nlohmann::json* find_if_present(const char* name);
    const nlohmann::json* find_list(const char* name, std::size_t min_count, std::size_t max_count);
    void refuse(const std::string& name, const std::string& why);
    bool check_text(const std::string& name, const nlohmann::json& field, std::size_t max_bytes);
    void read_number(const std::string& name, const nlohmann::json& field, double& value, double low,
                     double high);

    template <std::integral T>
    void read_integer(const std::string& name, const nlohmann::json& field, T& value, T low, T high) {
        // The library keeps negative numbers signed and the others unsigned; std::cmp_* compares across both.
        const auto in_range = [&](auto number) {
            if (std::cmp_less(number, low) || std::cmp_greater(number, high)) {
                return refuse(name, std::to_string(number) + " is outside " + std::to_string(low) + ".." +
                                        std::to_string(high));
            }
            value = static_cast<T>(number);
        };
        if (field.is_number_unsigned()) return in_range(*field.get_ptr<const std::uint64_t*>());
        if (field.is_number_integer()) return in_range(*field.get_ptr<const std::int64_t*>());
        refuse(name, "must be a whole number");
    }
    template <typename T, typename Fields>
    void read_object(const std::string& name, const nlohmann::json& field, T& value, Fields fields) {
        if (error_) return;
        if (!field.is_object()) return refuse(name, "must be an object");
        JsonReader reader(field, path_ + "." + name, code_);
        fields(reader, value);
        if (auto finished = reader.finish(); !finished) error_ = std::move(finished.error());
    }

    const nlohmann::json& object_;
    std::string path_;
    ErrorCode code_;
    std::optional<Error> error_;
    std::set<std::string, std::less<>> known_;
};

}  // namespace spineseg

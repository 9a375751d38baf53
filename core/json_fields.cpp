// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/json_fields.h"

namespace spineseg {
namespace {

using nlohmann::json;

/// What the library would let pass: duplicate keys (the last one wins silently) and bottomless nesting.
class StructureCheck {
  public:
    bool operator()(int depth, json::parse_event_t event, json& parsed) {
        if (event == json::parse_event_t::object_start || event == json::parse_event_t::array_start) {
            if (depth >= kMaxJsonDepth) fault = "is nested too deeply";
            if (keys_.size() <= static_cast<std::size_t>(depth) + 1)
                keys_.resize(static_cast<std::size_t>(depth) + 2);
            keys_[static_cast<std::size_t>(depth) + 1].clear();
        } else if (event == json::parse_event_t::key) {
            const auto& key = *parsed.get_ptr<const std::string*>();
            const bool is_new = keys_[static_cast<std::size_t>(depth)].insert(key).second;
            if (!is_new) fault = "has the field " + in_quotes(key) + " twice";
        }
        return fault.empty();
    }
    std::string fault;

  private:
    std::vector<std::set<std::string>> keys_;  ///< of the open objects, by depth
};

}  // namespace

Result<json> parse_json_object(std::string_view text, std::string_view what, ErrorCode code) {
    StructureCheck check;
    json value = json::parse(text, std::ref(check), /*allow_exceptions=*/false);
    if (!check.fault.empty()) return failure(code, std::string(what) + " " + check.fault);
    if (value.is_discarded()) return failure(code, std::string(what) + " is not valid JSON");
    if (!value.is_object()) return failure(code, std::string(what) + " must be a JSON object");
    return value;
}

std::string dump_json(const json& value, int indent) {
    return value.dump(indent, ' ', false, json::error_handler_t::replace);
}

void make_printable(json& value) {
    if (auto* text = value.get_ptr<std::string*>(); text != nullptr && !is_plain(*text))
        *text = printable(*text);
    if (value.is_array())
        for (auto& item : value) make_printable(item);
    if (!value.is_object()) return;
    std::vector<std::string> unprintable;
    for (auto item = value.begin(); item != value.end(); ++item) {
        make_printable(*item);
        if (!is_plain(item.key()) && printable(item.key()) != item.key()) unprintable.push_back(item.key());
    }
    for (const auto& key : unprintable) {
        json item = std::move(value[key]);
        value.erase(key);
        value[printable(key)] = std::move(item);
    }
}

void JsonReader::refuse(const std::string& name, const std::string& why) {
    if (!error_) error_ = Error{code_, path_ + "." + name + ": " + why};
}

const json* JsonReader::find_if_present(const char* name) {
    known_.emplace(name);
    if (error_) return nullptr;
    const auto field = object_.find(name);
    return field == object_.end() ? nullptr : &*field;
}

const json* JsonReader::find(const char* name) {
    const json* field = find_if_present(name);
    if (field == nullptr) refuse(name, "is missing");
    return field;
}

const json* JsonReader::find_list(const char* name, std::size_t min_count, std::size_t max_count) {
    const json* field = find(name);
    if (field == nullptr) return nullptr;
    if (!field->is_array()) {
        refuse(name, "must be an array");
        return nullptr;
    }
    if (field->size() < min_count || field->size() > max_count) {
        refuse(name, "has " + std::to_string(field->size()) + " entries, not " + std::to_string(min_count) +
                         ".." + std::to_string(max_count));
        return nullptr;
    }
    return field;
}

bool JsonReader::check_text(const std::string& name, const json& field, std::size_t max_bytes) {
    const auto* text = field.get_ptr<const std::string*>();
    if (text == nullptr) {
        refuse(name, "must be a text");
    } else if (text->size() > max_bytes) {
        refuse(name, "is longer than " + std::to_string(max_bytes) + " bytes");
    } else if (text->find('\0') != std::string::npos) {
        refuse(name, "contains a NUL");  // would end the text early in every C interface behind us
    } else {
        return true;
    }
    return false;
}

void JsonReader::text(const char* name, std::string& value, std::size_t max_bytes) {
    const json* field = find(name);
    if (field != nullptr && check_text(name, *field, max_bytes))
        value = *field->get_ptr<const std::string*>();
}

void JsonReader::read_number(const std::string& name, const json& field, double& value, double low,
                             double high) {
    if (!field.is_number()) return refuse(name, "must be a number");
    const double number = field.get<double>();
    if (!(number >= low && number <= high)) {
        return refuse(name, field.dump() + " is outside " + json(low).dump() + ".." + json(high).dump());
    }
    value = number;
}

void JsonReader::number(const char* name, double& value, double low, double high) {
    if (const json* field = find(name)) read_number(name, *field, value, low, high);
}

void JsonReader::boolean(const char* name, bool& value) {
    const json* field = find(name);
    if (field == nullptr) return;
    if (!field->is_boolean()) return refuse(name, "must be true or false");
    value = field->get<bool>();
}

void JsonReader::texts(const char* name, std::vector<std::string>& values, std::size_t max_count,
                       std::size_t max_bytes) {
    const json* list = find_list(name, 0, max_count);
    if (list == nullptr) return;
    values.clear();
    for (const json& item : *list) {
        const std::string item_name = std::string(name) + "[" + std::to_string(values.size()) + "]";
        if (!check_text(item_name, item, max_bytes)) return;
        values.push_back(*item.get_ptr<const std::string*>());
    }
}

void JsonReader::integers(const char* name, std::vector<int>& values, std::size_t min_count,
                          std::size_t max_count, int low, int high) {
    const json* list = find_list(name, min_count, max_count);
    if (list == nullptr) return;
    values.clear();
    for (const json& item : *list) {
        const std::string item_name = std::string(name) + "[" + std::to_string(values.size()) + "]";
        read_integer(item_name, item, values.emplace_back(), low, high);
        if (error_) return;
    }
}

void JsonReader::numbers(const char* name, std::vector<double>& values, std::size_t min_count,
                         std::size_t max_count, double low, double high) {
    const json* list = find_list(name, min_count, max_count);
    if (list == nullptr) return;
    values.clear();
    for (const json& item : *list) {
        const std::string item_name = std::string(name) + "[" + std::to_string(values.size()) + "]";
        read_number(item_name, item, values.emplace_back(), low, high);
        if (error_) return;
    }
}

Result<void> JsonReader::finish() {
    if (!error_) {
        for (const auto& [name, field] : object_.items()) {
            if (!known_.contains(name)) {
                refuse(printable(name, 64), "is not a known field");
                break;
            }
        }
    }
    if (error_) return failure(*error_);
    return {};
}

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
// Settings::parse(): from the text of Orthanc's configuration to Settings.
#include <algorithm>
#include <fstream>
#include <string_view>

#include "config/settings.h"
#include "config/settings_table.h"
#include "core/json_fields.h"

namespace spineseg {
namespace {

constexpr std::size_t kMaxSocketPath = 107;  ///< sockaddr_un::sun_path less its NUL
constexpr std::size_t kMaxRulesBytes = 1024 * 1024;

bool is_root(const std::string& root) {
    const bool plain = std::all_of(root.begin(), root.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '/';
    });
    return plain && root.size() > 2 && root.front() == '/' && root.back() == '/' &&
           root.find("//") == std::string::npos;
}

bool is_digest(const std::string& text) {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::optional<unsigned> parse_mode(const std::string& text) {
    const bool octal = (text.size() == 3 || (text.size() == 4 && text.front() == '0')) &&
                       std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '7'; });
    if (!octal) return std::nullopt;
    const auto mode = static_cast<unsigned>(std::stoul(text, nullptr, 8));
    // A socket has no use for x; without rw for its owner nobody could connect.
    if ((mode & ~0666u) != 0 || (mode & 0600u) != 0600u) return std::nullopt;
    return mode;
}

tl::unexpected<Error> wrong(const std::string& key, const std::string& why) {
    return failure(ErrorCode::invalid_configuration, "SpineSeg." + key + ": " + why);
}

Result<std::string> read_rules(const nlohmann::json& rules, const std::filesystem::path& directory) {
    if (rules.is_object()) return dump_json(rules);
    const auto* name = rules.get_ptr<const std::string*>();
    if (name == nullptr) return wrong("Rules", "must be an object or the path of a file");
    const auto file = directory / *name;
    std::ifstream stream(file, std::ios::binary);
    std::string text(kMaxRulesBytes + 1, '\0');
    if (stream) stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!stream.eof()) return wrong("Rules", "cannot read " + file.string() + ", or it is larger than 1 MiB");
    text.resize(static_cast<std::size_t>(stream.gcount()));
    const auto object = parse_json_object(text, file.string(), ErrorCode::invalid_configuration);
    if (!object) return failure(object.error());
    return dump_json(*object);
}

Result<OutputPlan> parse_outputs(const std::string& key, const std::vector<std::string>& names) {
    auto plan = parse_output_plan(names);
    if (!plan) return wrong(key, plan.error().detail);
    if (plan->empty()) return wrong(key, "must name at least one object");
    return plan;
}

/// Names that may be part of a path of Orthanc's REST API.
bool is_destination_name(const std::string& name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_' || c == '.';
    });
}

Result<Destination> parse_destination(const DestinationText& text, const OutputPlan& written) {
    const bool modality = !text.modality.empty();
    if (modality == !text.dicomweb_server.empty())
        return wrong("Destinations", "each names either a Modality or a DicomWebServer");
    Destination destination;
    destination.kind = modality ? Destination::Kind::modality : Destination::Kind::dicomweb_server;
    destination.name = modality ? text.modality : text.dicomweb_server;
    if (!is_destination_name(destination.name))
        return wrong("Destinations",
                     in_quotes(destination.name) + " must consist of letters, digits, -, _ and .");
    auto objects = parse_outputs("Destinations." + destination.name + ".Objects", text.objects);
    if (!objects) return failure(objects.error());
    for (const auto object : *objects)
        if (!holds(written, object))
            return wrong("Destinations." + destination.name + ".Objects",
                         std::string(to_string(object)) + " is not among Outputs, so there is none to send");
    destination.objects = std::move(*objects);
    return destination;
}

Result<void> finish_outputs(const SettingTexts& section, Settings& settings) {
    auto outputs = parse_outputs("Outputs", section.output_names);
    if (!outputs) return failure(outputs.error());
    settings.outputs = std::move(*outputs);
    if (holds(settings.outputs, OutputObject::segmentation) &&
        holds(settings.outputs, OutputObject::label_map))
        return wrong("Outputs", "SEG and LABELMAP are two encodings of one result: name one of them");
    for (const auto& text : section.destination_texts) {
        auto destination = parse_destination(text, settings.outputs);
        if (!destination) return failure(destination.error());
        settings.destinations.push_back(std::move(*destination));
    }
    if (section.superseded_text != "Keep" && section.superseded_text != "Delete")
        return wrong("Superseded", "must be \"Keep\" or \"Delete\"");
    settings.superseded =
        section.superseded_text == "Keep" ? SupersededPolicy::keep : SupersededPolicy::remove;
    return {};
}

/// As browsers write the header Origin: scheme, host and perhaps port, in lower case.
bool is_origin(const std::string& text) {
    const auto scheme = text.starts_with("https://") ? 8u : text.starts_with("http://") ? 7u : 0u;
    return scheme != 0 && text.size() > scheme && std::all_of(text.begin() + scheme, text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ':' ||
                      c == '[' || c == ']';
           });
}

/// "20:00-06:00".
std::optional<OffPeak> parse_off_peak(const std::string& text) {
    constexpr std::string_view kShape = "dd:dd-dd:dd";
    if (text.size() != kShape.size()) return std::nullopt;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (kShape[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != kShape[i]) return std::nullopt;
    const auto two = [&](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
    const bool sound = two(0) < 24 && two(3) < 60 && two(6) < 24 && two(9) < 60;
    const OffPeak hours{two(0) * 60 + two(3), two(6) * 60 + two(9)};
    return sound && hours.from != hours.to ? std::optional(hours) : std::nullopt;
}

Result<Settings> finish(const SettingTexts& section, const std::filesystem::path& directory) {
    Settings settings = static_cast<const Settings&>(section);
    if (!is_root(settings.root)) {
        return wrong("Root",
                     "must look like \"/spineseg/\": lower-case letters, digits, - and _ between slashes");
    }
    const auto mode = parse_mode(section.socket_mode_text);
    if (!mode)
        return wrong("SocketMode",
                     "must be an octal text such as \"0660\", without x, with rw for the owner");
    settings.socket_mode = *mode;
    if (section.database_file.empty()) return wrong("Database", "must not be empty");
    if (section.socket_file.empty()) return wrong("Socket", "must not be empty");
    settings.database = directory / section.database_file;
    settings.socket = directory / section.socket_file;
    if (settings.socket.native().size() > kMaxSocketPath) {
        return wrong("Socket", settings.socket.string() + " is longer than the " +
                                   std::to_string(kMaxSocketPath) + " bytes of a Unix socket's path");
    }
    for (const auto& folder : section.model_folder_texts) {
        if (folder.empty()) return wrong("ModelFolders", "must not name an empty path");
        settings.model_folders.push_back(directory / folder);
    }
    for (const auto& digest : settings.models)
        if (!is_digest(digest))
            return wrong("Models", "each must be a digest: 64 hexadecimal digits, in lower case");
    settings.lease = std::chrono::seconds(section.lease_seconds);
    settings.progress_deadline = std::chrono::seconds(section.progress_seconds);
    if (settings.progress_deadline < settings.lease)
        return wrong("ProgressSeconds", "must not be below LeaseSeconds");
    settings.priority_age = std::chrono::seconds(section.priority_age_seconds);
    for (const auto& origin : settings.allowed_origins)
        if (!is_origin(origin))
            return wrong("AllowedOrigins", in_quotes(origin) +
                                               " must look like \"https://pacs.example\" or "
                                               "\"http://192.0.2.7:8042\", in lower case, without a path");
    if (!section.off_peak_text.empty()) {
        settings.off_peak = parse_off_peak(section.off_peak_text);
        if (!settings.off_peak)
            return wrong("OffPeakHours",
                         "must look like \"20:00-06:00\", two different times from 00:00 to 23:59");
    }
    if (auto outputs = finish_outputs(section, settings); !outputs) return failure(outputs.error());
    for (const auto& model : settings.shadow_models)
        if (model.empty()) return wrong("ShadowModels", "must not name an empty text");
    if (!settings.shadow_models.empty() && !holds(settings.outputs, OutputObject::segmentation))
        return wrong("ShadowModels", "needs SEG among the Outputs: that is what is compared");
    settings.retry_backoff.clear();
    for (const int seconds : section.backoff_seconds) settings.retry_backoff.emplace_back(seconds);
    return settings;
}

}  // namespace

Result<Settings> Settings::parse(const std::string& section_json,
                                 const std::filesystem::path& index_directory) {
    nlohmann::json merged = default_settings();
    std::string rules_json;
    if (!section_json.empty()) {
        auto given = parse_json_object(section_json, "SpineSeg", ErrorCode::invalid_configuration);
        if (!given) return failure(given.error());
        if (const auto rules = given->find("Rules"); rules != given->end()) {
            auto text = read_rules(*rules, index_directory);
            if (!text) return failure(text.error());
            rules_json = std::move(*text);
        }
        merged.update(*given);
    }
    JsonReader reader(merged, "SpineSeg", ErrorCode::invalid_configuration);
    reader.ignore("Rules");
    SettingTexts section;
    read_settings(reader, section);
    if (auto finished = reader.finish(); !finished) return failure(finished.error());
    auto settings = finish(section, index_directory);
    if (settings) settings->rules_json = std::move(rules_json);
    return settings;
}

}  // namespace spineseg

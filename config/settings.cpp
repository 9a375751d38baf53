// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/settings.h"

#include <algorithm>
#include <fstream>
#include <string_view>
#include <type_traits>

#include "core/json_fields.h"

namespace spineseg {
namespace {

constexpr std::size_t kMaxPath = 4096;
constexpr std::size_t kMaxSocketPath = 107;  ///< sockaddr_un::sun_path less its NUL
constexpr std::size_t kMaxRulesBytes = 1024 * 1024;
constexpr std::size_t kMaxDestinationName = 64;
constexpr std::size_t kMaxDestinations = 16;
constexpr std::size_t kMaxOutputs = 7;

/// One of "Destinations" as JSON spells it: exactly one of the two names.
struct DestinationText {
    std::string modality;
    std::string dicomweb_server;
    std::vector<std::string> objects;
};

template <typename A, typename D>
void destination_fields(A& a, D& d) {
    if constexpr (std::is_same_v<A, JsonReader>) {
        if (a.has("Modality")) a.text("Modality", d.modality, kMaxDestinationName);
        if (a.has("DicomWebServer")) a.text("DicomWebServer", d.dicomweb_server, kMaxDestinationName);
    }
    a.texts("Objects", d.objects, kMaxOutputs, kMaxDestinationName);
}

/// The settings as JSON spells them.
struct Section {
    std::string database = "spineseg.db";
    std::string socket = "spineseg.sock";
    std::string socket_mode = "0660";
    int lease_seconds = 60;
    int progress_seconds = 600;
    int priority_age_seconds = 600;
    std::vector<int> backoff_seconds{30, 120, 600};
    std::vector<std::string> outputs{"SEG", "PMAP", "SR"};
    std::vector<DestinationText> destinations;
    std::string superseded = "Keep";
    Settings plain;
};

template <typename A, typename S>
void section_fields(A& a, S& s) {
    a.boolean("Enable", s.plain.enable);
    a.boolean("SegmentOnArrival", s.plain.segment_on_arrival);
    a.boolean("ReconcileOnStart", s.plain.reconcile_on_start);
    a.text("Root", s.plain.root, 64);
    a.text("Database", s.database, kMaxPath);
    a.text("Socket", s.socket, kMaxPath);
    a.text("SocketMode", s.socket_mode, 4);
    a.text("SocketGroup", s.plain.socket_group, 64);
    a.texts("WorkerUsers", s.plain.worker_users, 64, 64);
    a.integer("LeaseSeconds", s.lease_seconds, 1, 3600);
    a.integer("ProgressSeconds", s.progress_seconds, 1, 24 * 3600);
    a.integer("MaxAttempts", s.plain.max_attempts, 1, 100);
    a.integers("RetryBackoffSeconds", s.backoff_seconds, 1, 16, 0, 24 * 3600);
    a.integer("PriorityAgeSeconds", s.priority_age_seconds, 0, 7 * 24 * 3600);
    a.integer("KeepJobsDays", s.plain.keep_jobs_days, 0, 36'500);
    a.integer("Samples", s.plain.samples, 0, 64);
    a.integer("Steps", s.plain.steps, 1, 1000);
    a.integer("MaxInstances", s.plain.max_instances, 1, kMostInstances);
    a.integer("MaxInstanceMegabytes", s.plain.max_instance_megabytes, 1, 500);
    a.texts("Outputs", s.outputs, kMaxOutputs, kMaxDestinationName);
    a.objects("Destinations", s.destinations, kMaxDestinations,
              [](auto& b, auto& d) { destination_fields(b, d); });
    a.text("Superseded", s.superseded, 16);
    a.boolean("KeepRejected", s.plain.keep_rejected);
    a.boolean("SendReview", s.plain.send_review);
}

bool is_root(const std::string& root) {
    const bool plain = std::all_of(root.begin(), root.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '/';
    });
    return plain && root.size() > 2 && root.front() == '/' && root.back() == '/' &&
           root.find("//") == std::string::npos;
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

/// Names that may stand in a path of Orthanc's REST API.
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
                     "\"" + destination.name + "\" must consist of letters, digits, -, _ and .");
    auto objects = parse_outputs("Destinations." + destination.name + ".Objects", text.objects);
    if (!objects) return failure(objects.error());
    for (const auto object : *objects)
        if (!holds(written, object))
            return wrong("Destinations." + destination.name + ".Objects",
                         std::string(to_string(object)) + " is not among Outputs, so there is none to send");
    destination.objects = std::move(*objects);
    return destination;
}

Result<void> finish_outputs(const Section& section, Settings& settings) {
    auto outputs = parse_outputs("Outputs", section.outputs);
    if (!outputs) return failure(outputs.error());
    settings.outputs = std::move(*outputs);
    if (holds(settings.outputs, OutputObject::segmentation) &&
        holds(settings.outputs, OutputObject::label_map))
        return wrong("Outputs", "SEG and LABELMAP are two encodings of one result: name one of them");
    for (const auto& text : section.destinations) {
        auto destination = parse_destination(text, settings.outputs);
        if (!destination) return failure(destination.error());
        settings.destinations.push_back(std::move(*destination));
    }
    if (section.superseded != "Keep" && section.superseded != "Delete")
        return wrong("Superseded", "must be \"Keep\" or \"Delete\"");
    settings.superseded = section.superseded == "Keep" ? SupersededPolicy::keep : SupersededPolicy::remove;
    return {};
}

Result<Settings> finish(const Section& section, const std::filesystem::path& directory) {
    Settings settings = section.plain;
    if (!is_root(settings.root)) {
        return wrong("Root",
                     "must look like \"/spineseg/\": lower-case letters, digits, - and _ between slashes");
    }
    const auto mode = parse_mode(section.socket_mode);
    if (!mode)
        return wrong("SocketMode",
                     "must be an octal text such as \"0660\", without x, with rw for the owner");
    settings.socket_mode = *mode;
    if (section.database.empty()) return wrong("Database", "must not be empty");
    if (section.socket.empty()) return wrong("Socket", "must not be empty");
    settings.database = directory / section.database;
    settings.socket = directory / section.socket;
    if (settings.socket.native().size() > kMaxSocketPath) {
        return wrong("Socket", settings.socket.string() + " is longer than the " +
                                   std::to_string(kMaxSocketPath) + " bytes of a Unix socket's path");
    }
    settings.lease = std::chrono::seconds(section.lease_seconds);
    settings.progress_deadline = std::chrono::seconds(section.progress_seconds);
    if (settings.progress_deadline < settings.lease)
        return wrong("ProgressSeconds", "must not be below LeaseSeconds");
    settings.priority_age = std::chrono::seconds(section.priority_age_seconds);
    if (auto outputs = finish_outputs(section, settings); !outputs) return failure(outputs.error());
    settings.retry_backoff.clear();
    for (const int seconds : section.backoff_seconds) settings.retry_backoff.emplace_back(seconds);
    return settings;
}

}  // namespace

Result<Settings> Settings::parse(const std::string& section_json,
                                 const std::filesystem::path& index_directory) {
    Section section;
    nlohmann::json merged = nlohmann::json::object();
    JsonWriter defaults(merged);
    section_fields(defaults, section);
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
    section_fields(reader, section);
    if (auto finished = reader.finish(); !finished) return failure(finished.error());
    auto settings = finish(section, index_directory);
    if (settings) settings->rules_json = std::move(rules_json);
    return settings;
}

}  // namespace spineseg

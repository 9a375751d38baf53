// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/settings_table.h"

#include <optional>
#include <type_traits>
#include <variant>

namespace spineseg {
namespace {

constexpr std::size_t kMaxPath = 4096;
constexpr std::size_t kMaxDestinationName = 64;
constexpr std::size_t kMaxDestinations = 16;
constexpr int kDaySeconds = 24 * 3600;

struct Flag {
    bool SettingTexts::*place;
};
struct Text {
    std::string SettingTexts::*place;
    std::size_t longest;
};
struct Number {
    int SettingTexts::*place;
    int low, high;
};
/// Absent by default.
struct OptionalNumber {
    std::optional<int> SettingTexts::*place;
    int low, high;
};
struct Numbers {
    std::vector<int> SettingTexts::*place;
    std::size_t most;
    int low, high;
};
struct Texts {
    std::vector<std::string> SettingTexts::*place;
    std::size_t most, longest;
};
struct Destinations {};
/// Read by itself (settings_reader.cpp), because it may be an object or a file's name.
struct Rules {};

struct Setting {
    const char* key;
    std::variant<Flag, Text, Number, OptionalNumber, Numbers, Texts, Destinations, Rules> kind;
    const char* sentence;
};

using S = SettingTexts;

const std::vector<Setting>& settings() {
    static const std::vector<Setting> table{
        {"Enable", Flag{&S::enable}, "false loads the plugin and does nothing"},
        {"SegmentOnArrival", Flag{&S::segment_on_arrival}, "false queues only what is asked for over REST"},
        {"ReconcileOnStart", Flag{&S::reconcile_on_start},
         "look on start for series that arrived while Orthanc or the plugin was not running"},
        {"Root", Text{&S::root, 64}, "of our routes"},
        {"Database", Text{&S::database_file, kMaxPath},
         "a relative path lies beside Orthanc's index; must be on a local disk"},
        {"Socket", Text{&S::socket_file, kMaxPath}, "a relative path lies beside Orthanc's index"},
        {"SocketMode", Text{&S::socket_mode_text, 4}, "of the socket, as for chmod"},
        {"SocketGroup", Text{&S::socket_group, 64},
         "a group's name or a numeric ID such as \"10010\", whose members may connect; empty leaves it unchanged"},
        {"WorkerUsers", Texts{&S::worker_users, 64, 64},
         "names or numeric IDs of the users who may connect too; root and Orthanc's own user always may"},
        {"ModelFolders", Texts{&S::model_folder_texts, 16, kMaxPath},
         "folders of model bundles whose models may serve (a folder may be a bundle itself); empty: "
         "share/spineseg/models beside the plugin, where packages and installation put them"},
        {"Models", Texts{&S::models, 64, 64},
         "digests of further models that may serve, as the log names them when it refuses a worker"},
        {"ShadowModels", Texts{&S::shadow_models, 8, 64},
         "names or digests of admitted models that repeat jobs which are done: their results are compared with the "
         "shown ones and never stored"},
        {"LeaseSeconds", Number{&S::lease_seconds, 1, 3600}, "how long a lease lasts without a renewal"},
        {"ProgressSeconds", Number{&S::progress_seconds, 1, kDaySeconds},
         "how long a lease lasts without progress; not below LeaseSeconds"},
        {"MaxAttempts", Number{&S::max_attempts, 1, 100}, "how often a job is tried"},
        {"RetryBackoffSeconds", Numbers{&S::backoff_seconds, 16, 0, kDaySeconds},
         "between the attempts; the last entry repeats"},
        {"PriorityAgeSeconds", Number{&S::priority_age_seconds, 0, 7 * kDaySeconds},
         "of waiting count as one point of priority; 0: priorities never age"},
        {"KeepJobsDays", Number{&S::keep_jobs_days, 0, 36'500},
         "after a job ended until it is forgotten; 0: never"},
        {"KeepJournalDays", Number{&S::keep_journal_days, 0, 36'500},
         "that an entry of the journal is kept, whatever becomes of its job; 0: for ever"},
        {"OffPeakHours", Text{&S::off_peak_text, 11},
         "such as \"20:00-06:00\", local time of the server: when jobs that are asked for with OffPeak may begin; empty: such "
         "jobs are refused"},
        {"SeriesRequestsPerDay", Number{&S::series_requests_per_day, 0, 100'000},
         "times that one series may be asked for over REST within 24 hours, further ones are refused with Retry-After; 0: no limit"},
        {"UserOpenJobs", Number{&S::user_open_jobs, 0, 1'000'000},
         "jobs that one user asked for over REST may wait or run at a time, further ones are refused with Retry-After; 0: no limit"},
        {"AllowedOrigins", Texts{&S::allowed_origins, 16, 256},
         "of web pages that may cancel and ask for jobs besides Orthanc's own, such as \"https://pacs.example\": for "
         "portals, and for proxies that change the header Host"},
        {"RequireUsers", Flag{&S::require_users},
         "true: Orthanc does not start unless it asks for passwords and RegisteredUsers gives each user one that is neither "
         "empty nor the user's name; without users Orthanc would let in \"orthanc\" with the password \"orthanc\""},
        {"Samples", OptionalNumber{&S::samples, 0, 64},
         "of every job; absent: as the model's manifest says; 0: the presegmentation alone"},
        {"Steps", OptionalNumber{&S::steps, 1, 1000}, "of every job; absent: as the model's manifest says"},
        {"MaxInstances", Number{&S::max_instances, 1, kMostInstances}, "larger series are not queued"},
        {"MaxInstanceMegabytes", Number{&S::max_instance_megabytes, 1, 500},
         "series with a larger instance are not segmented"},
        {"Rules", Rules{}, "of eligibility: an object, or the path of a file that holds one"},
        {"Outputs", Texts{&S::output_names, kOutputObjects, kMaxDestinationName},
         "what every job writes back into Orthanc: SEG or LABELMAP, SEG-PARTS (body and arch of each vertebra), PMAP (predictive entropy), PMAP-MI (mutual "
         "information: where the ensemble disagrees), SR, CONTOURS, HEATMAP"},
        {"Destinations", Destinations{},
         "where results go on to, by Orthanc's own jobs: `{\"Modality\": \"PACS\", \"Objects\": [\"CONTOURS\", "
         "\"SR\"]}` or `{\"DicomWebServer\": \"vna\", \"Objects\": [\"SEG\"]}`; objects must be among Outputs"},
        {"Superseded", Text{&S::superseded_text, 16},
         "\"Delete\" removes our older results of a series once it has newer ones (late slices, another model), and "
         "copies of older results that `/modify` or `/anonymize` made"},
        {"KeepRejected", Flag{&S::keep_rejected},
         "true stores the objects of series that end as `rejected` with `quality_rejected`, for research: their "
         "descriptions begin with REJECTED; they are never sent on, and Superseded does not delete them"},
        {"SendReview", Flag{&S::send_review},
         "false sends only results with the quality verdict \"pass\" to Destinations; the journal names the others"}};
    return table;
}

template <typename A, typename D>
void destination_fields(A& a, D& d) {
    if constexpr (std::is_same_v<A, JsonReader>) {
        if (a.has("Modality")) a.text("Modality", d.modality, kMaxDestinationName);
        if (a.has("DicomWebServer")) a.text("DicomWebServer", d.dicomweb_server, kMaxDestinationName);
    }
    a.texts("Objects", d.objects, kOutputObjects, kMaxDestinationName);
}

template <typename... Functions>
struct Overloaded : Functions... {
    using Functions::operator()...;
};
template <typename... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;  // clang 16 deduces none for an aggregate

/// In either direction (core/json_fields.h).
template <typename A, typename Values>
void setting_field(A& a, const Setting& setting, Values& values) {
    const char* key = setting.key;
    std::visit(
        Overloaded{[&](const Flag& f) { a.boolean(key, values.*f.place); },
                   [&](const Text& t) { a.text(key, values.*t.place, t.longest); },
                   [&](const Number& n) { a.integer(key, values.*n.place, n.low, n.high); },
                   [&](const OptionalNumber& n) { a.integer(key, values.*n.place, n.low, n.high); },
                   [&](const Numbers& n) { a.integers(key, values.*n.place, 1, n.most, n.low, n.high); },
                   [&](const Texts& t) { a.texts(key, values.*t.place, t.most, t.longest); },
                   [&](const Destinations&) {
                       a.objects(key, values.destination_texts, kMaxDestinations,
                                 [](auto& b, auto& d) { destination_fields(b, d); });
                   },
                   [](const Rules&) {}},
        setting.kind);
}

std::string grouped(int number) {
    std::string text = std::to_string(number);
    for (std::size_t at = text.size(); at > 3 && text.size() > 4;) text.insert(at -= 3, ",");
    return text;
}

std::string range_text(int low, int high) {
    return grouped(low) + " to " + grouped(high);
}

std::string_view type_of(const Setting& setting) {
    return std::visit(
        Overloaded{[](const Flag&) { return "true or false"; }, [](const Text&) { return "text"; },
                   [](const Number&) { return "number"; }, [](const OptionalNumber&) { return "number"; },
                   [](const Numbers&) { return "list of numbers"; },
                   [](const Texts&) { return "list of texts"; },
                   [](const Destinations&) { return "list of objects"; },
                   [](const Rules&) { return "object or text"; }},
        setting.kind);
}

std::string range_of(const Setting& setting) {
    return std::visit(
        Overloaded{[](const Number& n) { return range_text(n.low, n.high); },
                   [](const OptionalNumber& n) { return range_text(n.low, n.high); },
                   [](const Numbers& n) {
                       return "1 to " + std::to_string(n.most) + " of " + range_text(n.low, n.high);
                   },
                   [](const Texts& t) { return "at most " + std::to_string(t.most); },
                   [](const Destinations&) { return "at most " + std::to_string(kMaxDestinations); },
                   [](const auto&) { return std::string(); }},
        setting.kind);
}

}  // namespace

std::vector<int> SettingTexts::seconds_of(const std::vector<std::chrono::seconds>& times) {
    std::vector<int> numbers;
    numbers.reserve(times.size());
    for (const auto time : times) numbers.push_back(static_cast<int>(time.count()));
    return numbers;
}

std::vector<std::string> SettingTexts::names_of(const OutputPlan& plan) {
    std::vector<std::string> names;
    for (const auto object : plan) names.emplace_back(to_string(object));
    return names;
}

nlohmann::json default_settings() {
    const SettingTexts defaults;
    nlohmann::json json = nlohmann::json::object();
    JsonWriter writer(json);
    for (const auto& setting : settings()) setting_field(writer, setting, defaults);
    return json;
}

void read_settings(JsonReader& reader, SettingTexts& texts) {
    for (const auto& setting : settings()) setting_field(reader, setting, texts);
}

std::vector<SettingDescription> describe_settings() {
    const auto defaults = default_settings();
    std::vector<SettingDescription> descriptions;
    for (const auto& setting : settings())
        descriptions.push_back(
            {setting.key, type_of(setting),
             defaults.contains(setting.key) ? dump_json(defaults[setting.key]) : std::string(),
             range_of(setting), setting.sentence});
    return descriptions;
}

std::string settings_markdown() {
    std::string text = "| key | type | default | range | |\n|---|---|---|---|---|\n";
    for (const auto& setting : describe_settings())
        text += "| " + std::string(setting.key) + " | " + std::string(setting.type) + " | " +
                (setting.default_value.empty() ? "–" : setting.default_value) + " | " + setting.range +
                " | " + std::string(setting.sentence) + " |\n";
    return text;
}

}  // namespace spineseg

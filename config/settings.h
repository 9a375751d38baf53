// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The plugin's settings: the object "SpineSeg" of Orthanc's configuration. Every key has a default, so nothing needs to
/// be set; an unknown key, a wrong type or a value out of range is invalid_configuration with the key's name, because a
/// setting that is silently ignored is worse than a server that does not start. Values; any thread. settings_reader.cpp
/// reads them by settings_table.h.

#include <array>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/result_types.h"
#include "core/series_limits.h"

namespace spineseg {

/// A part of every day, in minutes since midnight; `from` may be later than `to`, which is then of the next day.
struct OffPeak {
    int from = 0;
    int to = 0;
    friend bool operator==(const OffPeak&, const OffPeak&) = default;
};

/// Somebody who is told over HTTP how jobs ended.
struct Webhook {
    std::string url;                    ///< http or https; may hold a user and a password, and a query
    std::vector<std::string> events;    ///< of kWebhookEvents, each once
    std::filesystem::path secret_file;  ///< holds the key that signs what is sent
    friend bool operator==(const Webhook&, const Webhook&) = default;
};
inline constexpr std::array<std::string_view, 4> kWebhookEvents{"done", "review", "rejected", "failed"};

struct Settings {
    bool enable = true;               ///< "Enable": false loads the plugin and does nothing
    bool segment_on_arrival = true;   ///< "SegmentOnArrival": false queues only what is asked for over REST
    bool reconcile_on_start = true;   ///< "ReconcileOnStart": look at what arrived while nobody listened
    std::string root = "/spineseg/";  ///< "Root" of our REST routes, with both slashes
    std::filesystem::path database;   ///< "Database"; default spineseg.db beside Orthanc's index
    std::filesystem::path socket;     ///< "Socket"; default spineseg.sock beside Orthanc's index
    unsigned socket_mode = 0660;      ///< "SocketMode", octal text as for chmod
    std::string socket_group;  ///< "SocketGroup": owner group of the socket, name or ID; empty leaves it
    std::vector<std::string>
        worker_users;  ///< "WorkerUsers", names or IDs; empty: root and Orthanc's own user
    std::vector<std::filesystem::path> model_folders;  ///< "ModelFolders"; empty: those of the installation
    std::vector<std::string> models;                   ///< "Models": digests that may serve too
    std::vector<std::string>
        shadow_models;  ///< "ShadowModels", names or digests: their results are compared and not stored
    std::chrono::seconds lease{60};               ///< "LeaseSeconds"; the worker renews well before
    std::chrono::seconds progress_deadline{600};  ///< "ProgressSeconds" a lease may live without any progress
    int max_attempts = 3;                         ///< "MaxAttempts"
    std::vector<std::chrono::seconds> retry_backoff{
        std::chrono::seconds{30}, std::chrono::seconds{120},
        std::chrono::seconds{600}};  ///< "RetryBackoffSeconds", the last repeats
    std::chrono::seconds priority_age{
        600};                  ///< "PriorityAgeSeconds" of waiting count as one point of priority; 0: none
    int keep_jobs_days = 365;  ///< "KeepJobsDays" after a job ended until it is forgotten; 0: never
    int keep_journal_days = 3650;     ///< "KeepJournalDays" that an entry of the journal is kept; 0: for ever
    std::optional<OffPeak> off_peak;  ///< "OffPeakHours", local time of the server; absent: none
    int series_requests_per_day =
        30;  ///< "SeriesRequestsPerDay": how often one series may be asked for in 24 hours
    int user_open_jobs =
        200;  ///< "UserOpenJobs": jobs that one user asked for and that have not ended; 0: any number
    std::vector<std::string>
        allowed_origins;  ///< "AllowedOrigins" of pages that may change something, besides Orthanc's own
    bool require_users =
        false;  ///< "RequireUsers": Orthanc starts only where all users have passwords of their own
    std::optional<int> samples;              ///< "Samples" of every job; absent: as the model's manifest says
    std::optional<int> steps;                ///< "Steps", likewise
    int max_instances = kMostInstances;      ///< "MaxInstances" of a series that is queued
    int max_instance_megabytes = 256;        ///< "MaxInstanceMegabytes" that are passed to the worker
    OutputPlan outputs = default_outputs();  ///< "Outputs": what every job writes back into Orthanc
    std::vector<Destination> destinations;  ///< "Destinations": where results go on to, by Orthanc's own jobs
    SupersededPolicy superseded =
        SupersededPolicy::keep;     ///< "Superseded": "Keep" or "Delete" what we made before
    bool keep_rejected = false;     ///< "KeepRejected": true stores the objects of rejected series, too
    bool labels = true;             ///< "Labels": series and study get labels that say how their jobs ended
    std::vector<Webhook> webhooks;  ///< "Webhooks"
    int webhook_days = 7;           ///< "WebhookDays" after a job's end until it is given up to tell somebody
    bool send_review = true;  ///< "SendReview": false sends on only results that passed the quality check
    std::string rules_json;   ///< "Rules" for eligibility: an object, or the path of a file that holds one;
                              ///< here always the object's text, empty for the built-in rules

    /// `section_json` is the text of the object "SpineSeg", empty where the configuration has none. Relative paths and
    /// defaults lie in `index_directory`, where Orthanc keeps its own database.
    static Result<Settings> parse(const std::string& section_json,
                                  const std::filesystem::path& index_directory);
};

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The plugin's settings as a table: key, type, default, range and one sentence. Reading, the defaults, the table of
/// config/README.md and the check of the packaged configuration file all come from it. Values; any thread.

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"
#include "core/json_fields.h"

namespace spineseg {

/// One of "Destinations" as JSON spells it: exactly one of the two names.
struct DestinationText {
    std::string modality;
    std::string dicomweb_server;
    std::vector<std::string> objects;
};

/// The settings as JSON spells them, with the defaults of Settings; what is a plain value there lies in Settings
/// itself.
struct SettingTexts : Settings {
    std::string database_file = "spineseg.db";
    std::string socket_file = "spineseg.sock";
    std::string socket_mode_text = "0660";
    int lease_seconds = static_cast<int>(lease.count());
    int progress_seconds = static_cast<int>(progress_deadline.count());
    int priority_age_seconds = static_cast<int>(priority_age.count());
    std::vector<int> backoff_seconds = seconds_of(retry_backoff);
    std::vector<std::string> output_names = names_of(outputs);
    std::vector<DestinationText> destination_texts;
    std::string off_peak_text;
    std::string superseded_text = "Keep";
    std::vector<std::string> model_folder_texts;

    static std::vector<int> seconds_of(const std::vector<std::chrono::seconds>& times);
    static std::vector<std::string> names_of(const OutputPlan& plan);
};

/// The defaults of all settings that have one, as the object "SpineSeg".
nlohmann::json default_settings();

/// Reads every setting but "Rules".
void read_settings(JsonReader& reader, SettingTexts& texts);

struct SettingDescription {
    std::string_view key;
    std::string_view type;      ///< "number", "list of texts"
    std::string default_value;  ///< JSON; empty: none
    std::string range;          ///< "1 to 3600"; empty: no bounds, or those that the sentence names
    std::string_view sentence;
};
/// In the order of the documentation.
std::vector<SettingDescription> describe_settings();

/// The table as Markdown, for config/README.md.
std::string settings_markdown();

}  // namespace spineseg

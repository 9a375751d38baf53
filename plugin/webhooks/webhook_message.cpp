// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/webhooks/webhook_message.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "core/json_fields.h"
#include "plugin/http/time_text.h"

namespace spineseg {
namespace {

using nlohmann::json;

json known_text(const std::string& text) {
    return text.empty() ? json(nullptr) : json(text);
}

}  // namespace

std::string webhook_event_id(const JobEnding& ending) {
    return "job-" + ending.job_id + "-" + std::to_string(ending.epoch);
}

std::string webhook_body(const JobEnding& ending, const std::string& root) {
    const json job{{"ID", ending.job_id},
                   {"Path", root + "jobs/" + ending.job_id},
                   {"State", to_string(ending.state)},
                   {"Verdict", known_text(ending.verdict)},
                   {"Code", known_text(ending.error_code)},
                   {"Series", ending.orthanc_series_id},
                   {"Study", ending.orthanc_study_id},
                   {"Model", {{"ID", ending.model_id}, {"Digest", ending.model_digest}}},
                   {"Attempts", ending.attempts},
                   {"Created", iso8601(ending.created)},
                   {"Started", ending.started ? json(iso8601(*ending.started)) : json(nullptr)},
                   {"Finished", iso8601(ending.finished)}};
    json body{{"Type", "job." + ending.event},
              {"ID", webhook_event_id(ending)},
              {"Time", iso8601(ending.finished)},
              {"Job", job}};
    make_printable(body);
    return dump_json(body);
}

std::string shown_url(const std::string& url) {
    const auto host = url.find("://") + 3;
    auto shown = url.substr(0, url.find_first_of("?#"));
    const auto path = std::min(shown.find('/', host), shown.size());
    if (const auto user_end = shown.rfind('@', path); user_end != std::string::npos && user_end >= host)
        shown.erase(host, user_end + 1 - host);
    return shown;
}

}  // namespace spineseg

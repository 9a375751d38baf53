// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/archive/study_answers.h"

#include <charconv>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "plugin/archive/orthanc_series_json.h"

namespace spineseg {
namespace {

using nlohmann::json;

std::string member_text(const json& object, const char* key) {
    const auto found = object.is_object() ? object.find(key) : object.end();
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<int> series_number(const std::string& text) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

/// Bounded: DICOM's own sequences of references are at most five deep.
void collect_series(const json& value, int depth, std::set<std::string>& found) {
    if (depth > 8) return;
    if (value.is_array())
        for (const auto& item : value) collect_series(item, depth, found);
    if (!value.is_object()) return;
    for (const auto& [keyword, member] : value.items()) {
        if (depth > 0 && keyword == "SeriesInstanceUID" && member.is_string())
            found.insert(member.get<std::string>());
        if (member.is_array()) collect_series(member, depth + 1, found);
    }
}

}  // namespace

Result<std::vector<ListedSeries>> parse_listed_series(const std::string& series_json) {
    const json list = json::parse(series_json, nullptr, false);
    if (!list.is_array())
        return failure(ErrorCode::archive_unavailable, "Orthanc's list of a study's series is not a list");
    std::vector<ListedSeries> series;
    for (const auto& entry : list) {
        const auto tags = entry.is_object() ? entry.find("MainDicomTags") : entry.end();
        if (tags == entry.end() || member_text(entry, "ID").empty())
            return failure(ErrorCode::archive_unavailable, "Orthanc lists a series without its id");
        ListedSeries& one = series.emplace_back();
        one.orthanc_id = member_text(entry, "ID");
        one.series_instance_uid = member_text(*tags, "SeriesInstanceUID");
        one.modality = member_text(*tags, "Modality");
        one.manufacturer = member_text(*tags, "Manufacturer");
        one.description = member_text(*tags, "SeriesDescription");
        one.number = series_number(member_text(*tags, "SeriesNumber"));
        one.modified = entry.contains("ModifiedFrom") || entry.contains("AnonymizedFrom");
        if (const auto ids = entry.find("Instances"); ids != entry.end() && ids->is_array())
            for (const auto& id : *ids)
                if (id.is_string()) one.instances.push_back(id.get<std::string>());
    }
    return series;
}

Result<std::vector<FoundResource>> parse_found_resources(const std::string& found_json) {
    using Level = FoundResource::Level;
    static const std::map<std::string, Level> levels{{"Patient", Level::patient},
                                                     {"Study", Level::study},
                                                     {"Series", Level::series},
                                                     {"Instance", Level::instance}};
    const json list = json::parse(found_json, nullptr, false);
    if (!list.is_array()) return failure(ErrorCode::archive_unavailable, "Orthanc's look-up gave no list");
    std::vector<FoundResource> found;
    for (const auto& entry : list) {
        const auto level = levels.find(member_text(entry, "Type"));
        if (level == levels.end() || member_text(entry, "ID").empty())
            return failure(ErrorCode::archive_unavailable, "Orthanc's look-up gave a resource of no level");
        found.push_back({level->second, member_text(entry, "ID")});
    }
    return found;
}

Result<ResultTags> parse_result_tags(const std::string& tags_json) {
    const json tags = json::parse(tags_json, nullptr, false);
    if (!tags.is_object())
        return failure(ErrorCode::archive_unavailable, "Orthanc's tags of an instance are no object");
    std::set<std::string> found;
    collect_series(tags, 0, found);
    return ResultTags{member_text(tags, "SOPClassUID"),
                      member_text(tags, "SOPInstanceUID"),
                      member_text(tags, "SeriesInstanceUID"),
                      member_text(tags, "SeriesDescription"),
                      {found.begin(), found.end()}};
}

Result<std::vector<SeriesGlance>> parse_series_page(const std::string& series_json) {
    const json list = json::parse(series_json, nullptr, false);
    if (!list.is_array())
        return failure(ErrorCode::archive_unavailable, "Orthanc's page of series is not a list");
    std::vector<SeriesGlance> page;
    for (const auto& entry : list) {
        SeriesGlance glance;
        glance.orthanc_id = member_text(entry, "ID");
        if (glance.orthanc_id.empty())
            return failure(ErrorCode::archive_unavailable, "Orthanc lists a series without its id");
        const auto stable = entry.find("IsStable");
        glance.stable = stable == entry.end() || !stable->is_boolean() || stable->get<bool>();
        glance.last_update = parse_last_update(member_text(entry, "LastUpdate"));
        page.push_back(std::move(glance));
    }
    return page;
}

std::vector<std::string> parse_referenced_series(const std::string& tags_json) {
    std::set<std::string> found;
    collect_series(json::parse(tags_json, nullptr, false), 0, found);
    return {found.begin(), found.end()};
}

}  // namespace spineseg

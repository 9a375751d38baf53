// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/series_tags.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>

#include "core/digest.h"

namespace spineseg {
namespace {

using nlohmann::json;

/// The part of `text` between its index-th and next backslash.
std::string_view part(std::string_view text, std::size_t index) {
    for (; index > 0; --index) {
        const auto cut = text.find('\\');
        if (cut == std::string_view::npos) return {};
        text.remove_prefix(cut + 1);
    }
    return text.substr(0, text.find('\\'));
}

std::optional<double> to_number(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '+')) text.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || !std::isfinite(value)) return std::nullopt;
    const std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
    if (rest.find_first_not_of(" \0") != std::string_view::npos) return std::nullopt;
    return value;
}

template <std::size_t N>
std::optional<std::array<double, N>> to_numbers(const std::string& ds) {
    std::array<double, N> numbers{};
    for (std::size_t i = 0; i < N; ++i) {
        const auto number = to_number(part(ds, i));
        if (!number) return std::nullopt;
        numbers[i] = *number;
    }
    return numbers;
}

/// Group 0010 of a classic header, and the names of people anywhere.
bool names_a_patient(std::string_view keyword) {
    return keyword.starts_with("Patient") || keyword.starts_with("OtherPatient") ||
           keyword.ends_with("Name") || keyword.ends_with("Physician") ||
           keyword.find("Birth") != std::string_view::npos ||
           keyword.find("Comments") != std::string_view::npos ||
           keyword.find("Address") != std::string_view::npos || keyword == "AccessionNumber" ||
           keyword == "IssuerOfPatientID";
}

/// Attributes whose keyword ends like a person's name but that are the equipment's.
bool is_equipment_name(std::string_view keyword) {
    return keyword == "ManufacturerModelName" || keyword == "SequenceName" || keyword == "ProtocolName" ||
           keyword == "PulseSequenceName";
}

void take_strings(const json& object, std::map<std::string, std::string>& values) {
    if (!object.is_object()) return;
    for (const auto& [keyword, value] : object.items()) {
        if (!value.is_string() || keyword.size() > 64) continue;
        if (names_a_patient(keyword) && !is_equipment_name(keyword)) continue;
        const auto& text = value.get_ref<const std::string&>();
        if (text.size() <= kMaxTagBytes && !text.empty()) values.try_emplace(keyword, text);
    }
}

/// Every functional group macro of one item: its first item's plain attributes.
void take_functional_groups(const json& groups, std::map<std::string, std::string>& values) {
    if (!groups.is_object()) return;
    for (const auto& [name, macro] : groups.items())
        if (macro.is_array() && !macro.empty()) take_strings(macro.front(), values);
}

void take_enhanced(const json& tags, std::map<std::string, std::string>& values) {
    for (const char* name : {"SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"}) {
        const auto sequence = tags.find(name);
        if (sequence != tags.end() && sequence->is_array() && !sequence->empty())
            take_functional_groups(sequence->front(), values);
    }
}

/// AnatomicRegionSequence (0008,2218): the code's meaning, as a value of its own.
void take_region(const json& tags, std::map<std::string, std::string>& values) {
    const auto sequence = tags.find("AnatomicRegionSequence");
    if (sequence == tags.end() || !sequence->is_array() || sequence->empty() ||
        !sequence->front().is_object())
        return;
    const auto meaning = sequence->front().find("CodeMeaning");
    if (meaning != sequence->front().end() && meaning->is_string())
        values.try_emplace("AnatomicRegion", *meaning);
}

/// Empty text gives null; anything that is not a JSON value of the wanted kind is discarded.
json parse(const std::string& text) {
    return json::parse(text, nullptr, false);
}

std::string string_at(const json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<InstanceSummary> parse_instance(const json& entry) {
    if (!entry.is_object()) return std::nullopt;
    const auto tags = entry.find("MainDicomTags");
    if (tags == entry.end() || !tags->is_object()) return std::nullopt;
    InstanceSummary summary{string_at(entry, "ID"), string_at(*tags, "SOPInstanceUID"), {}, {}};
    if (summary.orthanc_id.empty() || summary.sop_instance_uid.empty()) return std::nullopt;
    summary.orientation = parse_orientation(string_at(*tags, "ImageOrientationPatient"));
    summary.position = parse_position(string_at(*tags, "ImagePositionPatient"));
    return summary;
}

Result<std::vector<InstanceSummary>> parse_instances(const std::string& text) {
    const json list = parse(text);
    if (!list.is_array())
        return failure(ErrorCode::archive_unavailable, "Orthanc's list of instances is not a list");
    if (list.size() > kMaxInstances)
        return failure(ErrorCode::inconsistent_series,
                       "more than " + std::to_string(kMaxInstances) + " instances");
    std::vector<InstanceSummary> instances;
    for (const auto& entry : list) {
        auto summary = parse_instance(entry);
        if (!summary)
            return failure(ErrorCode::archive_unavailable, "Orthanc lists an instance without its UID");
        instances.push_back(std::move(*summary));
    }
    return instances;
}

}  // namespace

std::optional<Orientation> parse_orientation(const std::string& ds) {
    const auto numbers = to_numbers<6>(ds);
    if (!numbers) return std::nullopt;
    const auto& n = *numbers;
    const Orientation orientation{{n[0], n[1], n[2]}, {n[3], n[4], n[5]}};
    // Unit vectors at right angles, as far as a decimal string says it.
    const bool sane = std::abs(norm(orientation.row) - 1) < 0.05 &&
                      std::abs(norm(orientation.column) - 1) < 0.05 &&
                      std::abs(dot(orientation.row, orientation.column)) < 0.05;
    return sane ? std::optional(orientation) : std::nullopt;
}

std::optional<Vec3> parse_position(const std::string& ds) {
    const auto numbers = to_numbers<3>(ds);
    return numbers ? std::optional<Vec3>(*numbers) : std::nullopt;
}

const std::string& SeriesTags::value(const std::string& keyword) const {
    static const std::string kAbsent;
    const auto found = values.find(keyword);
    return found == values.end() ? kAbsent : found->second;
}

std::optional<double> SeriesTags::number(const std::string& keyword, std::size_t index) const {
    return to_number(part(value(keyword), index));
}

int SeriesTags::image_count() const {
    const auto frames = number("NumberOfFrames");
    const auto files = static_cast<int>(instances.size());
    if (!frames || *frames < 2 || *frames > 1e6) return files;
    return static_cast<int>(*frames) * std::max(files, 1);
}

std::string SeriesTags::fingerprint() const {
    std::vector<std::string> uids;
    uids.reserve(instances.size());
    for (const auto& instance : instances) uids.push_back(instance.sop_instance_uid);
    return series_fingerprint(std::move(uids));
}

Result<SeriesTags> parse_series_tags(const SeriesAnswers& answers) {
    const json series = parse(answers.series_json);
    if (!series.is_object())
        return failure(ErrorCode::archive_unavailable, "Orthanc's answer on a series is no object");
    SeriesTags tags;
    tags.orthanc_series_id = string_at(series, "ID");
    tags.orthanc_study_id = string_at(series, "ParentStudy");
    const auto stable = series.find("IsStable");
    tags.stable = stable == series.end() || !stable->is_boolean() || stable->get<bool>();
    auto instances = parse_instances(answers.instances_json);
    if (!instances) return failure(instances.error());
    tags.instances = std::move(*instances);

    if (series.contains("MainDicomTags")) take_strings(series["MainDicomTags"], tags.values);
    if (const json study = parse(answers.study_json); study.is_object() && study.contains("MainDicomTags"))
        take_strings(study["MainDicomTags"], tags.values);
    if (const json instance = parse(answers.instance_tags_json); instance.is_object()) {
        take_strings(instance, tags.values);
        take_enhanced(instance, tags.values);
        take_region(instance, tags.values);
    }
    tags.series_instance_uid = tags.value("SeriesInstanceUID");
    if (tags.orthanc_series_id.empty() || tags.series_instance_uid.empty())
        return failure(ErrorCode::archive_unavailable, "Orthanc's answer on a series lacks its ids");
    return tags;
}

}  // namespace spineseg

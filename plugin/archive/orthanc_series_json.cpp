// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/archive/orthanc_series_json.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "core/decimal_string.h"
#include "core/sop_class.h"

namespace spineseg {
namespace {

using nlohmann::json;

void take_strings(const json& object, SeriesTags& tags) {
    if (!object.is_object()) return;
    for (const auto& [keyword, value] : object.items())
        if (value.is_string()) tags.take(keyword, value.get_ref<const std::string&>());
}

/// Every functional group macro of one item: its first item's plain attributes.
void take_functional_groups(const json& groups, SeriesTags& series) {
    if (!groups.is_object()) return;
    for (const auto& [name, macro] : groups.items())
        if (macro.is_array() && !macro.empty()) take_strings(macro.front(), series);
}

void take_enhanced(const json& tags, SeriesTags& series) {
    for (const char* name : {"SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"}) {
        const auto sequence = tags.find(name);
        if (sequence != tags.end() && sequence->is_array() && !sequence->empty())
            take_functional_groups(sequence->front(), series);
    }
}

/// AnatomicRegionSequence (0008,2218): the code's meaning, as a value of its own.
void take_region(const json& tags, SeriesTags& series) {
    const auto sequence = tags.find("AnatomicRegionSequence");
    if (sequence == tags.end() || !sequence->is_array() || sequence->empty() ||
        !sequence->front().is_object())
        return;
    const auto meaning = sequence->front().find("CodeMeaning");
    if (meaning != sequence->front().end() && meaning->is_string())
        series.take("AnatomicRegion", meaning->get_ref<const std::string&>());
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
    if (const auto file = string_at(entry, "FileUuid"); !file.empty())
        summary.content = std::to_string(entry.value("FileSize", std::int64_t{0})) + " " + file;
    if (summary.orthanc_id.empty() || summary.sop_instance_uid.empty()) return std::nullopt;
    summary.orientation = parse_orientation(string_at(*tags, "ImageOrientationPatient"));
    summary.position = parse_position(string_at(*tags, "ImagePositionPatient"));
    return summary;
}

}  // namespace

std::optional<std::chrono::sys_time<std::chrono::milliseconds>> parse_last_update(const std::string& text) {
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
    if (std::sscanf(text.c_str(), "%4d%2d%2dT%2d%2d%2d", &year, &month, &day, &hour, &minute, &second) != 6)
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(year),
                                           std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
           std::chrono::seconds(second);
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

namespace {

const json* first_item(const json* object, const char* sequence) {
    if (object == nullptr || !object->is_object()) return nullptr;
    const auto found = object->find(sequence);
    const bool there =
        found != object->end() && found->is_array() && !found->empty() && found->front().is_object();
    return there ? &found->front() : nullptr;
}

/// Orthanc's simplified tags of an instance, and one frame's functional groups in them.
class JsonAttributes : public FrameAttributes {
  public:
    JsonAttributes(const json& tags, const json* shared, const json* frame) : items_{&tags, shared, frame} {}

    std::string text(AttributePlace place, const Attribute* sequence,
                     const Attribute& attribute) const override {
        const json* item = items_.at(static_cast<std::size_t>(place));
        if (sequence != nullptr) item = first_item(item, sequence->keyword);
        if (item == nullptr || !item->is_object()) return {};
        auto value = string_at(*item, attribute.keyword);
        while (!value.empty() && (value.back() == ' ' || value.back() == '\0')) value.pop_back();
        return value;
    }

  private:
    std::array<const json*, 3> items_;
};

int whole_at(const json& tags, const char* keyword) {
    const auto value = parse_decimal(string_at(tags, keyword));
    return value && *value >= 0 && *value < 1e6 ? static_cast<int>(*value) : 0;
}

/// The headers of an Enhanced object's frames, with a fault where its functional groups end before they do.
std::vector<FrameReading> read_frames(const json& tags, const FrameHeader& begun, const ImageWords& words) {
    const json* shared = first_item(&tags, "SharedFunctionalGroupsSequence");
    const auto groups = tags.find("PerFrameFunctionalGroupsSequence");
    const std::size_t described = groups != tags.end() && groups->is_array() ? groups->size() : 0;
    const auto count = std::min<std::size_t>(
        static_cast<std::size_t>(std::max(whole_at(tags, "NumberOfFrames"), 1)), described + 1);
    std::vector<FrameReading> readings;
    for (std::size_t i = 0; i < count; ++i) {
        FrameHeader header = begun;
        header.frame = static_cast<int>(i);
        header.name += " frame " + std::to_string(i + 1);
        const std::string name = header.name;
        const json* own = i < described ? &(*groups)[i] : nullptr;
        readings.push_back(
            read_frame_header(JsonAttributes(tags, shared, own), std::move(header), true, words));
        if (own == nullptr)
            readings.back().fault = Error{ErrorCode::missing_attribute, name + " has no functional groups"};
    }
    return readings;
}

SurveyedInstance survey_instance(const json& tags, const InstanceSummary& summary, const ImageWords& words) {
    SurveyedInstance one;
    one.name = summary.orthanc_id;
    one.sop_instance_uid = summary.sop_instance_uid;
    if (!tags.is_object()) return one;
    one.sop_class_uid = string_at(tags, "SOPClassUID");
    one.series_description = string_at(tags, "SeriesDescription");
    one.protocol_name = string_at(tags, "ProtocolName");
    one.body_part = string_at(tags, "BodyPartExamined");
    FrameHeader begun;
    begun.name = one.name;
    begun.sop_instance_uid = one.sop_instance_uid;
    begun.rows = whole_at(tags, "Rows");
    begun.columns = whole_at(tags, "Columns");
    if (is_enhanced_mr_class(one.sop_class_uid))
        one.frames = read_frames(tags, begun, words);
    else
        one.frames.push_back(
            read_frame_header(JsonAttributes(tags, nullptr, nullptr), std::move(begun), false, words));
    return one;
}

void take_instance(const json& instance, SeriesTags& tags) {
    if (!instance.is_object()) return;
    tags.patient = read_patient({.age = string_at(instance, "PatientAge"),
                                 .birth_date = string_at(instance, "PatientBirthDate"),
                                 .study_date = string_at(instance, "StudyDate"),
                                 .size = string_at(instance, "PatientSize"),
                                 .weight = string_at(instance, "PatientWeight")});
    take_strings(instance, tags);
    take_enhanced(instance, tags);
    take_region(instance, tags);
}

/// The instance that speaks for the series, which is found among all of them where all are given.
void take_instances(const std::vector<std::string>& texts, const ImageWords& words, SeriesTags& tags) {
    if (texts.empty()) return;
    if (texts.size() != tags.instances.size()) return take_instance(parse(texts.front()), tags);
    std::vector<SurveyedInstance> surveyed;
    for (std::size_t i = 0; i < texts.size(); ++i)
        surveyed.push_back(survey_instance(parse(texts[i]), tags.instances[i], words));
    tags.survey = survey_series(surveyed);
    take_instance(parse(texts[tags.survey->representative]), tags);
}

}  // namespace

Result<SeriesTags> parse_series_tags(const SeriesAnswers& answers, const ImageWords& words) {
    const json series = parse(answers.series_json);
    if (!series.is_object())
        return failure(ErrorCode::archive_unavailable, "Orthanc's answer on a series is no object");
    SeriesTags tags;
    tags.orthanc_series_id = string_at(series, "ID");
    tags.orthanc_study_id = string_at(series, "ParentStudy");
    const auto stable = series.find("IsStable");
    tags.stable = stable == series.end() || !stable->is_boolean() || stable->get<bool>();
    tags.last_update = parse_last_update(string_at(series, "LastUpdate"));
    auto instances = parse_instances(answers.instances_json);
    if (!instances) return failure(instances.error());
    tags.instances = std::move(*instances);

    if (const json study = parse(answers.study_json); study.is_object() && study.contains("MainDicomTags"))
        take_strings(study["MainDicomTags"], tags);
    // Orthanc's own tags of a series are those of the instance that came first, which may be the odd one.
    take_instances(answers.instance_tags_json, words, tags);
    if (series.contains("MainDicomTags")) take_strings(series["MainDicomTags"], tags);
    tags.series_instance_uid = tags.value("SeriesInstanceUID");
    if (tags.orthanc_series_id.empty() || tags.series_instance_uid.empty())
        return failure(ErrorCode::archive_unavailable, "Orthanc's answer on a series lacks its ids");
    return tags;
}

}  // namespace spineseg

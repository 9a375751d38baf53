// SPDX-License-Identifier: GPL-3.0-or-later
// eligibility and the headers behind it (stacks): rules are read strictly, every header gets a verdict that agrees with
// itself, and the order of the instances changes nothing.
#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/json_fields.h"
#include "eligibility/verdict.h"
#include "eligibility/verdict_json.h"
#include "tests/fuzz/fuzz_target.h"

namespace spineseg::fuzz {
namespace eligibility_fuzz {

constexpr std::size_t kMostInstancesOfAnInput = 12;
constexpr std::size_t kMostRulesBytes = 32 * 1024;

using Values = std::map<std::string, std::string>;

/// Blocks of lines "Keyword=value" with an empty line between them, one for each instance.
std::vector<Values> headers_of(Input input) {
    std::vector<Values> headers(1);
    std::string line;
    const auto end_line = [&] {
        const auto equals = line.find('=');
        if (line.empty() && !headers.back().empty()) headers.emplace_back();
        if (equals != std::string::npos && equals > 0)
            headers.back().emplace(line.substr(0, equals), line.substr(equals + 1));
        line.clear();
    };
    for (const auto byte : input) {
        if (byte == '\n')
            end_line();
        else
            line += static_cast<char>(byte);
        if (headers.size() > kMostInstancesOfAnInput) break;
    }
    end_line();
    if (headers.back().empty()) headers.pop_back();
    return headers;
}

class HeaderLines final : public FrameAttributes {
  public:
    explicit HeaderLines(const Values& values) : values_(values) {}
    std::string text(AttributePlace place, const Attribute* sequence,
                     const Attribute& attribute) const override {
        if (place != AttributePlace::dataset || sequence != nullptr) return {};
        const auto found = values_.find(attribute.keyword);
        return found == values_.end() ? std::string() : found->second;
    }

  private:
    const Values& values_;
};

std::string value_of(const Values& values, const char* keyword) {
    const auto found = values.find(keyword);
    return found == values.end() ? std::string() : found->second;
}

SurveyedInstance surveyed(const Values& values, std::size_t index) {
    SurveyedInstance instance;
    instance.name = std::to_string(index);
    instance.sop_instance_uid = value_of(values, "SOPInstanceUID");
    if (instance.sop_instance_uid.empty()) instance.sop_instance_uid = "1." + std::to_string(index);
    instance.sop_class_uid = value_of(values, "SOPClassUID");
    instance.series_description = value_of(values, "SeriesDescription");
    instance.protocol_name = value_of(values, "ProtocolName");
    instance.body_part = value_of(values, "BodyPartExamined");
    FrameHeader begun;
    begun.instance = index;
    begun.name = instance.name;
    begun.sop_instance_uid = instance.sop_instance_uid;
    begun.rows = begun.columns = 64;
    instance.frames.push_back(read_frame_header(HeaderLines(values), begun, false, {}));
    return instance;
}

std::vector<SurveyedInstance> surveyed(const std::vector<Values>& headers) {
    std::vector<SurveyedInstance> instances;
    for (std::size_t i = 0; i < headers.size(); ++i) instances.push_back(surveyed(headers[i], i));
    return instances;
}

bool distinct_uids(const std::vector<SurveyedInstance>& instances) {
    std::set<std::string> seen;
    return std::all_of(instances.begin(), instances.end(),
                       [&](const auto& instance) { return seen.insert(instance.sop_instance_uid).second; });
}

std::string described(const std::optional<Error>& fault) {
    return fault ? fault->describe() : "nothing";
}

void require_any_order(std::vector<SurveyedInstance> instances, const SeriesSurvey& one) {
    if (!distinct_uids(instances)) return;
    std::reverse(instances.begin(), instances.end());
    const auto other = survey_series(instances);
    require(one.images == other.images && one.anatomical_images == other.anatomical_images,
            "the order of the instances does not change how many there are");
    require(one.representative == instances.size() - 1 - other.representative,
            "nor which of them speaks for the series");
    require(one.fault == other.fault,
            "nor why none is read: " + described(one.fault) + " / " + described(other.fault));
    require(one.stacks.size() == other.stacks.size(), "nor the stacks");
    for (std::size_t i = 0; i < one.stacks.size(); ++i)
        require(one.stacks[i].chosen == other.stacks[i].chosen &&
                    one.stacks[i].description == other.stacks[i].description &&
                    one.stacks[i].fault == other.stacks[i].fault,
                "nor what is said of a stack");
}

void require_consistent(const Eligibility& verdict, const EligibilityRules& rules) {
    require(std::isfinite(verdict.confidence) && verdict.confidence >= 0 && verdict.confidence <= 1,
            "the confidence is a probability");
    require(verdict.contrast.confidence >= 0 && verdict.contrast.confidence <= 1, "that of the contrast too");
    require(verdict.eligible == verdict.rule.empty(), "whoever refuses is named");
    require(verdict.eligible == verdict.reason.empty(), "with a reason");
    require(verdict.outcomes.size() == rules.rules.size(), "every rule is asked");
    require(verdict.contrast.outcomes.size() == rules.contrast.size(), "every rule of the contrast too");
    for (const auto& outcome : verdict.outcomes)
        require(!outcome.fired || outcome.says != "exclude" || !verdict.eligible,
                "a rule that excludes refuses");
    require(!verdict.eligible || verdict.confidence >= verdict.threshold,
            "the confidence reaches the threshold");
}

SeriesTags tags_of(const std::vector<Values>& headers) {
    SeriesTags tags;
    if (headers.empty()) return tags;
    const auto instances = surveyed(headers);
    for (std::size_t i = 0; i < headers.size(); ++i)
        tags.instances.push_back({"", instances[i].sop_instance_uid,
                                  parse_orientation(value_of(headers[i], "ImageOrientationPatient")),
                                  parse_position(value_of(headers[i], "ImagePositionPatient")), ""});
    const auto found = survey_series(instances);
    require(found.representative < headers.size(), "an instance speaks for the series");
    require_any_order(instances, found);
    for (const auto& [keyword, value] : headers[found.representative]) tags.take(keyword, value);
    tags.survey = found;
    for (const auto* secret : {"PatientName", "PatientID", "PatientBirthDate", "ReferringPhysicianName"})
        require(!tags.values.contains(secret), "a patient's values are dropped");
    require(tags.fingerprint().size() == 64, "a fingerprint is a digest");
    return tags;
}

}  // namespace eligibility_fuzz

bool fuzz_eligibility(Input input) {
    using namespace eligibility_fuzz;
    const auto [json, lines] = before_nul(input);
    if (json.size() > kMostRulesBytes) return false;
    const auto& shipped = EligibilityRules::shipped();
    std::optional<EligibilityRules> given;
    if (!json.empty()) {
        auto read = EligibilityRules::parse(json);
        if (!read) read = shipped.with_site_changes(json);
        if (!read) {
            require(read.error().code == ErrorCode::invalid_configuration, "refused as a configuration");
            require(!read.error().detail.empty(), "refused with a reason");
            return false;
        }
        require(read->threshold >= 0 && read->threshold <= 1, "the threshold is a probability");
        given = std::move(*read);
    }
    const EligibilityRules& rules = given ? *given : shipped;
    const auto headers = headers_of(lines);
    const auto tags = tags_of(headers);
    const auto verdict = decide_eligibility(tags, rules);
    require_consistent(verdict, rules);
    require(!dump_json(explanation_json(verdict)).empty(), "a verdict can be shown");
    return !headers.empty() || !json.empty();
}

}  // namespace spineseg::fuzz

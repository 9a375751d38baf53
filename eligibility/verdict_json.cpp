// SPDX-License-Identifier: GPL-3.0-or-later
#include "eligibility/verdict_json.h"

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

namespace spineseg {
namespace {

using nlohmann::json;

double rounded(double value) {
    return std::round(value * 1000) / 1000;
}

json maybe(const std::optional<double>& value) {
    return value ? json(rounded(*value)) : json(nullptr);
}

json known(const std::string& text) {
    return text.empty() ? json(nullptr) : json(text);
}

json contrast_json(const ContrastFinding& finding) {
    return {{"Class", to_string(finding.contrast)},    {"Confidence", rounded(finding.confidence)},
            {"FatSuppressed", finding.fat_suppressed}, {"Physics", known(finding.physics_rule)},
            {"Text", known(finding.text_rule)},        {"Disagree", finding.disagree}};
}

json stacks_json(const std::vector<StackReport>& stacks) {
    json list = json::array();
    for (const auto& stack : stacks)
        list.push_back({{"Description", stack.description},
                        {"Chosen", stack.chosen},
                        {"Fault", error_json(stack.fault)}});
    return list;
}

json doubts_json(const std::vector<Doubt>& doubts) {
    json list = json::array();
    for (const auto& doubt : doubts)
        list.push_back({{"Name", doubt.name},
                        {"Explanation", doubt.explanation},
                        {"AtLeast", to_string(doubt.at_least)}});
    return list;
}

json outcomes_json(const std::vector<RuleOutcome>& outcomes) {
    json list = json::array();
    for (const auto& outcome : outcomes)
        list.push_back({{"ID", outcome.id},
                        {"Says", outcome.says},
                        {"Weight", outcome.weight},
                        {"Because", outcome.because},
                        {"LooksAt", outcome.looks_at},
                        {"Fired", outcome.fired},
                        {"Why", outcome.why}});
    return list;
}

json facts_json(const SeriesFacts& facts) {
    return {{"Images", facts.images},
            {"Orientations", facts.orientations},
            {"Plane", known(facts.plane)},
            {"TiltDegrees", maybe(facts.tilt_degrees)},
            {"Region", facts.region},
            {"RegionEvidence", known(facts.region_evidence)},
            {"HeightMm", maybe(facts.height_mm)},
            {"PixelMm", maybe(facts.pixel_mm)},
            {"CoverageMm", maybe(facts.coverage_mm)},
            {"SliceSpacingMm", maybe(facts.slice_spacing_mm)},
            {"EchoTimeMs", maybe(facts.echo_time_ms)},
            {"RepetitionTimeMs", maybe(facts.repetition_time_ms)},
            {"InversionTimeMs", maybe(facts.inversion_time_ms)}};
}

}  // namespace

json error_json(const std::optional<Error>& error) {
    if (!error) return nullptr;
    return {{"Code", to_string(error->code)}, {"Detail", error->detail}};
}

json verdict_summary_json(const Eligibility& verdict) {
    return {{"Eligible", verdict.eligible},   {"Confidence", rounded(verdict.confidence)},
            {"Threshold", verdict.threshold}, {"Rule", verdict.rule},
            {"Reason", verdict.reason},       {"Contrast", contrast_json(verdict.contrast)}};
}

json explanation_json(const Eligibility& verdict) {
    auto view = verdict_summary_json(verdict);
    view["Facts"] = facts_json(verdict.facts);
    view["Contrast"]["Rules"] = outcomes_json(verdict.contrast.outcomes);
    view["Rules"] = outcomes_json(verdict.outcomes);
    view["Stacks"] = stacks_json(verdict.facts.stacks);
    view["Doubts"] = doubts_json(verdict.facts.doubts);
    view["LeftAside"] = verdict.facts.left_aside;
    view["Reading"] = error_json(verdict.facts.reading_fault);
    return view;
}

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/explain/explanation.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "core/json_fields.h"
#include "core/printable_text.h"
#include "dicom/read/series.h"
#include "eligibility/verdict_json.h"

namespace spineseg {
namespace {

using nlohmann::json;

std::string two_decimals(double value) {
    char text[16];
    std::snprintf(text, sizeof text, "%.2f", value);
    return text;
}

std::string padded(std::string text, std::size_t width) {
    if (text.size() < width) text.append(width - text.size(), ' ');
    return text;
}

/// "x" excludes, "+" and "-" speak for and against, " " did not fire.
std::string outcome_line(const RuleOutcome& outcome) {
    const char* mark = !outcome.fired              ? " "
                       : outcome.says == "exclude" ? "x"
                       : outcome.weight < 0        ? "-"
                                                   : "+";
    char weight[16] = "";
    if (outcome.weight != 0) std::snprintf(weight, sizeof weight, "%+.2f", outcome.weight);
    return std::string("    ") + mark + " " + padded(outcome.id, 38) + " " + padded(outcome.says, 15) + " " +
           padded(weight, 6) + " " + outcome.because + " (" + outcome.why + ")\n";
}

std::string outcome_lines(const std::vector<RuleOutcome>& outcomes, bool all) {
    std::string text;
    for (const auto& outcome : outcomes)
        if (all || outcome.fired) text += outcome_line(outcome);
    return text;
}

std::string contrast_line(const ContrastFinding& contrast) {
    std::string text = "  weighting   " + std::string(to_string(contrast.contrast));
    if (contrast.fat_suppressed && contrast.contrast != Contrast::t2_fat_suppressed)
        text += " with fat suppression";
    text += ", confidence " + two_decimals(contrast.confidence);
    if (contrast.disagree) text += "; the text says otherwise";
    return text + "\n";
}

std::string verdict_line(const Eligibility& verdict) {
    if (!verdict.eligible) return "  not taken   " + verdict.reason + "\n";
    return "  taken       confidence " + two_decimals(verdict.confidence) + ", needed " +
           two_decimals(verdict.threshold) + "\n";
}

std::string doubt_lines(const std::vector<Doubt>& doubts) {
    std::string text;
    for (const auto& doubt : doubts)
        text += std::string("  ") + padded(doubt.at_least == QualityVerdict::pass ? "remark" : "doubt", 11) +
                " " + doubt.name + ": " + doubt.explanation + "\n";
    return text;
}

std::string stack_lines(const SeriesExplanation& explanation) {
    std::string text;
    for (const auto& stack : explanation.verdict.facts.stacks) {
        text += "  stack       " + printable(stack.description);
        if (stack.chosen && !explanation.reading_fault) text += ": would be read";
        if (stack.fault) text += ": " + stack.fault->describe();
        text += "\n";
    }
    for (const auto& aside : explanation.verdict.facts.left_aside)
        text += "  left aside  " + printable(aside) + "\n";
    if (explanation.reading_fault) text += "  not read    " + explanation.reading_fault->describe() + "\n";
    return text;
}

std::vector<dicom::InstanceBytes> named(const SeriesFiles& files,
                                        const std::vector<std::vector<std::uint8_t>>& contents) {
    std::vector<dicom::InstanceBytes> instances;
    for (std::size_t i = 0; i < contents.size(); ++i)
        instances.push_back({files.files[i].filename().string(), contents[i]});
    return instances;
}

std::optional<Error> reading_fault_of(const SeriesFiles& files, const ImageWords& words) {
    std::vector<std::vector<std::uint8_t>> contents;
    for (const auto& file : files.files) {
        auto bytes = read_file(file);
        if (!bytes) return bytes.error();
        contents.push_back(std::move(*bytes));
    }
    dicom::ReadLimits limits;
    limits.words = words;
    return dicom::inspect_series(named(files, contents), limits).fault;
}

/// A cell must not end a table's row, or the cell.
std::string cell(std::string text) {
    std::replace(text.begin(), text.end(), '|', ' ');
    return printable(text);
}

}  // namespace

std::string SeriesExplanation::reason() const {
    if (!verdict.eligible) return verdict.reason;
    return reading_fault ? reading_fault->describe() : std::string();
}

std::string SeriesExplanation::reads() const {
    if (would_run())
        for (const auto& stack : verdict.facts.stacks)
            if (stack.chosen) return stack.description;
    return {};
}

SeriesExplanation explain_series(SeriesFiles files, const EligibilityRules& rules) {
    SeriesExplanation explanation;
    explanation.verdict = decide_eligibility(files.tags, rules);
    explanation.reading_fault = files.fault;
    if (!explanation.reading_fault) explanation.reading_fault = reading_fault_of(files, rules.images);
    if (!explanation.reading_fault) explanation.reading_fault = explanation.verdict.facts.reading_fault;
    explanation.files = std::move(files);
    return explanation;
}

json to_json(const SeriesExplanation& explanation) {
    auto view = explanation_json(explanation.verdict);
    view["SeriesInstanceUID"] = explanation.files.tags.series_instance_uid;
    view["SeriesDescription"] = explanation.files.tags.value("SeriesDescription");
    view["Instances"] = explanation.files.files.size();
    view["Folder"] = explanation.files.files.front().parent_path().string();
    view["WouldRun"] = explanation.would_run();
    view["Reading"] = error_json(explanation.reading_fault);
    make_printable(view);
    return view;
}

std::string to_text(const SeriesExplanation& explanation, bool all) {
    const auto& tags = explanation.files.tags;
    std::string text = "series " + printable(tags.series_instance_uid) + "\n";
    text += "  files       " + std::to_string(explanation.files.files.size()) + " in " +
            printable(explanation.files.files.front().parent_path().string()) + "\n";
    if (const auto& description = tags.value("SeriesDescription"); !description.empty())
        text += "  description " + printable(description) + "\n";
    text += verdict_line(explanation.verdict) + contrast_line(explanation.verdict.contrast) +
            stack_lines(explanation) + doubt_lines(explanation.verdict.facts.doubts);
    text += "  rules\n" + outcome_lines(explanation.verdict.outcomes, all);
    text += "  weighting's rules\n" + outcome_lines(explanation.verdict.contrast.outcomes, all);
    return text;
}

std::string to_table(const std::vector<SeriesExplanation>& explanations, const std::filesystem::path& root) {
    std::string text = "| series | would be read | not, because; left aside |\n|---|---|---|\n";
    for (const auto& explanation : explanations) {
        const auto folder = explanation.files.files.front().parent_path().lexically_relative(root).string();
        std::string rest = explanation.reason();
        const auto add = [&](const std::string& more) { rest += (rest.empty() ? "" : "; ") + more; };
        const bool runs = explanation.would_run();
        if (runs)
            for (const auto& stack : explanation.verdict.facts.stacks)
                if (!stack.chosen) add(stack.description);
        for (const auto& aside : explanation.verdict.facts.left_aside) add(aside);
        const auto reads = explanation.reads();
        text +=
            "| " + cell(folder) + " | " + (reads.empty() ? "–" : cell(reads)) + " | " + cell(rest) + " |\n";
    }
    return text;
}

}  // namespace spineseg

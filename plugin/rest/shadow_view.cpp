// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/rest/shadow_view.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "plugin/http/time_text.h"
#include "plugin/rest/job_view.h"
#include "plugin/rest/request_values.h"

namespace spineseg {
namespace {

using nlohmann::json;
using Values = std::vector<double>;

constexpr int kMostShadowRuns = 500;
constexpr std::size_t kLongestModel = 64;

template <typename Value>
json or_null(const std::optional<Value>& value) {
    return value ? json(*value) : json(nullptr);
}
json word_or_null(const std::string& text) {
    return text.empty() ? json(nullptr) : json(text);
}
std::optional<double> quotient(const std::optional<double>& a, const std::optional<double>& b) {
    if (!a || !b || *b <= 0.0) return std::nullopt;
    return *a / *b;
}
std::optional<double> difference(const std::optional<double>& a, const std::optional<double>& b) {
    if (!a || !b) return std::nullopt;
    return *a - *b;
}

/// Of an even number the mean of the two in the middle.
std::optional<double> median_of(Values values) {
    if (values.empty()) return std::nullopt;
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}
std::optional<double> mean_of(const Values& values) {
    if (values.empty()) return std::nullopt;
    double sum = 0;
    for (const double value : values) sum += value;
    return sum / static_cast<double>(values.size());
}

json spread_json(const Values& values) {
    const auto worst = std::min_element(values.begin(), values.end());
    return {{"Mean", or_null(mean_of(values))},
            {"Median", or_null(median_of(values))},
            {"Worst", worst == values.end() ? json(nullptr) : json(*worst)}};
}

Values present(const std::vector<ShadowFigures>& sampled, std::optional<double> ShadowFigures::*figure) {
    Values values;
    for (const auto& one : sampled)
        if (one.*figure) values.push_back(*(one.*figure));
    return values;
}

json verdicts_json(const std::vector<ShadowFigures>& sampled) {
    std::map<std::pair<std::string, std::string>, int> counts;
    for (const auto& one : sampled) ++counts[{one.shown_verdict, one.shadow_verdict}];
    json list = json::array();
    for (const auto& [verdicts, runs] : counts)
        list.push_back({{"Shown", word_or_null(verdicts.first)},
                        {"Shadow", word_or_null(verdicts.second)},
                        {"Runs", runs}});
    return list;
}

json dice_json(const ShadowFigures& figures) {
    json levels = json::parse(figures.levels_json, nullptr, false);
    return {{"Mean", or_null(figures.mean_dice)},
            {"Vertebra", or_null(figures.vertebra)},
            {"Disc", or_null(figures.disc)},
            {"Canal", or_null(figures.canal)},
            {"Levels", levels.is_array() ? std::move(levels) : json::array()}};
}

std::string public_name(ShadowState state) {
    std::string name(to_string(state));
    name.front() = static_cast<char>(name.front() - 'a' + 'A');
    return name;
}

json run_json(const ShadowRun& run, const std::string& root) {
    const auto& figures = run.figures;
    return {
        {"ID", run.id},
        {"State", std::string(to_string(run.state))},
        {"Reason", run.reason},
        {"Job", run.job_id},
        {"Path", root + "jobs/" + run.job_id},
        {"Series", run.orthanc_series_id},
        {"Wanted", run.wanted},
        {"Model", {{"ID", run.model_id}, {"Digest", run.model_digest}}},
        {"ShownModel", {{"ID", run.shown_model_id}, {"Digest", run.shown_model_digest}}},
        {"Worker", word_or_null(run.worker)},
        {"Attempts", run.attempts},
        {"Created", iso8601(run.created)},
        {"Started", time_or_null(run.started)},
        {"Finished", time_or_null(run.finished)},
        {"Dice", dice_json(figures)},
        {"Verdict",
         {{"Shown", word_or_null(figures.shown_verdict)}, {"Shadow", word_or_null(figures.shadow_verdict)}}},
        {"Score",
         {{"Shown", or_null(figures.shown_score)},
          {"Shadow", or_null(figures.shadow_score)},
          {"Difference", or_null(difference(figures.shadow_score, figures.shown_score))}}},
        {"Seconds",
         {{"Shown", or_null(figures.shown_seconds)},
          {"Shadow", or_null(figures.shadow_seconds)},
          {"Ratio", or_null(quotient(figures.shadow_seconds, figures.shown_seconds))}}}};
}

}  // namespace

Result<ShadowFilter> shadow_filter_of(const Query& query) {
    ShadowFilter filter;
    for (const auto& [key, value] : query) {
        if (key == "model") {
            if (value.empty() || value.size() > kLongestModel)
                return failure(ErrorCode::invalid_argument, "model must be a model's name or digest");
            filter.model = value;
        } else if (key == "since") {
            filter.since = time_from_iso8601(value);
            if (!filter.since)
                return failure(ErrorCode::invalid_argument, "since must be a time like 2026-11-01T00:00:00Z");
        }
    }
    const auto limit = whole_of(query, "limit", 1, kMostShadowRuns, filter.limit);
    if (!limit) return failure(limit.error());
    filter.limit = static_cast<int>(*limit);
    return filter;
}

json shadow_runs_json(const std::vector<ShadowRun>& runs, const std::string& root) {
    json list = json::array();
    for (const auto& run : runs) list.push_back(run_json(run, root));
    return list;
}

json shadow_totals_json(const ShadowTotals& totals) {
    json runs;
    for (std::size_t i = 0; i < kShadowStates; ++i)
        runs[public_name(static_cast<ShadowState>(i))] = totals.runs[i];
    const auto& sampled = totals.sampled;
    Values ratios;
    for (const auto& one : sampled)
        if (const auto ratio = quotient(one.shadow_seconds, one.shown_seconds)) ratios.push_back(*ratio);
    return {{"Runs", std::move(runs)},
            {"Sampled", sampled.size()},
            {"Dice", spread_json(present(sampled, &ShadowFigures::mean_dice))},
            {"Structures",
             {{"Vertebra", spread_json(present(sampled, &ShadowFigures::vertebra))},
              {"Disc", spread_json(present(sampled, &ShadowFigures::disc))},
              {"Canal", spread_json(present(sampled, &ShadowFigures::canal))}}},
            {"Verdicts", verdicts_json(sampled)},
            {"Seconds",
             {{"Shown", or_null(median_of(present(sampled, &ShadowFigures::shown_seconds)))},
              {"Shadow", or_null(median_of(present(sampled, &ShadowFigures::shadow_seconds)))},
              {"Ratio", or_null(median_of(ratios))}}}};
}

}  // namespace spineseg

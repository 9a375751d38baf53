// SPDX-License-Identifier: GPL-3.0-or-later
/// The report as JSON: the figures that a script or a model card takes up.
#include <nlohmann/json.hpp>

#include "core/mean_of_present.h"
#include "lab/evaluation/evaluation_report.h"

namespace spineseg {
namespace {

using nlohmann::json;

json number(const std::optional<double>& value) {
    return value ? json(*value) : json();
}

json to_json(const StructureFigures& figures) {
    json object;
    for (const auto& [name, member] : named_figures()) object[name] = number(figures.*member);
    return object;
}

json to_json(const CaseFigures& figures, const std::vector<Structure>& structures) {
    json object;
    for (const Structure structure : structures)
        object[to_string(structure)] = to_json(figures[static_cast<std::size_t>(structure)]);
    return object;
}

template <typename T>
json by_structure(const std::array<T, kStructures>& values, const std::vector<Structure>& structures) {
    json object;
    for (const Structure structure : structures) {
        const T& value = values[static_cast<std::size_t>(structure)];
        if constexpr (std::is_same_v<T, double>)
            object[to_string(structure)] = value;
        else
            object[to_string(structure)] = number(value);
    }
    return object;
}

json to_json(const SliceFigures& slice, const std::vector<Structure>& structures) {
    return {{"slice", slice.slice},
            {"dice", by_structure(slice.dice, structures)},
            {"uncertainty", by_structure(slice.uncertainty, structures)},
            {"agreement", by_structure(slice.agreement, structures)}};
}

json to_json(const CaseVerdict& verdict, const std::vector<Structure>& structures) {
    json evidence = json::object();
    for (const auto& [name, values] : verdict.evidence) evidence[name] = by_structure(values, structures);
    return {{"verdict", verdict.verdict},
            {"reason", verdict.reason},
            {"score", verdict.score},
            {"structure_score", by_structure(verdict.structure_score, structures)},
            {"evidence", evidence}};
}

json to_json(const EvaluatedCase& one, const std::vector<Structure>& structures) {
    json slices = json::array();
    for (const SliceFigures& slice : one.slices) slices.push_back(to_json(slice, structures));
    return {{"id", one.id},
            {"file", one.file},
            {"strata", one.strata},
            {"mean_dice", number(one.mean_dice())},
            {"presegmentation_mean_dice", number(one.presegmentation_mean_dice())},
            {"final", to_json(one.final, structures)},
            {"presegmentation", to_json(one.presegmentation, structures)},
            {"quality", to_json(one.verdict, structures)},
            {"slices", slices},
            {"seconds", one.seconds}};
}

json averages(const std::vector<EvaluatedCase>& cases, Source source,
              const std::vector<Structure>& structures) {
    json object;
    std::vector<std::optional<double>> dice;
    for (const Structure structure : structures) {
        json& mean = object[to_string(structure)];
        for (const auto& [name, member] : named_figures())
            mean[name] = number(mean_over_cases(cases, source, structure, member));
        mean["median_dice"] = number(median_over_cases(cases, source, structure, &StructureFigures::dice));
        dice.push_back(mean_over_cases(cases, source, structure, &StructureFigures::dice));
    }
    object["mean_dice"] = number(mean_of_present(dice));
    return object;
}

json pooled(const PooledFigures& figures, const std::vector<Structure>& structures) {
    json object;
    for (const Structure structure : structures) {
        const PooledStructure& one = figures[static_cast<std::size_t>(structure)];
        json bins = json::array();
        for (const ReliabilityBin& bin : one.band.bins()) {
            if (bin.count == 0) continue;
            bins.push_back({{"count", bin.count},
                            {"probability", bin.mean_probability()},
                            {"frequency", bin.frequency()}});
        }
        object[to_string(structure)] = to_json(pooled_figures(one));
        for (const char* per_case : {"dice", "hd95_mm", "assd_mm", "signed_distance_mm", "volume_bias"})
            object[to_string(structure)].erase(per_case);
        object[to_string(structure)]["band_reliability"] = std::move(bins);
    }
    return object;
}

json strata(const EvaluationReport& report) {
    json object = json::object();
    for (const StratumFigures& part : strata_of(report))
        object[part.stratum][part.value] = {
            {"cases", part.cases.size()},
            {"mean_dice", number(part.mean_dice)},
            {"mean_score", part.mean_score},
            {"flagged", part.flagged},
            {"final", averages(part.cases, Source::final, report.structures)},
            {"presegmentation", averages(part.cases, Source::presegmentation, report.structures)}};
    return object;
}

json scores(const EvaluationReport& report) {
    json object = json::object();
    for (const ScoreFigures& score : score_figures(report))
        object[score.name] = {{"aurc", number(score.aurc)},
                              {"least_aurc", number(score.least_aurc)},
                              {"spearman", number(score.correlation)}};
    return object;
}

json to_json(const VerdictFigures& verdict) {
    return {{"cases", verdict.cases},
            {"flagged", verdict.flagged},
            {"worst_tenth", verdict.worst},
            {"worst_tenth_found", verdict.worst_found},
            {"share_to_find_worst_tenth", verdict.share_to_find_worst},
            {"aurc", number(verdict.aurc)},
            {"least_aurc", number(verdict.least_aurc)},
            {"spearman", number(verdict.correlation)}};
}

json to_json(const SliceRisk& risk) {
    return {{"aurc_by_uncertainty", number(risk.by_uncertainty)},
            {"aurc_by_agreement", number(risk.by_agreement)},
            {"least_aurc", number(risk.least)}};
}

}  // namespace

json to_json(const EvaluationReport& report) {
    json cases = json::array();
    for (const EvaluatedCase& one : report.cases) cases.push_back(to_json(one, report.structures));
    return {{"model", {{"name", report.model}, {"digest", report.model_digest}}},
            {"device", report.device},
            {"request", {{"samples", report.samples}, {"steps", report.steps}, {"seed", report.seed}}},
            {"regions", {{"band_mm", kBandMm}, {"border_mm", kBorderMm}}},
            {"cases", cases},
            {"mean",
             {{"final", averages(report.cases, Source::final, report.structures)},
              {"presegmentation", averages(report.cases, Source::presegmentation, report.structures)}}},
            {"pooled",
             {{"final", pooled(report.final, report.structures)},
              {"presegmentation", pooled(report.presegmentation, report.structures)}}},
            {"strata", strata(report)},
            {"structure_scores", scores(report)},
            {"slices", to_json(slice_risk(report))},
            {"verdict", to_json(verdict_figures(report.cases))}};
}

}  // namespace spineseg

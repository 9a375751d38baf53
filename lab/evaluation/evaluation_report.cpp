// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/evaluation_report.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/mean_of_present.h"

namespace spineseg {
namespace {

std::optional<double> mean_dice_of(const CaseFigures& figures) {
    std::vector<std::optional<double>> dice;
    for (const StructureFigures& structure : figures) dice.push_back(structure.dice);
    return mean_of_present(dice);
}

std::vector<double> values_over_cases(const std::vector<EvaluatedCase>& cases, Source source,
                                      Structure structure, std::optional<double> StructureFigures::*figure) {
    std::vector<double> values;
    for (const EvaluatedCase& one : cases) {
        const CaseFigures& figures = source == Source::final ? one.final : one.presegmentation;
        const auto& value = figures[static_cast<std::size_t>(structure)].*figure;
        if (value) values.push_back(*value);
    }
    return values;
}

}  // namespace

const std::vector<NamedFigure>& named_figures() {
    static const std::vector<NamedFigure> figures{
        {"dice", &StructureFigures::dice},
        {"hd95_mm", &StructureFigures::hd95_mm},
        {"assd_mm", &StructureFigures::assd_mm},
        {"signed_distance_mm", &StructureFigures::signed_distance_mm},
        {"volume_bias", &StructureFigures::volume_bias},
        {"ece", &StructureFigures::ece},
        {"band_ece", &StructureFigures::band_ece},
        {"band_brier", &StructureFigures::band_brier},
        {"band_nll", &StructureFigures::band_nll},
        {"band_error_auroc", &StructureFigures::band_error_auroc},
        {"border_error_auroc", &StructureFigures::border_error_auroc},
        {"band_map_auroc", &StructureFigures::band_map_auroc},
    };
    return figures;
}

std::optional<double> EvaluatedCase::mean_dice() const {
    return mean_dice_of(final);
}

std::optional<double> EvaluatedCase::presegmentation_mean_dice() const {
    return mean_dice_of(presegmentation);
}

StructureFigures pooled_figures(const PooledStructure& pooled) {
    StructureFigures figures;
    figures.ece = pooled.image.expected_calibration_error();
    figures.band_ece = pooled.band.expected_calibration_error();
    figures.band_brier = pooled.band.brier();
    figures.band_nll = pooled.band.negative_log_likelihood();
    figures.band_error_auroc = pooled.band_errors.auroc();
    figures.border_error_auroc = pooled.border_errors.auroc();
    figures.band_map_auroc = pooled.band_map_errors.auroc();
    return figures;
}

StructureFigures figures_of(const StructureEvaluation& evaluation) {
    PooledStructure alone;
    pool(alone, evaluation);
    StructureFigures figures = pooled_figures(alone);
    figures.dice = evaluation.dice;
    figures.volume_bias = evaluation.volume_bias;
    if (evaluation.surface) {
        figures.hd95_mm = evaluation.surface->hd95_mm;
        figures.assd_mm = evaluation.surface->assd_mm;
        figures.signed_distance_mm = evaluation.surface->signed_mm;
    }
    return figures;
}

void pool(PooledStructure& pooled, const StructureEvaluation& evaluation) {
    pooled.image.add(evaluation.image);
    pooled.band.add(evaluation.band);
    pooled.band_errors.add(evaluation.band_errors);
    pooled.border_errors.add(evaluation.border_errors);
    pooled.band_map_errors.add(evaluation.band_map_errors);
}

std::optional<double> mean_over_cases(const std::vector<EvaluatedCase>& cases, Source source,
                                      Structure structure, std::optional<double> StructureFigures::*figure) {
    const auto values = values_over_cases(cases, source, structure, figure);
    if (values.empty()) return std::nullopt;
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::optional<double> median_over_cases(const std::vector<EvaluatedCase>& cases, Source source,
                                        Structure structure,
                                        std::optional<double> StructureFigures::*figure) {
    auto values = values_over_cases(cases, source, structure, figure);
    if (values.empty()) return std::nullopt;
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : 0.5 * (values[half - 1] + values[half]);
}

std::vector<RatedCase> rated_structures(const EvaluationReport& report) {
    std::vector<RatedCase> rated;
    for (const EvaluatedCase& one : report.cases) {
        for (const Structure structure : report.structures) {
            const auto s = static_cast<std::size_t>(structure);
            if (one.final[s].dice)
                rated.push_back({one.verdict.structure_score[s], 1.0 - *one.final[s].dice});
        }
    }
    return rated;
}

std::vector<ScoreFigures> score_figures(const EvaluationReport& report) {
    std::map<std::string, std::vector<RatedCase>> rated;
    for (const EvaluatedCase& one : report.cases)
        for (const auto& [name, values] : one.verdict.evidence)
            for (const Structure structure : report.structures)
                if (const auto s = static_cast<std::size_t>(structure); one.final[s].dice)
                    rated[name].push_back({values[s], 1.0 - *one.final[s].dice});
    std::vector<ScoreFigures> figures;
    const auto add = [&](const std::string& name, const std::vector<RatedCase>& cases) {
        std::vector<double> scores;
        std::vector<double> dices;
        for (const RatedCase& one : cases) {
            scores.push_back(one.confidence);
            dices.push_back(1.0 - one.loss);
        }
        figures.push_back({name, area_under_risk_coverage(cases), least_area_under_risk_coverage(cases),
                           rank_correlation(scores, dices)});
    };
    add("structure_score", rated_structures(report));
    for (const auto& [name, cases] : rated) add(name, cases);
    return figures;
}

std::vector<StratumFigures> strata_of(const EvaluationReport& report) {
    std::map<std::pair<std::string, std::string>, StratumFigures> found;
    for (const EvaluatedCase& one : report.cases) {
        for (const auto& [stratum, value] : one.strata) {
            StratumFigures& part = found[{stratum, value}];
            part.stratum = stratum;
            part.value = value;
            part.cases.push_back(one);
        }
    }
    std::vector<StratumFigures> strata;
    for (auto& [key, part] : found) {
        std::vector<double> dices;
        for (const EvaluatedCase& one : part.cases) {
            if (const auto dice = one.mean_dice()) dices.push_back(*dice);
            part.mean_score += one.verdict.score / static_cast<double>(part.cases.size());
            part.flagged += one.verdict.verdict != "pass" ? 1 : 0;
        }
        if (!dices.empty())
            part.mean_dice =
                std::accumulate(dices.begin(), dices.end(), 0.0) / static_cast<double>(dices.size());
        strata.push_back(std::move(part));
    }
    return strata;
}

SliceRisk slice_risk(const EvaluationReport& report) {
    std::vector<RatedCase> uncertain;
    std::vector<RatedCase> agreeing;
    for (const EvaluatedCase& one : report.cases) {
        for (const SliceFigures& slice : one.slices) {
            for (const Structure structure : report.structures) {
                const auto s = static_cast<std::size_t>(structure);
                if (!slice.dice[s] || !slice.uncertainty[s]) continue;
                uncertain.push_back({-*slice.uncertainty[s], 1.0 - *slice.dice[s]});
                if (slice.agreement[s]) agreeing.push_back({*slice.agreement[s], 1.0 - *slice.dice[s]});
            }
        }
    }
    return {area_under_risk_coverage(uncertain), area_under_risk_coverage(agreeing),
            least_area_under_risk_coverage(uncertain)};
}

VerdictFigures verdict_figures(const std::vector<EvaluatedCase>& cases) {
    struct Judged {
        double dice;
        double score;
        bool flagged;
    };
    VerdictFigures figures;
    figures.cases = cases.size();
    std::vector<Judged> judged;
    for (const EvaluatedCase& one : cases) {
        const bool flagged = one.verdict.verdict != "pass";
        figures.flagged += flagged ? 1 : 0;
        if (const auto dice = one.mean_dice()) judged.push_back({*dice, one.verdict.score, flagged});
    }
    if (judged.empty()) return figures;
    std::sort(judged.begin(), judged.end(), [](const auto& a, const auto& b) { return a.dice < b.dice; });
    figures.worst = std::max<std::size_t>(
        1, static_cast<std::size_t>(std::lround(0.1 * static_cast<double>(judged.size()))));
    double surest = 0.0;
    for (std::size_t i = 0; i < figures.worst; ++i) {
        figures.worst_found += judged[i].flagged ? 1 : 0;
        surest = std::max(surest, judged[i].score);
    }
    std::vector<RatedCase> rated;
    std::vector<double> scores;
    std::vector<double> dices;
    std::size_t as_low = 0;
    for (const Judged& one : judged) {
        as_low += one.score <= surest ? 1 : 0;
        rated.push_back({one.score, 1.0 - one.dice});
        scores.push_back(one.score);
        dices.push_back(one.dice);
    }
    figures.share_to_find_worst = static_cast<double>(as_low) / static_cast<double>(judged.size());
    figures.aurc = area_under_risk_coverage(rated);
    figures.least_aurc = least_area_under_risk_coverage(rated);
    figures.correlation = rank_correlation(scores, dices);
    return figures;
}

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/cli/evaluation_table.h"

#include <cstdio>

#include "core/mean_of_present.h"

namespace spineseg {
namespace {

constexpr int kNameWidth = 30;

void print_row(const std::string& name, const std::vector<std::optional<double>>& dice,
               const std::optional<double>& presegmentation, const std::string& verdict, double seconds) {
    std::printf("%-*s", kNameWidth, name.c_str());
    for (const auto& value : dice) std::printf(" %8s", figure_text(value, 4).c_str());
    std::printf(" %8s  %-6s %7.1f\n", figure_text(presegmentation, 4).c_str(), verdict.c_str(), seconds);
    std::fflush(stdout);
}

void print_figures(const EvaluationReport& report) {
    std::printf("\n%-22s", "mean over cases");
    for (const Structure structure : report.structures)
        std::printf(" %10s %10s", to_string(structure), "preseg.");
    std::printf("\n");
    for (const auto& [name, member] : named_figures()) {
        std::printf("%-22s", name);
        for (const Structure structure : report.structures)
            for (const Source source : {Source::final, Source::presegmentation})
                std::printf(" %10s",
                            figure_text(mean_over_cases(report.cases, source, structure, member), 4).c_str());
        std::printf("\n");
    }
    for (const auto& [name, member] : {NamedFigure{"band_ece, pooled", &StructureFigures::band_ece},
                                       {"band_error_auroc, p.", &StructureFigures::band_error_auroc}}) {
        std::printf("%-22s", name);
        for (const Structure structure : report.structures)
            for (const PooledFigures* pooled : {&report.final, &report.presegmentation})
                std::printf(
                    " %10s",
                    figure_text(pooled_figures((*pooled)[static_cast<std::size_t>(structure)]).*member, 4)
                        .c_str());
        std::printf("\n");
    }
}

void print_strata(const EvaluationReport& report) {
    std::string before;
    for (const StratumFigures& part : strata_of(report)) {
        if (part.stratum != before)
            std::printf("\n| %s | cases | mean Dice | mean score | not passed |\n|---|---|---|---|---|\n",
                        part.stratum.c_str());
        before = part.stratum;
        std::printf("| %s | %zu | %s | %.3f | %zu |\n", part.value.c_str(), part.cases.size(),
                    figure_text(part.mean_dice, 3).c_str(), part.mean_score, part.flagged);
    }
}

void print_scores(const EvaluationReport& report) {
    std::printf("\n| score of a structure | AURC | least | Spearman with Dice |\n|---|---|---|---|\n");
    for (const ScoreFigures& score : score_figures(report))
        std::printf("| %s | %s | %s | %s |\n", score.name.c_str(), figure_text(score.aurc, 4).c_str(),
                    figure_text(score.least_aurc, 4).c_str(), figure_text(score.correlation, 3).c_str());
}

}  // namespace

std::string figure_text(const std::optional<double>& value, int digits) {
    if (!value) return "-";
    char text[32];
    std::snprintf(text, sizeof text, "%.*f", digits, *value);
    return text;
}

void print_case_header(const std::vector<Structure>& structures) {
    std::printf("%-*s", kNameWidth, "case (Dice)");
    for (const Structure structure : structures) std::printf(" %8s", to_string(structure));
    std::printf(" %8s %8s  %-6s %7s\n", "mean", "preseg.", "verdict", "s");
}

void print_case(const EvaluatedCase& one, const std::vector<Structure>& structures) {
    std::vector<std::optional<double>> dice;
    for (const Structure structure : structures)
        dice.push_back(one.final[static_cast<std::size_t>(structure)].dice);
    dice.push_back(one.mean_dice());
    print_row(one.file, dice, one.presegmentation_mean_dice(), one.verdict.verdict, one.seconds);
}

void print_means(const EvaluationReport& report) {
    std::vector<std::optional<double>> dice;
    std::vector<std::optional<double>> before;
    double seconds = 0.0;
    for (const Structure structure : report.structures) {
        dice.push_back(mean_over_cases(report.cases, Source::final, structure, &StructureFigures::dice));
        before.push_back(
            mean_over_cases(report.cases, Source::presegmentation, structure, &StructureFigures::dice));
    }
    dice.push_back(mean_of_present(dice));
    for (const EvaluatedCase& one : report.cases) seconds += one.seconds;
    print_row("mean of " + std::to_string(report.cases.size()) + " cases", dice, mean_of_present(before), "",
              seconds);
    if (report.cases.empty()) return;
    print_figures(report);
    print_strata(report);
    print_scores(report);
    const VerdictFigures verdict = verdict_figures(report.cases);
    std::printf(
        "\nverdict: %zu of %zu not passed; of the worst tenth (%zu) %zu found, %.1f %% would do with the "
        "best "
        "threshold; AURC %s (least %s), Spearman %s\n",
        verdict.flagged, verdict.cases, verdict.worst, verdict.worst_found,
        100.0 * verdict.share_to_find_worst, figure_text(verdict.aurc, 4).c_str(),
        figure_text(verdict.least_aurc, 4).c_str(), figure_text(verdict.correlation, 3).c_str());
}

}  // namespace spineseg

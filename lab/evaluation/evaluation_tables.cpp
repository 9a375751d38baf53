// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/evaluation_tables.h"

#include <cstdio>

#include "lab/evaluation/svg_chart.h"

namespace spineseg {
namespace {

/// More than this below the presegmentation is marked: the refinement must not harm.
constexpr double kTolerance = 0.003;

std::string cell(const std::string& text, const char* name = "") {
    return std::string("<td") + (*name != '\0' ? std::string(" class=\"") + name + "\"" : "") + ">" +
           escape_html(text) + "</td>";
}

std::string signed_text(const std::optional<double>& value, int digits) {
    return (value && *value > 0.0 ? "+" : "") + number_text(value, digits);
}

std::string percent_text(const std::optional<double>& share) {
    if (!share) return number_text(share, 1);
    return signed_text(100.0 * *share, 1) + " %";
}

}  // namespace

std::string number_text(const std::optional<double>& value, int digits) {
    if (!value) return "–";
    char text[32];
    std::snprintf(text, sizeof text, "%.*f", digits, *value);
    return text;
}

std::string summary_table(const EvaluationReport& report) {
    std::string out =
        "<div "
        "class=\"scroll\"><table><tr><th>structure</th><th>Dice</th><th>presegmentation</th><th>difference</"
        "th>"
        "<th>median Dice</th><th>HD95 mm</th><th>ASSD mm</th><th>signed mm</th>"
        "<th>volume bias</th><th>ECE</th><th>band ECE</th><th>band Brier</th>"
        "<th>band NLL</th><th>error AUROC, band</th><th>border</th></tr>\n";
    for (const Structure structure : report.structures) {
        const auto mean = [&](auto member, Source source = Source::final) {
            return mean_over_cases(report.cases, source, structure, member);
        };
        const StructureFigures pooled = pooled_figures(report.final[index_of(structure)]);
        const auto dice = mean(&StructureFigures::dice);
        const auto before = mean(&StructureFigures::dice, Source::presegmentation);
        std::optional<double> difference;
        if (dice && before) difference = *dice - *before;
        out += "<tr>" + cell(to_string(structure)) + cell(number_text(dice, 4)) +
               cell(number_text(before, 4)) +
               cell(number_text(difference, 4), difference && *difference < -kTolerance ? "worse" : "") +
               cell(number_text(
                   median_over_cases(report.cases, Source::final, structure, &StructureFigures::dice), 4)) +
               cell(number_text(mean(&StructureFigures::hd95_mm), 2)) +
               cell(number_text(mean(&StructureFigures::assd_mm), 2)) +
               cell(signed_text(mean(&StructureFigures::signed_distance_mm), 3)) +
               cell(percent_text(mean(&StructureFigures::volume_bias))) + cell(number_text(pooled.ece, 4)) +
               cell(number_text(pooled.band_ece, 4)) + cell(number_text(pooled.band_brier, 4)) +
               cell(number_text(pooled.band_nll, 4)) + cell(number_text(pooled.band_error_auroc, 4)) +
               cell(number_text(pooled.border_error_auroc, 4)) + "</tr>\n";
    }
    return out + "</table></div>\n";
}

std::string case_table(const EvaluationReport& report) {
    std::string out = "<div class=\"scroll\"><table><tr><th>case</th>";
    for (const Structure structure : report.structures)
        out += std::string("<th>") + to_string(structure) + "</th>";
    out += "<th>mean</th><th>presegmentation</th><th>score</th><th>verdict</th><th>s</th></tr>\n";
    for (const EvaluatedCase& one : report.cases) {
        out += "<tr>" + cell(one.file);
        for (const Structure structure : report.structures) {
            const auto& dice = one.final[index_of(structure)].dice;
            const auto& before = one.presegmentation[index_of(structure)].dice;
            out += cell(number_text(dice, 4), dice && before && *dice < *before - kTolerance ? "worse" : "");
        }
        out += cell(number_text(one.mean_dice(), 4)) +
               cell(number_text(one.presegmentation_mean_dice(), 4), "soft") +
               cell(number_text(one.verdict.score, 3)) +
               cell(one.verdict.verdict, one.verdict.verdict.c_str()) +
               cell(number_text(one.seconds, 1), "soft") + "</tr>\n";
    }
    return out + "</table></div>\n";
}

std::string border_table(const EvaluationReport& report) {
    std::string out = "<div class=\"scroll\"><table><tr><th>case</th>";
    for (const Structure structure : report.structures)
        out += std::string("<th>") + to_string(structure) + ", volume bias</th><th>signed mm</th>";
    out += "</tr>\n";
    for (const EvaluatedCase& one : report.cases) {
        out += "<tr>" + cell(one.file);
        for (const Structure structure : report.structures) {
            const StructureFigures& figures = one.final[index_of(structure)];
            out += cell(percent_text(figures.volume_bias)) + cell(signed_text(figures.signed_distance_mm, 3));
        }
        out += "</tr>\n";
    }
    return out + "</table></div>\n";
}

}  // namespace spineseg

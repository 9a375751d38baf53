// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/evaluation_page.h"

#include <algorithm>

#include "lab/evaluation/evaluation_tables.h"
#include "lab/evaluation/svg_chart.h"

namespace spineseg {
namespace {

constexpr const char* kStyle = R"(
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #5d6670; --rule: #d9dee3; --ground: #ffffff; --card: #f6f8fa;
        --c0: #6b7480; --c1: #0b7fab; --c2: #b3541e; --c3: #2f8f4e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8ebee; --soft: #a3adb8; --rule: #363d45; --ground: #15181c; --card: #1d2126;
          --c0: #9aa4af; --c1: #4fc0ee; --c2: #f0a06a; --c3: #6fd08d; } }
body { margin: 2rem auto; max-width: 1180px; padding: 0 1rem; background: var(--ground); color: var(--ink);
       font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin-bottom: 0; } h2 { font-size: 1.15rem; margin: 2rem 0 .3rem; }
p { max-width: 75ch; } p.soft, td.soft { color: var(--soft); }
.charts { display: flex; flex-wrap: wrap; gap: 1rem; }
figure { margin: 0; padding: .6rem; background: var(--card); border-radius: 8px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .7rem; text-align: right; border-bottom: 1px solid var(--rule); white-space: nowrap; }
th { font-weight: 600; } th:first-child, td:first-child { text-align: left; }
td.worse { color: #c62828; font-weight: 600; } td.reject { color: #c62828; } td.review { color: #b26a00; }
@media (prefers-color-scheme: dark) { td.worse, td.reject { color: #ff8a80; } td.review { color: #ffcc66; } }
svg { max-width: 100%; height: auto; display: block; } svg text { fill: var(--ink); font: 11px system-ui, sans-serif; }
svg text.title { font-weight: 600; font-size: 12px; } svg text.tick, svg text.label { fill: var(--soft); }
.grid { stroke: var(--rule); stroke-width: .6; } .axis { stroke: var(--soft); stroke-width: 1; }
.c0 { --c: var(--c0); } .c1 { --c: var(--c1); } .c2 { --c: var(--c2); } .c3 { --c: var(--c3); }
.dot { fill: var(--c); fill-opacity: .75; } .circle { fill: none; stroke: var(--c); stroke-width: 1.3; }
.line { fill: none; stroke: var(--c); stroke-width: 1.8; } .dashed { stroke-dasharray: 4 3; stroke-width: 1.2; }
)";

int colour_of(Structure structure) {
    return static_cast<int>(structure) + 1;
}

std::string dice_by_case(const EvaluationReport& report) {
    Chart chart{.title = "Dice per case", .x_label = "case", .y_label = "Dice"};
    chart.width = std::clamp(120.0 + 26.0 * static_cast<double>(report.cases.size()), 520.0, 1120.0);
    chart.height = 340.0;
    chart.x = {-0.5, std::max(1.0, static_cast<double>(report.cases.size())) - 0.5};
    double lowest = 1.0;
    for (const EvaluatedCase& one : report.cases) chart.categories.push_back(one.file);
    for (const Structure structure : report.structures) {
        ChartSeries ours{to_string(structure), ChartMark::dot, colour_of(structure)};
        ChartSeries before{"", ChartMark::circle, colour_of(structure)};
        for (std::size_t i = 0; i < report.cases.size(); ++i) {
            const EvaluatedCase& one = report.cases[i];
            // Structures are drawn side by side, so that none hides another.
            const double place = static_cast<double>(i) + 0.2 * (static_cast<double>(structure) - 1.0);
            for (auto* series : {&before, &ours}) {
                const auto& dice =
                    (series == &ours ? one.final : one.presegmentation)[index_of(structure)].dice;
                if (!dice) continue;
                lowest = std::min(lowest, *dice);
                series->points.push_back(
                    {place, *dice, one.file + " " + to_string(structure) + " " + number_text(dice, 4)});
            }
        }
        chart.series.push_back(std::move(before));
        chart.series.push_back(std::move(ours));
    }
    chart.y = {std::max(0.0, std::min(0.8, lowest - 0.03)), 1.0};
    return draw_chart(chart);
}

ChartSeries diagonal() {
    return {"", ChartMark::dashed_line, 0, {{0, 0, ""}, {1, 1, ""}}};
}

std::string reliability(const EvaluationReport& report, Structure structure) {
    Chart chart{.title = std::string("Reliability, ") + to_string(structure),
                .x_label = "probability",
                .y_label = "frequency within 12 mm"};
    chart.series.push_back(diagonal());
    const auto add = [&](const char* name, const PooledFigures& pooled, ChartMark mark, int colour) {
        ChartSeries series{name, mark, colour};
        for (const ReliabilityBin& bin : pooled[index_of(structure)].band.bins())
            if (bin.count > 0)
                series.points.push_back(
                    {bin.mean_probability(), bin.frequency(), std::to_string(bin.count) + " voxels"});
        chart.series.push_back(std::move(series));
    };
    add("presegm.", report.presegmentation, ChartMark::circle, 0);
    add("", report.final, ChartMark::line, colour_of(structure));
    add("final", report.final, ChartMark::dot, colour_of(structure));
    return draw_chart(chart);
}

std::string error_curves(const EvaluationReport& report, const char* title,
                         ErrorRanking PooledStructure::*region) {
    Chart chart{.title = title, .x_label = "right voxels above threshold", .y_label = "wrong voxels above"};
    chart.series.push_back(diagonal());
    for (const Structure structure : report.structures) {
        ChartSeries series{to_string(structure), ChartMark::line, colour_of(structure)};
        for (const RocPoint& point : (report.final[index_of(structure)].*region).roc())
            series.points.push_back({point.false_positive_rate, point.true_positive_rate, ""});
        chart.series.push_back(std::move(series));
    }
    return draw_chart(chart);
}

std::string risk_coverage_chart(const char* title, const std::vector<RatedCase>& rated) {
    std::vector<RatedCase> knowing = rated;
    for (RatedCase& one : knowing) one.confidence = -one.loss;
    const auto curve = [](const std::vector<RatedCase>& cases, ChartSeries series) {
        for (const CoveragePoint& point : risk_coverage(cases))
            series.points.push_back({point.coverage, point.risk, ""});
        return series;
    };
    Chart chart{.title = title, .x_label = "coverage", .y_label = "1 − Dice of those kept"};
    chart.series.push_back(curve(knowing, {"best", ChartMark::dashed_line, 0}));
    chart.series.push_back(curve(rated, {"score", ChartMark::line, 1}));
    double highest = 0.0;
    for (const ChartSeries& series : chart.series)
        for (const ChartPoint& point : series.points) highest = std::max(highest, point.y);
    chart.y = {0.0, highest > 0.0 ? 1.1 * highest : 1.0};
    return draw_chart(chart);
}

std::string slices_chart(const EvaluationReport& report, Structure structure) {
    Chart chart{.title = std::string("Slices, ") + to_string(structure),
                .x_label = "mean uncertainty of what is labelled",
                .y_label = "Dice of the slice"};
    ChartSeries series{"", ChartMark::dot, colour_of(structure)};
    double highest = 0.1;
    for (const EvaluatedCase& one : report.cases) {
        for (const SliceFigures& slice : one.slices) {
            const auto& dice = slice.dice[index_of(structure)];
            const auto& uncertainty = slice.uncertainty[index_of(structure)];
            if (!dice || !uncertainty) continue;
            highest = std::max(highest, *uncertainty);
            series.points.push_back(
                {*uncertainty, *dice, one.file + " slice " + std::to_string(slice.slice)});
        }
    }
    chart.x = {0.0, 1.05 * highest};
    chart.series.push_back(std::move(series));
    return draw_chart(chart);
}

std::string figure(const std::string& svg) {
    return "<figure>" + svg + "</figure>\n";
}

std::string charts(const EvaluationReport& report) {
    std::string out =
        "<h2>Overlap</h2><p class=\"soft\">Dots: final result; circles: presegmentation alone.</p>"
        "<div class=\"charts\">" +
        figure(dice_by_case(report)) + "</div>\n";
    out +=
        "<h2>Calibration</h2><p class=\"soft\">Voxels within 12 mm of a structure, 15 bins. On the diagonal "
        "a "
        "probability is a frequency.</p><div class=\"charts\">";
    for (const Structure structure : report.structures) out += figure(reliability(report, structure));
    out +=
        "</div>\n<h2>Does the uncertainty find the errors?</h2><p class=\"soft\">ROC of “this voxel is "
        "wrong”. Near the border (± 4 mm) every map that only finds borders is useless.</p>"
        "<div class=\"charts\">" +
        figure(error_curves(report, "Within 12 mm", &PooledStructure::band_errors)) +
        figure(error_curves(report, "At the border", &PooledStructure::border_errors)) + "</div>\n";
    std::vector<RatedCase> series;
    for (const EvaluatedCase& one : report.cases)
        if (const auto dice = one.mean_dice()) series.push_back({one.verdict.score, 1.0 - *dice});
    out +=
        "<h2>Does the score know the bad cases?</h2><p class=\"soft\">Kept from the highest score downward; "
        "the "
        "dashed line is a score that knows the Dice.</p><div class=\"charts\">" +
        figure(risk_coverage_chart("Structures", rated_structures(report))) +
        figure(risk_coverage_chart("Series", series)) + "</div>\n";
    out += "<h2>Slices</h2><div class=\"charts\">";
    for (const Structure structure : report.structures) out += figure(slices_chart(report, structure));
    return out + "</div>\n";
}

std::string verdict_text(const EvaluationReport& report) {
    const VerdictFigures verdict = verdict_figures(report.cases);
    return "<p>Quality verdict: " + std::to_string(verdict.flagged) + " of " + std::to_string(verdict.cases) +
           " cases not passed; " + std::to_string(verdict.worst_found) + " of the " +
           std::to_string(verdict.worst) +
           " worst (a tenth, by mean Dice) among them. AURC of the series score " +
           number_text(verdict.aurc, 4) + ", least possible " + number_text(verdict.least_aurc, 4) +
           ", rank correlation with Dice " + number_text(verdict.correlation, 3) + ".</p>\n";
}

}  // namespace

std::string evaluation_page(const EvaluationReport& report) {
    const std::string name = escape_html(report.model);
    std::string out =
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
        name + ": evaluation</title>\n<style>" + kStyle + "</style></head>\n<body>\n<h1>" + name +
        "</h1>\n<p class=\"soft\">" + std::to_string(report.cases.size()) + " cases, " +
        std::to_string(report.samples) + " samples × " + std::to_string(report.steps) + " steps, seed " +
        std::to_string(report.seed) + ", " + escape_html(report.device) + ", model digest " +
        escape_html(report.model_digest.substr(0, 12)) + ". Research use only.</p>\n";
    out +=
        "<h2>Figures</h2><p class=\"soft\">Dice, volume bias and distances: mean over cases. Calibration and "
        "error-finding: all "
        "voxels of all cases together. Red: more than 0.003 below the presegmentation.</p>\n";
    out += summary_table(report) + charts(report);
    out += "<h2>Cases</h2>" + verdict_text(report) + case_table(report);
    out +=
        "<h2>Volumes and borders</h2><p class=\"soft\">Volume bias: predicted volume / true volume − 1. Signed "
        "distance: mean over both surfaces, positive where the prediction reaches beyond the truth.</p>\n" +
        border_table(report);
    return out + "</body></html>\n";
}

}  // namespace spineseg

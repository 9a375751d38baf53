// SPDX-License-Identifier: GPL-3.0-or-later
/// `spineseg-lab intervals`: whether the measurements' intervals hold the true values as often as they say.

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lab/cli/kept_predictions.h"
#include "lab/cli/lab_commands.h"
#include "lab/evaluation/interval_coverage.h"
#include "worker/cli/output_folder.h"

namespace spineseg {
namespace {

struct IntervalsArguments {
    PredictedCases cases;
    std::string csv;
    bool fit = false;
};

std::string csv_of(const std::vector<MeasuredPair>& pairs) {
    std::string text = "id,measure,quantity,found,truth,spread,reported\n";
    for (const auto& pair : pairs) {
        char line[256];
        std::snprintf(line, sizeof line, "%s,%s,%s,%.5f,%.5f,%.5f,%.5f\n", pair.id.c_str(),
                      pair.measure().c_str(), to_string(pair.quantity), pair.found, pair.truth, pair.spread,
                      pair.reported());
        text += line;
    }
    return text;
}

void print_coverage(const std::string& title, const std::vector<MeasuredPair>& pairs) {
    if (pairs.empty()) return;
    std::printf(
        "\n| %s | n | 68 %% | 95 %% | ± (median) | median error | 68th percentile of the error |\n"
        "|---|---|---|---|---|---|---|\n",
        title.c_str());
    for (const auto& row : coverage_of(pairs))
        std::printf("| %s | %zu | %.1f | %.1f | %.3g | %+.3g | %.3g |\n", row.measure.c_str(), row.count,
                    100 * row.within_68, 100 * row.within_95, row.median_width, row.bias, row.spread);
}

std::vector<std::string> patients_of(const std::vector<MeasuredPair>& pairs) {
    std::vector<std::string> ids;
    for (const auto& pair : pairs)
        if (ids.empty() || ids.back() != pair.id) ids.push_back(pair.id);
    return ids;
}

std::vector<MeasuredPair> of_patient(const std::vector<MeasuredPair>& pairs, const std::string& id, bool is) {
    std::vector<MeasuredPair> chosen;
    std::copy_if(pairs.begin(), pairs.end(), std::back_inserter(chosen),
                 [&](const MeasuredPair& pair) { return (pair.id == id) == is; });
    return chosen;
}

/// The rows of kIntervalRules.
void print_rules(const IntervalRules& rules) {
    for (const auto& [name, terms] : rules)
        std::printf("    IntervalRule{\"%s\", {%.1f, %.3g, %.2f}},\n", name.c_str(), terms.by_spread,
                    terms.fixed, terms.wider);
}

/// Each patient by rules that were fitted on the others, and the rules of all.
void print_fits(const std::string& title, const std::vector<MeasuredPair>& pairs) {
    std::map<std::string, CoverageRow> sums;
    for (const auto& id : patients_of(pairs)) {
        const auto rules = fit_intervals(of_patient(pairs, id, false));
        for (const auto& row : coverage_of(of_patient(pairs, id, true), &rules)) {
            CoverageRow& sum = sums[row.measure];
            sum.count += row.count;
            sum.within_68 += row.within_68 * static_cast<double>(row.count);
            sum.within_95 += row.within_95 * static_cast<double>(row.count);
        }
    }
    if (sums.empty()) return;
    std::printf("\n| %s, each patient by a fit on the others | n | 68 %% | 95 %% |\n|---|---|---|---|\n",
                title.c_str());
    for (const auto& [name, sum] : sums)
        std::printf("| %s | %zu | %.1f | %.1f |\n", name.c_str(), sum.count,
                    100 * sum.within_68 / static_cast<double>(sum.count),
                    100 * sum.within_95 / static_cast<double>(sum.count));
    std::printf("\nfitted on all of them:\n");
    print_rules(fit_intervals(pairs));
}

Result<void> run_intervals(const IntervalsArguments& arguments) {
    std::vector<MeasuredPair> images, phantoms;
    auto visited = visit_predictions(arguments.cases, [&](const PredictedCase& one) -> Result<void> {
        const auto found = measure_all(one.prediction.labels, &one.prediction.probability);
        if (!found) return failure(found.error());
        const auto truth = measure_all(one.truth, nullptr);
        if (!truth) return failure(truth.error());
        const auto pairs = pairs_of(one.id, *found, *truth);
        std::fprintf(stderr, "%s: %zu values\n", one.id.c_str(), pairs.size());
        auto& all = one.phantom ? phantoms : images;
        all.insert(all.end(), pairs.begin(), pairs.end());
        return {};
    });
    if (!visited) return visited;
    print_coverage("images", images);
    print_coverage("phantoms", phantoms);
    if (arguments.fit) {
        print_fits("images", images);
        print_fits("phantoms", phantoms);
    }
    if (arguments.csv.empty()) return {};
    images.insert(images.end(), phantoms.begin(), phantoms.end());
    return write_text(csv_of(images), arguments.csv);
}

}  // namespace

void add_intervals_command(CLI::App& app) {
    auto arguments = std::make_shared<IntervalsArguments>();
    CLI::App& command =
        *app.add_subcommand("intervals", "How often the true value lies in a measurement's interval");
    command.footer(
        "Every measurement of the model's result is compared with the same measurement of the mask. A volume is that of what\n"
        "lies within the stack, whether the stack holds all of the structure or not.");
    add_predicted_cases_options(command, arguments->cases);
    command.add_option("--csv", arguments->csv, "File for every value");
    command.add_flag(
        "--fit", arguments->fit,
        "Fit the rule of worker/levels/interval_rule.cpp, and judge each patient by a fit on the others");
    on_run(command, [arguments] { return run_intervals(*arguments); });
}

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
/// `spineseg-lab intervals`: whether the measurements' intervals hold the true values as often as they say.

#include <cstdio>
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
                      measure_name(pair).c_str(), to_string(pair.quantity), pair.found, pair.truth,
                      pair.spread, pair.reported());
        text += line;
    }
    return text;
}

void print_coverage(const std::string& title, const std::vector<MeasuredPair>& pairs,
                    const IntervalRules* rules = nullptr) {
    if (pairs.empty()) return;
    std::printf(
        "\n| %s | n | 68 %% | 95 %% | ± (median) | median error | 68th percentile of the error |\n"
        "|---|---|---|---|---|---|---|\n",
        title.c_str());
    for (const auto& row : coverage_of(pairs, rules))
        std::printf("| %s | %zu | %.1f | %.1f | %.3g | %+.3g | %.3g |\n", row.measure.c_str(), row.count,
                    100 * row.within_68, 100 * row.within_95, row.median_width, row.bias, row.spread);
}

/// Every other patient, by the order of their first values.
std::vector<MeasuredPair> half_of_patients(const std::vector<MeasuredPair>& pairs, std::size_t half) {
    std::vector<std::string> ids;
    std::vector<MeasuredPair> chosen;
    for (const auto& pair : pairs) {
        if (ids.empty() || ids.back() != pair.id) ids.push_back(pair.id);
        if (ids.size() % 2 == half) chosen.push_back(pair);
    }
    return chosen;
}

void print_rules(const IntervalRules& rules) {
    for (const auto& [name, terms] : rules)
        std::printf("  %-20s {%.1f, %.3g}\n", name.c_str(), terms.by_spread, terms.fixed);
}

/// Fitted on one half of the patients, judged on the other; both ways.
void print_fits(const std::vector<MeasuredPair>& images, const std::vector<MeasuredPair>& phantoms) {
    for (const std::size_t half : {std::size_t{1}, std::size_t{0}}) {
        auto fitted = half_of_patients(images, half);
        const auto more = half_of_patients(phantoms, half);
        fitted.insert(fitted.end(), more.begin(), more.end());
        std::printf("\nfitted on");
        std::string last;
        for (const auto& pair : fitted)
            if (pair.id != last) std::printf("%s %s", last.empty() ? "" : ",", (last = pair.id).c_str());
        std::printf(":\n");
        const auto rules = fit_intervals(fitted);
        print_rules(rules);
        print_coverage("other images", half_of_patients(images, 1 - half), &rules);
        print_coverage("other phantoms", half_of_patients(phantoms, 1 - half), &rules);
    }
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
    if (arguments.fit) print_fits(images, phantoms);
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
        "Fit the rule of worker/levels/interval_rule.cpp on every other patient, judge it on the rest");
    on_run(command, [arguments] { return run_intervals(*arguments); });
}

}  // namespace spineseg

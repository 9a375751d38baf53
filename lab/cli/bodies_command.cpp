// SPDX-License-Identifier: GPL-3.0-or-later
/// `spineseg-lab bodies`: vertebral bodies, as divide_vertebrae() finds them in the model's result, against drawn ones.

#include <algorithm>
#include <cstdio>
#include <memory>
#include <numeric>
#include <vector>

#include "lab/cli/kept_predictions.h"
#include "lab/cli/lab_commands.h"
#include "lab/evaluation/body_overlap.h"
#include "worker/levels/divide_vertebrae.h"
#include "worker/levels/find_levels.h"

namespace spineseg {
namespace {

double mean_of(const std::vector<double>& values) {
    if (values.empty()) return 0;
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Of a phantom's truth only bodies are drawn.
LabelMap bodies_of(const LabelMap& parts) {
    LabelMap bodies = parts;
    for (auto& voxel : bodies.voxels)
        if (voxel >= kFirstArchLabel) voxel = 0;
    return bodies;
}

Result<void> run_bodies(const PredictedCases& cases) {
    std::vector<double> series, bodies;
    std::printf("%-24s %8s %8s %8s\n", "case", "bodies", "Dice", "worst");
    auto visited = visit_predictions(cases, [&](const PredictedCase& one) -> Result<void> {
        const auto levels = find_levels(one.prediction.labels);
        if (!levels) return failure(levels.error());
        const auto parts = divide_vertebrae(*levels);
        if (!parts) return failure(parts.error());
        const auto overlap = overlap_of_bodies(one.phantom ? bodies_of(one.parts) : one.truth, parts->labels);
        if (!overlap) return failure(overlap.error().code, one.id + ": " + overlap.error().detail);
        if (overlap->dice.empty()) return {};
        series.push_back(overlap->pooled);
        bodies.insert(bodies.end(), overlap->dice.begin(), overlap->dice.end());
        std::printf("%-24s %8zu %8.4f %8.4f\n", one.id.c_str(), overlap->dice.size(), overlap->pooled,
                    *std::min_element(overlap->dice.begin(), overlap->dice.end()));
        std::fflush(stdout);
        return {};
    });
    if (!visited) return visited;
    const auto found = std::count_if(bodies.begin(), bodies.end(), [](double dice) { return dice > 0.5; });
    std::printf(
        "\n| series | mean Dice of a series | bodies | mean Dice of a body | found (Dice > 0.5) |\n"
        "|---|---|---|---|---|\n| %zu | %.4f | %zu | %.4f | %zu |\n",
        series.size(), mean_of(series), bodies.size(), mean_of(bodies), static_cast<std::size_t>(found));
    return {};
}

}  // namespace

void add_bodies_command(CLI::App& app) {
    auto cases = std::make_shared<PredictedCases>();
    CLI::App& command = *app.add_subcommand("bodies", "Vertebral bodies against drawn ones");
    command.footer(
        "Each vertebra of the model's result is divided into body and arch. The masks hold bodies only, on the images' grids;\n"
        "each piece of a mask is one body. A body that is found and not drawn counts in no figure. A phantom knows its bodies.");
    add_predicted_cases_options(command, *cases);
    on_run(command, [cases] { return run_bodies(*cases); });
}

}  // namespace spineseg

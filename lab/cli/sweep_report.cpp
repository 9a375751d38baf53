// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/cli/sweep_report.h"

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/mean_of_present.h"
#include "lab/cli/evaluation_table.h"

namespace spineseg {
namespace {

using nlohmann::json;
using PerStructureFigure = std::array<std::optional<double>, kStructures>;

json number(const std::optional<double>& value) {
    return value ? json(*value) : json();
}

std::optional<double> optional_number(const json& value) {
    if (value.is_number()) return value.get<double>();
    return std::nullopt;
}

json by_structure(const PerStructureFigure& values) {
    json object;
    for (std::size_t s = 0; s < kStructures; ++s)
        object[to_string(static_cast<Structure>(s))] = number(values[s]);
    return object;
}

PerStructureFigure from_structures(const json& object) {
    PerStructureFigure values;
    for (std::size_t s = 0; s < kStructures; ++s)
        values[s] = optional_number(object.at(to_string(static_cast<Structure>(s))));
    return values;
}

json plan_json(const SweepPlan& plan) {
    return {{"model", plan.model},   {"model_digest", plan.model_digest},
            {"device", plan.device}, {"ids", plan.ids},
            {"every", plan.every},   {"slices", plan.slices},
            {"seed", plan.seed},     {"samples", plan.samples}};
}

json to_json(const SweepCell& cell) {
    return {{"steps", cell.steps},
            {"samples", cell.samples},
            {"dice", by_structure(cell.dice)},
            {"mean_dice", number(cell.mean_dice())},
            {"band_ece", by_structure(cell.band_ece)},
            {"band_error_auroc", by_structure(cell.band_error_auroc)},
            {"slice_aurc_by_uncertainty", number(cell.aurc_by_uncertainty)},
            {"slice_aurc_by_agreement", number(cell.aurc_by_agreement)},
            {"seconds_per_slice", cell.seconds_per_slice}};
}

SweepCell cell_from(const json& object) {
    SweepCell cell;
    cell.steps = object.at("steps").get<int>();
    cell.samples = object.at("samples").get<int>();
    cell.dice = from_structures(object.at("dice"));
    cell.band_ece = from_structures(object.at("band_ece"));
    cell.band_error_auroc = from_structures(object.at("band_error_auroc"));
    cell.aurc_by_uncertainty = optional_number(object.at("slice_aurc_by_uncertainty"));
    cell.aurc_by_agreement = optional_number(object.at("slice_aurc_by_agreement"));
    cell.seconds_per_slice = object.at("seconds_per_slice").get<double>();
    return cell;
}

std::string three(const PerStructureFigure& values, int digits) {
    return figure_text(values[0], digits) + " / " + figure_text(values[1], digits) + " / " +
           figure_text(values[2], digits);
}

}  // namespace

std::optional<double> SweepCell::mean_dice() const {
    return mean_of_present(dice);
}

SweepCell cell_of(const EvaluationReport& report, int steps, int samples, double seconds, int slices) {
    SweepCell cell;
    cell.steps = steps;
    cell.samples = samples;
    for (std::size_t s = 0; s < kStructures; ++s) {
        const StructureFigures pooled = pooled_figures(report.final[s]);
        cell.dice[s] =
            mean_over_cases(report.cases, Source::final, static_cast<Structure>(s), &StructureFigures::dice);
        cell.band_ece[s] = pooled.band_ece;
        cell.band_error_auroc[s] = pooled.band_error_auroc;
    }
    const SliceRisk risk = slice_risk(report);
    cell.aurc_by_uncertainty = risk.by_uncertainty;
    cell.aurc_by_agreement = risk.by_agreement;
    cell.seconds_per_slice = slices == 0 ? 0.0 : seconds / slices;
    return cell;
}

json to_json(const SweepPlan& plan, const std::vector<SweepCell>& cells) {
    json object = {{"sweep", plan_json(plan)}, {"cells", json::array()}};
    for (const SweepCell& cell : cells) object["cells"].push_back(to_json(cell));
    return object;
}

Result<std::vector<SweepCell>> read_sweep(const std::filesystem::path& file, const SweepPlan& plan) {
    std::vector<SweepCell> cells;
    std::ifstream in(file, std::ios::binary);
    if (!in) return cells;
    const json report = json::parse(in, nullptr, false);
    try {
        const json ours = plan_json(plan);
        for (const auto& [name, value] : ours.items()) {
            if (report.at("sweep").at(name) != value)
                return failure(ErrorCode::invalid_argument, file.string() + " holds a sweep with another \"" +
                                                                name + "\"; name another file or remove it");
        }
        for (const json& cell : report.at("cells")) cells.push_back(cell_from(cell));
    } catch (const json::exception& error) {
        return failure(ErrorCode::file_unreadable,
                       file.string() + " is no report of a sweep: " + error.what());
    }
    return cells;
}

std::string markdown_table(const std::vector<SweepCell>& cells) {
    std::string table =
        "| steps | samples | Dice canal / vertebra / disc | mean | band ECE | error AUROC, band | slice "
        "AURC: "
        "uncertainty | agreement | s/slice |\n|---|---|---|---|---|---|---|---|---|\n";
    for (const SweepCell& cell : cells) {
        const bool diffusion = cell.samples > 0;
        table += "| " + (diffusion ? std::to_string(cell.steps) : std::string("no diffusion")) + " | " +
                 (diffusion ? std::to_string(cell.samples) : std::string("–")) + " | " + three(cell.dice, 4) +
                 " | " + figure_text(cell.mean_dice(), 4) + " | " + three(cell.band_ece, 4) + " | " +
                 three(cell.band_error_auroc, 3) + " | " + figure_text(cell.aurc_by_uncertainty, 4) + " | " +
                 figure_text(cell.aurc_by_agreement, 4) + " | " + figure_text(cell.seconds_per_slice, 3) +
                 " |\n";
    }
    return table;
}

}  // namespace spineseg

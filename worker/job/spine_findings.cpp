// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/job/spine_findings.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "worker/levels/find_levels.h"
#include "worker/levels/interval_rule.h"
#include "worker/levels/measure.h"

namespace spineseg {
namespace {

double rounded(double value) {
    return std::round(1000 * value) / 1000;
}

nlohmann::json measurement_json(Structure of, const Measurement& measured, const SpineLevels& levels) {
    nlohmann::json json{{"quantity", to_string(measured.quantity)},
                        {"value", rounded(measured.value)},
                        {"unit", unit_of(measured.quantity)}};
    if (measured.uncertainty) {
        json["uncertainty"] = rounded(*measured.uncertainty);
        json["uncertainty_95"] = rounded(*measured.uncertainty * interval_terms(of, measured.quantity).wider);
    }
    for (const auto& structure : levels.structures)
        if (measured.at != 0 && structure.label == measured.at)
            json["at"] = structure_name(structure, levels.numbering);
    return json;
}

}  // namespace

Result<SpineFindings> read_column(const LabelMap& labels, const Volume& uncertainty,
                                  const StructureProbabilities& probability, const LevelEvidence* evidence) {
    auto levels = find_levels(labels, &uncertainty, evidence);
    if (!levels) return failure(levels.error());
    auto measurements = measure(*levels, &probability);
    if (!measurements) return failure(measurements.error());
    return SpineFindings{std::move(*levels), std::move(*measurements)};
}

nlohmann::json column_json(const SpineFindings& column) {
    const SpineLevels& levels = column.levels;
    nlohmann::json doubts = nlohmann::json::array();
    for (const auto doubt : levels.numbering.doubts) doubts.push_back(to_string(doubt));
    nlohmann::json structures = nlohmann::json::array();
    for (std::size_t i = 0; i < levels.structures.size(); ++i) {
        const auto& structure = levels.structures[i];
        nlohmann::json item{{"name", structure_name(structure, levels.numbering)}};
        if (structure.confidence) item["confidence"] = rounded(*structure.confidence);
        for (const auto& group : column.measurements)
            if (group.label == structure.label)
                for (const auto& value : group.values)
                    item["measurements"].push_back(measurement_json(structure.structure, value, levels));
        structures.push_back(std::move(item));
    }
    return {{"numbering",
             {{"determined", levels.numbering.determined},
              {"confidence", rounded(levels.numbering.confidence)},
              {"doubts", std::move(doubts)}}},
            {"structures", std::move(structures)}};
}

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/interval_coverage.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "worker/levels/components.h"
#include "worker/levels/find_levels.h"
#include "worker/levels/interval_rule.h"
#include "worker/levels/measure.h"

namespace spineseg {
namespace {

constexpr double kSamePlace = 10.0;  // mm: half a vertebra

Vec3 centre_of(const SpineLevels& levels, std::uint8_t label) {
    return levels::centroid_of(levels.labels.geometry,
                               levels::voxels_of(levels.labels, static_cast<Label>(label)));
}

/// Which structure of the truth each found one is.
std::map<std::uint8_t, std::uint8_t> counterparts(const SpineLevels& found, const SpineLevels& truth) {
    std::map<std::uint8_t, std::uint8_t> pairs;
    std::map<std::uint8_t, Vec3> centres;
    for (const auto& t : truth.structures) centres[t.label] = centre_of(truth, t.label);
    for (const auto& f : found.structures) {
        const Vec3 centre = centre_of(found, f.label);
        double nearest = f.structure == Structure::canal ? std::numeric_limits<double>::max() : kSamePlace;
        for (const auto& t : truth.structures) {
            const double apart = norm(centres[t.label] - centre);
            if (t.structure != f.structure || apart >= nearest) continue;
            nearest = apart;
            pairs[f.label] = t.label;
        }
    }
    return pairs;
}

double percentile(std::vector<double> values, double share) {
    if (values.empty()) return 0;
    const auto place = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1) + 0.5);
    std::nth_element(values.begin(), values.begin() + place, values.end());
    return values[static_cast<std::size_t>(place)];
}

}  // namespace

Result<MeasuredColumn> measure_all(const LabelMap& labels, const StructureProbabilities* probability) {
    auto levels = find_levels(labels);
    if (!levels) return failure(levels.error());
    for (auto& structure : levels->structures) structure.whole = structure.structure != Structure::canal;
    auto measurements = measure(*levels, probability);
    if (!measurements) return failure(measurements.error());
    return MeasuredColumn{std::move(*levels), std::move(*measurements)};
}

std::vector<MeasuredPair> pairs_of(const std::string& id, const MeasuredColumn& found,
                                   const MeasuredColumn& truth) {
    std::vector<MeasuredPair> pairs;
    const auto partner = counterparts(found.levels, truth.levels);
    for (std::size_t i = 0; i < found.measurements.size(); ++i) {
        const StructureMeasurements& group = found.measurements[i];
        const auto true_label = partner.find(group.label);
        if (true_label == partner.end()) continue;
        const auto true_group =
            std::find_if(truth.measurements.begin(), truth.measurements.end(),
                         [&](const auto& other) { return other.label == true_label->second; });
        for (const Measurement& value : group.values) {
            const auto at = partner.find(value.at);
            if (!value.uncertainty || (value.at != 0 && at == partner.end())) continue;
            const auto true_value =
                std::find_if(true_group->values.begin(), true_group->values.end(), [&](const auto& other) {
                    return other.quantity == value.quantity &&
                           other.at == (value.at == 0 ? std::uint8_t{0} : at->second);
                });
            if (true_value == true_group->values.end()) continue;
            pairs.push_back({id, found.levels.structures[i].structure, value.quantity, value.value,
                             true_value->value, *value.uncertainty});
        }
    }
    return pairs;
}

std::string measure_name(const MeasuredPair& pair) {
    const std::string structure = to_string(pair.structure);
    switch (pair.quantity) {
        case Quantity::anterior_height:
        case Quantity::middle_height:
        case Quantity::posterior_height:
            return structure + " height";
        case Quantity::depth:
        case Quantity::volume:
            return structure + " " + to_string(pair.quantity);
        default:
            return to_string(pair.quantity);
    }
}

std::vector<CoverageRow> coverage_of(const std::vector<MeasuredPair>& pairs) {
    std::map<std::string, std::vector<const MeasuredPair*>> measures;
    for (const auto& pair : pairs) measures[measure_name(pair)].push_back(&pair);
    std::vector<CoverageRow> rows;
    for (const auto& [name, members] : measures) {
        CoverageRow row{.measure = name, .count = members.size()};
        std::vector<double> widths, errors, sizes;
        for (const MeasuredPair* pair : members) {
            const double size = std::abs(pair->error());
            row.within_68 += size <= pair->uncertainty ? 1 : 0;
            row.within_95 += size <= kWiderInterval * pair->uncertainty ? 1 : 0;
            widths.push_back(pair->uncertainty);
            errors.push_back(pair->error());
            sizes.push_back(size);
        }
        row.within_68 /= static_cast<double>(row.count);
        row.within_95 /= static_cast<double>(row.count);
        row.median_width = percentile(widths, 0.5);
        row.bias = percentile(errors, 0.5);
        row.spread = percentile(sizes, 0.68);
        rows.push_back(row);
    }
    return rows;
}

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/interval_coverage.h"

#include <algorithm>
#include <array>
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
constexpr double kInner = 0.68;
constexpr double kOuter = 0.95;
constexpr double kLeastWider = 1.5;
constexpr std::size_t kFewestValues = 10;
constexpr std::array kSpreadParts{0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0};

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

double value_at_share(std::vector<double> values, double share) {
    if (values.empty()) return 0;
    const auto place = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1) + 0.5);
    std::nth_element(values.begin(), values.begin() + place, values.end());
    return values[static_cast<std::size_t>(place)];
}

using Members = std::vector<const MeasuredPair*>;

std::map<std::string, Members> by_measure(const std::vector<MeasuredPair>& pairs) {
    std::map<std::string, Members> measures;
    for (const auto& pair : pairs) measures[pair.measure()].push_back(&pair);
    return measures;
}

double half_of(const MeasuredPair& pair, const IntervalTerms& terms) {
    return interval_half(terms, pair.quantity, pair.found, pair.spread);
}

/// With which share of further values at least is to be expected below it (split conformal prediction).
double conformal(std::vector<double> values, double share) {
    std::sort(values.begin(), values.end());
    const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size() + 1)));
    return values[std::min(rank, values.size()) - 1];
}

/// The smallest fixed part with which 68 % of the true values lie within ±, 0 where the spread alone is enough, and how much
/// wider the interval of 95 % is.
IntervalTerms calibrated(const Members& members, double by_spread) {
    std::vector<double> needed, ratios;
    for (const MeasuredPair* pair : members) {
        const double missing = std::max(
            0.0, pair->error() * pair->error() - by_spread * by_spread * pair->spread * pair->spread);
        const double scale = pair->quantity == Quantity::volume ? std::max(std::abs(pair->found), 1e-9) : 1;
        needed.push_back(std::sqrt(missing) / scale);
    }
    IntervalTerms terms{by_spread, conformal(needed, kInner)};
    for (const MeasuredPair* pair : members)
        ratios.push_back(std::abs(pair->error()) / std::max(half_of(*pair, terms), 1e-6));
    terms.wider = std::max(kLeastWider, conformal(ratios, kOuter));
    return terms;
}

/// Mean of both intervals.
double width_of(const Members& members, const IntervalTerms& terms) {
    double sum = 0;
    for (const MeasuredPair* pair : members) sum += half_of(*pair, terms);
    return sum / static_cast<double>(members.size()) * (1 + terms.wider);
}

}  // namespace

Result<MeasuredColumn> measure_all(const LabelMap& labels, const StructureProbabilities* probability) {
    auto levels = find_levels(labels);
    if (!levels) return failure(levels.error());
    for (auto& structure : levels->structures) structure.whole = structure.structure != Structure::canal;
    auto measurements = measure(*levels, probability, Uncertainty::spread);
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

std::string MeasuredPair::measure() const {
    return measure_name(structure, quantity);
}

IntervalTerms MeasuredPair::terms() const {
    return interval_terms(structure, quantity);
}

double MeasuredPair::reported() const {
    return interval_half(terms(), quantity, found, spread);
}

IntervalRules fit_intervals(const std::vector<MeasuredPair>& pairs) {
    IntervalRules rules;
    for (const auto& [name, members] : by_measure(pairs)) {
        if (members.size() < kFewestValues) continue;
        double best = std::numeric_limits<double>::max();
        for (const double by_spread : kSpreadParts) {
            const IntervalTerms terms = calibrated(members, by_spread);
            const double cost = width_of(members, terms);
            if (cost >= best) continue;
            best = cost;
            rules[name] = terms;
        }
    }
    return rules;
}

std::vector<CoverageRow> coverage_of(const std::vector<MeasuredPair>& pairs, const IntervalRules* rules) {
    std::vector<CoverageRow> rows;
    for (const auto& [name, members] : by_measure(pairs)) {
        if (rules != nullptr && !rules->contains(name)) continue;
        CoverageRow row{.measure = name, .count = members.size()};
        std::vector<double> widths, errors, sizes;
        for (const MeasuredPair* pair : members) {
            const double size = std::abs(pair->error());
            const double half = rules == nullptr ? pair->reported() : half_of(*pair, rules->at(name));
            row.within_68 += size <= half ? 1 : 0;
            const IntervalTerms terms = rules == nullptr ? pair->terms() : rules->at(name);
            row.within_95 += size <= terms.wider * half ? 1 : 0;
            widths.push_back(half);
            errors.push_back(pair->error());
            sizes.push_back(size);
        }
        row.within_68 /= static_cast<double>(row.count);
        row.within_95 /= static_cast<double>(row.count);
        row.median_width = value_at_share(widths, 0.5);
        row.bias = value_at_share(errors, 0.5);
        row.spread = value_at_share(sizes, 0.68);
        rows.push_back(row);
    }
    return rows;
}

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/levels/interval_rule.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace spineseg {
namespace {

struct IntervalRule {
    std::string_view measure;
    IntervalTerms terms;
};

// lumbar-fast 0.6.0, patients 18, 55, 98, 141, 185, 220; as `spineseg-lab intervals --fit` prints it.
constexpr std::array kIntervalRules{
    IntervalRule{"canal_diameter", {0.3, 0.911, 3.05}},
    IntervalRule{"disc depth", {0.4, 2.15, 2.03}},
    IntervalRule{"disc height", {0.0, 0.787, 2.10}},
    IntervalRule{"disc volume", {1.0, 0.108, 2.33}},
    IntervalRule{"disc_height_index", {0.4, 0.0202, 2.86}},
    IntervalRule{"slip", {0.3, 0.439, 9.95}},
    IntervalRule{"slip_percent", {0.3, 1.61, 9.00}},
    IntervalRule{"vertebra depth", {0.8, 0.865, 2.19}},
    IntervalRule{"vertebra height", {0.3, 0.79, 3.17}},
    IntervalRule{"vertebra volume", {0.6, 0.04, 1.88}},
};

}  // namespace

std::string measure_name(Structure structure, Quantity quantity) {
    switch (quantity) {
        case Quantity::anterior_height:
        case Quantity::middle_height:
        case Quantity::posterior_height:
            return std::string(to_string(structure)) + " height";
        case Quantity::depth:
        case Quantity::volume:
            return std::string(to_string(structure)) + " " + to_string(quantity);
        default:
            return to_string(quantity);
    }
}

IntervalTerms interval_terms(Structure structure, Quantity quantity) {
    const std::string name = measure_name(structure, quantity);
    const auto found = std::find_if(kIntervalRules.begin(), kIntervalRules.end(),
                                    [&](const IntervalRule& rule) { return rule.measure == name; });
    return found == kIntervalRules.end() ? IntervalTerms{} : found->terms;
}

double interval_half(const IntervalTerms& terms, Quantity quantity, double value, double spread) {
    const double fixed = quantity == Quantity::volume ? terms.fixed * std::abs(value) : terms.fixed;
    return std::hypot(terms.by_spread * spread, fixed);
}

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/levels/interval_rule.h"

#include <cmath>

namespace spineseg {

IntervalTerms interval_terms(Structure structure, Quantity quantity) {
    const bool vertebra = structure == Structure::vertebra;
    switch (quantity) {
        case Quantity::anterior_height:
        case Quantity::middle_height:
        case Quantity::posterior_height:
            return vertebra ? IntervalTerms{1, 0} : IntervalTerms{1, 0};
        case Quantity::depth:
            return vertebra ? IntervalTerms{1, 0} : IntervalTerms{1, 0};
        case Quantity::volume:
            return vertebra ? IntervalTerms{1, 0} : IntervalTerms{1, 0};
        case Quantity::disc_height_index:
        case Quantity::slip:
        case Quantity::slip_percent:
        case Quantity::canal_diameter:
            return {1, 0};
    }
    return {1, 0};
}

double interval_half(const IntervalTerms& terms, Quantity quantity, double value, double spread) {
    const double fixed = quantity == Quantity::volume ? terms.fixed * std::abs(value) : terms.fixed;
    return std::hypot(terms.by_spread * spread, fixed);
}

}  // namespace spineseg

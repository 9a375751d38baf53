// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How wide the interval of a measurement is. The ± that is reported holds 68 % of the true values, and `wider` times of it
/// 95 %. It has two parts: how far the border moves between the ensemble's probabilities 0.25 and 0.75, which
/// differs from place to place, and a part that is the same for all values of a measure, for what the ensemble does not
/// know: where readers draw a border, the size of a pixel, the frame of the measurement. Pure; any thread.

#include <string>

#include "core/spine_measurements.h"
#include "core/volume.h"

namespace spineseg {

/// ±² = (by_spread · spread)² + fixed²; `fixed` is in the quantity's unit, of a volume a share of it.
struct IntervalTerms {
    double by_spread = 1;
    double fixed = 0;
    double wider = 2;
};
/// Measures that have one error and so one rule: "vertebra height", "disc depth", "slip", ...
std::string measure_name(Structure structure, Quantity quantity);
/// Fitted with `spineseg-lab intervals --fit`; models/STUDY.md says on which patients, and has the coverage on others.
IntervalTerms interval_terms(Structure structure, Quantity quantity);

/// The ± of a value whose borders move by `spread`.
double interval_half(const IntervalTerms& terms, Quantity quantity, double value, double spread);

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Whether a label map can be a lumbar column at all. The model paints something into a head or an abdomen
/// too (feasibility.md §4); a result without two discs and some bone is no result. A coarse guard, on
/// purpose.

#include "core/result.h"
#include "core/volume.h"

namespace spineseg {

struct ColumnRule {
    int min_discs = 2;             ///< separate ones
    double min_disc_ml = 0.3;      ///< of each
    double min_vertebra_ml = 4.0;  ///< all together; a thin slab of one millimetre has more
};

/// no_anatomy_found, with what was found.
Result<void> check_column(const LabelMap& labels, const ColumnRule& rule = {});

}  // namespace spineseg

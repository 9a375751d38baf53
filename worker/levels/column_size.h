// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The size of the spine, to tell whether it can be that of an adult lumbar spine. Pure; any thread.

#include <optional>

#include "core/volume.h"

namespace spineseg {

struct ColumnSize {
    double step = 0;   ///< mm from disc to disc, the median of the lowest five
    double depth = 0;  ///< mm of a disc from front to back, the median of the lowest six
};

/// Nothing where fewer than four discs were found.
std::optional<ColumnSize> size_of_column(const LabelMap& labels);

/// Measured on 229 label maps of adults (models and truth; 30 SPIDER patients, 160 slices of another centre,
/// one more volume): step 25.8 to 40.4 mm, depth 23.2 to 39.7 mm. Cervical bodies and young children are
/// smaller.
struct AdultLumbarSize {
    double least_step = 24, most_step = 46;
    double least_depth = 21, most_depth = 46;
    bool holds(const ColumnSize& size) const {
        return size.step >= least_step && size.step <= most_step && size.depth >= least_depth &&
               size.depth <= most_depth;
    }
};

}  // namespace spineseg

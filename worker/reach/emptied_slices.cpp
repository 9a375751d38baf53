// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/reach/emptied_slices.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "core/sagittal_axes.h"

namespace spineseg::reach {

std::vector<int> emptied_slices(const LabelMap& labels) {
    const Geometry& g = labels.geometry;
    const auto axes = find_sagittal_axes(g);
    if (!axes) return {};
    const std::array<int, 3> counts{g.columns, g.rows, g.slices};
    std::vector<bool> labelled(static_cast<std::size_t>(counts.at(static_cast<std::size_t>(axes->sagittal))));
    for (int k = 0; k < g.slices; ++k)
        for (int r = 0; r < g.rows; ++r)
            for (int c = 0; c < g.columns; ++c) {
                const std::array<int, 3> place{c, r, k};
                if (labels.at(c, r, k) != 0)
                    labelled[static_cast<std::size_t>(place.at(static_cast<std::size_t>(axes->sagittal)))] =
                        true;
            }
    const auto first = std::find(labelled.begin(), labelled.end(), true);
    const auto last = std::find(labelled.rbegin(), labelled.rend(), true).base();
    std::vector<int> emptied;
    for (auto slice = first; slice < last; ++slice)
        if (!*slice) emptied.push_back(static_cast<int>(slice - labelled.begin()));
    return emptied;
}

}  // namespace spineseg::reach

// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/cli/label_overlap.h"

#include <cstddef>

#include "core/mean_of_present.h"

namespace spineseg {

std::optional<double> LabelOverlap::mean() const {
    return mean_of_present(dice);
}

Result<LabelOverlap> overlap(const LabelMap& labels, const LabelMap& truth) {
    // 0.05 mm: SPIDER's masks and images round their headers differently.
    if (!same_grid(labels.geometry, truth.geometry, 0.05) || labels.voxels.size() != truth.voxels.size())
        return failure(ErrorCode::invalid_argument, "the two label maps do not lie on the same grid");
    LabelOverlap result;
    for (int s = 0; s < kStructures; ++s) {
        const auto wanted = static_cast<std::uint8_t>(label_of(static_cast<Structure>(s)));
        std::size_t both = 0;
        std::size_t sum = 0;
        for (std::size_t i = 0; i < labels.voxels.size(); ++i) {
            const bool ours = labels.voxels[i] == wanted;
            const bool theirs = truth.voxels[i] == wanted;
            both += static_cast<std::size_t>(ours && theirs);
            sum += static_cast<std::size_t>(ours) + static_cast<std::size_t>(theirs);
        }
        if (sum > 0)
            result.dice[static_cast<std::size_t>(s)] =
                2.0 * static_cast<double>(both) / static_cast<double>(sum);
    }
    return result;
}

}  // namespace spineseg

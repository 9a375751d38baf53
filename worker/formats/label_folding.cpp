// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/formats/label_folding.h"

#include <sstream>

namespace spineseg {

std::optional<Label> fold_label(float value) {
    if (!(value >= 0 && value <= 255)) return std::nullopt;
    const int id = static_cast<int>(value);
    if (static_cast<float>(id) != value) return std::nullopt;
    if (id == 0) return Label::background;
    if (id == 100) return Label::canal;
    if ((id >= 1 && id <= 25) || (id >= 101 && id <= 125)) return Label::vertebra;
    if (id >= 201 && id <= 225) return Label::disc;
    return std::nullopt;
}

Result<LabelMap> fold_labels(const Volume& volume) {
    LabelMap labels{.geometry = volume.geometry, .voxels = {}};
    labels.voxels.reserve(volume.voxels.size());
    for (const float value : volume.voxels) {
        const auto label = fold_label(value);
        if (!label) {
            std::ostringstream reason;
            reason << "the value " << value << " is no label (0, 1-25, 100, 101-125, 201-225)";
            return failure(ErrorCode::file_unreadable, reason.str());
        }
        labels.voxels.push_back(static_cast<std::uint8_t>(*label));
    }
    return labels;
}

}  // namespace spineseg

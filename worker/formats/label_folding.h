// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// SPIDER numbers its structures by level; the project does not. Pure. Any thread.

#include <optional>

#include "core/result.h"
#include "core/volume.h"

namespace spineseg {

/// 1–25 and 101–125 (partly visible) → vertebra, 100 → canal, 201–225 → disc, 0 → background; nothing else is
/// a label.
std::optional<Label> fold_label(float value);

/// Every voxel folded; file_unreadable names the first value that is no label.
Result<LabelMap> fold_labels(const Volume& volume);

}  // namespace spineseg

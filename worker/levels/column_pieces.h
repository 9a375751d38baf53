// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Pieces of a label map that are no part of the spine: a bowel loop that was taken for bone, a vessel that
/// was taken for the canal. Judged in the patient's space over all slices. Pure; any thread.

#include "core/volume.h"

namespace spineseg {

struct ColumnReach {
    /// mm: pieces of any structure that lie no farther apart are one group. In the truth's masks of 30 SPIDER
    /// cases no piece lies farther than 5.4 mm from the others.
    double joined = 10;
    /// A piece that is in another group than the spine may still be a part of it, where it lies beside
    /// the labelled canal: mm in front of the canal's front wall, behind it, to the side of the canal's
    /// centre.
    double in_front = 45;
    double behind = 65;
    double beside = 40;
    double farthest = 30;  ///< mm from the column at most
};

/// Clears the strays; returns their voxels' number. The column is the largest group of pieces. A piece of
/// canal in front of the discs is a stray too.
std::size_t drop_strays(LabelMap& labels, const ColumnReach& reach = {});

}  // namespace spineseg

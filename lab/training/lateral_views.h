// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Slices beside the midline made from slices near it, because data sets of midline slabs hold none: muscle
/// and bowel where the spine was, bodies without canal and arches, foramina and pedicles from top to bottom.
/// Pure; any thread. `planes` is [6, H, W] throughout: image scaled by its percentile, inside, the structures,
/// and what is unlabelled; rows run superior → inferior, columns anterior → posterior.

#include <torch/types.h>

#include <cstdint>
#include <optional>

#include "core/volume.h"
#include "lab/training/training_random.h"

namespace spineseg {

inline constexpr int kImagePlane = 0, kInsidePlane = 1, kFirstStructurePlane = 2,
                     kUnknownPlane = kFirstStructurePlane + kStructures, kSlicePlanes = kUnknownPlane + 1;

/// The tissue before and behind the spine folded over it row by row; no structure is left.
torch::Tensor spine_folded_away(const torch::Tensor& planes, Random& random);

/// Bodies and discs stay. Over the canal and everything behind it lies the tissue from behind the spine, or
/// drawn muscle, as beside the pedicles.
torch::Tensor arches_folded_away(const torch::Tensor& planes, Random& random);

struct Rows {
    std::int64_t begin = 0, end = 0;
    std::int64_t count() const { return end - begin; }
};

/// The longest run of rows that hold bone or disc but no canal, where a curved spine leaves the slice's
/// plane; none if it is shorter than about a vertebra.
std::optional<Rows> rows_beside_canal(const torch::Tensor& planes);

/// Those rows repeated upwards and downwards, each copy moved on along the slope of the column.
torch::Tensor repeated_rows(const torch::Tensor& planes, const Rows& rows);

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The bundle's anchor network on the slices nearest the midline (config's AnchorPlan). One thread at a time.

#include <optional>

#include "core/level_evidence.h"
#include "worker/inference/segmentation/segmenter.h"
#include "worker/model_grid/geometry_trace.h"

namespace spineseg {

/// `found` is the segmentation of `slices`: where its lower half has most canal is the midline. Nothing where no canal
/// was found, or where the model has no anchor.
std::optional<LevelEvidence> recognise_levels(Segmenter& segmenter, const SliceStack& slices,
                                              const Consensus& found, const GeometryTrace& trace);

}  // namespace spineseg

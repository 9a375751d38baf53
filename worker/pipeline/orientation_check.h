// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Whether the image is oriented as its header says. The networks were trained on upright spines with the
/// back on the right; an image upside down, or mirrored front to back, is segmented with less certainty than
/// the same image turned back. Compared on one slice, by the presegmentation alone. One thread at a time.

#include <optional>
#include <string>

#include "worker/inference/segmentation/segmenter.h"

namespace spineseg {

struct OrientationEvidence {
    double as_given = 0;  ///< mean over the structures of agreement × certainty, 0..1
    double turned = 0;    ///< the best of the three turned images
    std::string how;      ///< "upside down", "mirrored front to back", "turned by 180 degrees"
    /// An image that is turned under its header scored at least 1.03 times as high the right way up
    /// (worker/README.md); so can a spine that leans by 35 degrees when it is turned.
    bool doubtful() const { return turned > 1.015 * as_given; }
    bool clear() const { return turned > 1.05 * as_given; }
};

/// `found` is the segmentation of `slices`: the slice with most of it is compared. Nothing where nothing was
/// found, or where the model has no presegmentation.
std::optional<OrientationEvidence> compare_orientations(Segmenter& segmenter, const SliceStack& slices,
                                                        const Consensus& found);

}  // namespace spineseg

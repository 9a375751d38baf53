// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Metal and other matter without signal inside the spine: nothing can be seen there, so nothing is labelled.
/// No state; any thread.

#include <torch/types.h>

#include "worker/inference/presegmentation/slice_stack.h"

namespace spineseg {

struct Consensus;  // worker/inference/segmentation/series_consensus.h

struct SignalVoidRule {
    double signal = 0.25;      ///< a void has less than this share of the vertebrae's brightness
    double band_mm = 60;       ///< of which vertebrae: of those in rows at most so far away, and of all
    double core_mm = 4.5;      ///< a void holds a square of this side; thinner ones are cortical bone
    double vertebra_mm2 = 25;  ///< labels go where a void covers this much vertebra: a black disc does not
    double column_mm = 50;     ///< labels so far apart belong to one column
    double end_mm = 20;        ///< of the column's ends, where the coil may see nothing, no void is named
    double named_core_mm = 8;  ///< a void that is named holds a square of this side
    double named_mm2 = 80;     ///< and is so large, between the labels and outside discs and canal
    double around_mm = 4;      ///< so far around such a void labels without signal go as well
};

struct SignalVoids {
    torch::Tensor labelled;  ///< bool [N, H, W]: labelled pixels in voids
    double largest_mm2 = 0;  ///< of one slice, labelled or not; 0 where none is large enough to be named
};

/// `probability` is float32 [N, 3, H, W] on the model grid, its pixels `spacing_mm` wide; a pixel counts as labelled
/// where the background is not the likeliest. The limits were measured on patients without metal
/// (worker/README.md).
SignalVoids find_signal_voids(const torch::Tensor& probability, const SliceStack& slices, double spacing_mm,
                              const SignalVoidRule& rule = {});

/// Takes every structure's probability away in these voids: from what decides, from the calibrated mean and from
/// the presegmentation.
void clear_signal_voids(Consensus& consensus, const SignalVoids& voids);

}  // namespace spineseg

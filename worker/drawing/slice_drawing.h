// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Source slices in colour, with the result drawn over them and the words "research use only" burnt in: what
/// the Secondary Captures show. A picture keeps the storage's orientation, since it is laid over the source
/// pixel by pixel. Drawn with cairo. Any thread.

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/spine_levels.h"
#include "core/volume.h"

namespace spineseg {

struct DrawnSlice {
    int slice = 0;
    int scale = 1;                  ///< picture pixels along a source pixel
    std::vector<std::uint8_t> rgb;  ///< rows × columns × scale², three bytes each
};

/// What is written into every picture.
struct DrawingCaption {
    std::string model;         ///< "lumbar-fast 0.1.0"
    std::string warning = {};  ///< of the quality check; empty: it has none
};

struct DrawingLimits {
    int most_pictures = 24;  ///< evenly chosen among the slices that hold a structure
    int least_pixels = 512;  ///< smaller matrices are enlarged by whole factors, so that text can be read
    int largest_scale = 4;
};

/// Outlines one to two pixels wide in the levels' colours, the names of vertebrae inside.
Result<std::vector<DrawnSlice>> draw_contours(const Volume& image, const SpineLevels& levels,
                                              const DrawingCaption& caption,
                                              const DrawingLimits& limits = {});

/// The uncertainty (0..1) as a heat map that hides at most half of the image, with its scale.
Result<std::vector<DrawnSlice>> draw_heat_map(const Volume& image, const SpineLevels& levels,
                                              const Volume& uncertainty, const DrawingCaption& caption,
                                              const DrawingLimits& limits = {});

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Colours of structures and of the uncertainty, and the window of a grey image. Pure.

#include <cstdint>
#include <span>

#include "core/volume.h"

namespace spineseg {

struct Colour {
    double red = 0;
    double green = 0;
    double blue = 0;
    double alpha = 1;
};

/// Okabe and Ito's hues, which people with any colour vision tell apart; the segments of the SEG carry the
/// same.
Colour colour_of(Structure structure);

/// Around lines, so that they are seen on any grey.
inline constexpr Colour kHalo{0, 0, 0, 0.55};

/// 0 transparent, through violet and orange to yellow at 1.
Colour heat(float uncertainty);

/// Grey levels: everything below `low` is black, above `high` white.
struct GreyWindow {
    float low = 0;
    float high = 1;
    double level(float value) const;
};

/// From the first to nearly the last percentile of the values.
GreyWindow window_of(std::span<const float> values);

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The range of an MR image's values, and which value means "no signal". Values; any thread.

#include <cstddef>
#include <limits>
#include <span>

namespace spineseg {

/// Collected over as many spans as there are; NaN is skipped.
struct SignalRange {
    double lowest = std::numeric_limits<double>::infinity();
    double highest = -std::numeric_limits<double>::infinity();
    double sum = 0;
    std::size_t count = 0;

    void add(std::span<const float> values);

    /// The value that air and cortical bone have. 0 for an ordinary magnitude image. An image with an offset
    /// (a Rescale Intercept, a bias of signed storage, a z-score) has its lowest value here: values below 0,
    /// or no value below a third of the mean, cannot be an ordinary magnitude image. 0 for an image of one
    /// value.
    double zero() const;
};

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Temperatures of the class distributions, fitted to pixels whose truth is known (Guo et al., ICML 2017; one
/// temperature per likeliest structure: Frenkel and Goldberger 2021). q ∝ p^(1/T). The negative
/// log-likelihood is convex in 1/T, so golden-section search finds its minimum. No state; any thread.

#include <array>
#include <vector>

#include "core/volume.h"

namespace spineseg {

inline constexpr std::size_t kClassCount = kStructures + 1;

struct LabelledPixel {
    std::array<float, kClassCount> probability{};  ///< background first, then core's Structure order; sum 1
    std::array<float, kClassCount> truth{};  ///< the classes' shares of the pixel, in the same order; sum 1
};

using StructureTemperatures = std::array<double, kStructures>;

/// Temperatures stay within 1/kMostTemperature and kMostTemperature.
inline constexpr double kMostTemperature = 5.0;
/// Fewer pixels than this with a structure as their likeliest one leave its temperature at 1.
inline constexpr std::size_t kLeastPixels = 200;

/// The structure whose probability is highest, even where background's is higher still.
Structure likeliest_structure_of(const LabelledPixel& pixel);
LabelledPixel tempered(const LabelledPixel& pixel, const StructureTemperatures& temperatures);

/// Mean −ln of the probability of the true classes, weighted by their shares and kept above 1e-7; 0 for no
/// pixels.
double negative_log_likelihood(const std::vector<LabelledPixel>& pixels,
                               const StructureTemperatures& temperatures);

/// Each structure's temperature by the pixels where it is the likeliest one.
StructureTemperatures fit_temperatures(const std::vector<LabelledPixel>& pixels);

}  // namespace spineseg

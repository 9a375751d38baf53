// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Lengths of a structure, each measured at the labelled border and, where there are probabilities, at a loose and a
/// tight border, which give its uncertainty (measure.h). Pure; any thread.

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/spine_measurements.h"
#include "core/volume.h"
#include "worker/levels/profile.h"
#include "worker/levels/ray.h"

namespace spineseg::levels {

inline constexpr double kBorder = 0.5;
inline constexpr double kLoose = 0.25;           ///< probability of the outer border
inline constexpr double kTight = 0.75;           ///< of the inner one
inline constexpr double kFarthestOfBody = 45.0;  ///< mm from a body's centre to any of its borders
inline constexpr double kFarthestOfDisc = 30.0;

using Estimate = std::optional<Measurement>;

/// The value with half the difference between loose and tight border as its uncertainty.
Estimate estimate(Quantity quantity, std::optional<double> value, std::optional<double> loose,
                  std::optional<double> tight);

/// A structure as it was labelled and, where there are probabilities, as the ensemble sees it.
struct Seen {
    Field labelled;
    std::optional<Field> probable;

    /// `length(field, threshold)` is nullopt where it cannot be measured.
    template <typename Length>
    Estimate measured(Quantity quantity, const Length& length) const {
        if (!probable) return estimate(quantity, length(labelled, kBorder), std::nullopt, std::nullopt);
        return estimate(quantity, length(labelled, kBorder), length(*probable, kLoose),
                        length(*probable, kTight));
    }
};

struct MeasuredShape {
    Profile profile;
    Seen seen;
    std::array<Estimate, 3> heights;  ///< anterior, middle, posterior
};

/// Of a body or a disc; nullopt where no profile fits. `guess` lies inside the structure.
std::optional<MeasuredShape> measure_shape(const Seen& seen, Structure structure, const OwnFrame& guess);

/// "slip" and "slip_percent" of the body `upper` against the body beneath; empty where a back wall is not found. `disc`
/// is the label of the disc between them.
std::vector<Measurement> measure_slip(const MeasuredShape& upper, const MeasuredShape& lower,
                                      std::uint8_t disc);

}  // namespace spineseg::levels

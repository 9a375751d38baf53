// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Faults that occur in practice, applied to a good series, to test whether the quality verdict detects them. Made on
/// sagittal stacks (rows to the feet, columns to the back). Deterministic in the seed. Any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/volume.h"
#include "lab/evaluation/degraded_series.h"

namespace spineseg {

enum class DegradationKind {
    /// The patient moves head to feet: every quarter or so of the phase-encoding lines is measured at another
    /// place. Up to 30 mm at strength 1.
    motion,
    /// Something moves periodically (breath, pulse, cerebrospinal fluid): copies of the image along the
    /// phase-encoding axis, head to feet. Up to 15 mm at strength 1.
    ghost,
    /// Rician noise of magnitude images (Gudbjartsson and Patz, Magn Reson Med 34, 1995); at strength 1 its
    /// deviation is half the image's 99th percentile.
    noise,
    /// Lost resolution: a Gaussian in the plane, 6 mm full width at half maximum at strength 1.
    blur,
    /// The field of view is narrower: what is left of rows and columns shrinks to 30 % at strength 1, around
    /// a centre that is drawn too. The truth is cut alike.
    clip,
    /// Another region: the field of view moves from the spine to the belly, until at strength 1 nothing of the
    /// spine is left; what was not measured repeats the belly, mirrored. The truth is moved too.
    region,
    /// The patient lies or stands aslant: image and truth turned in the plane, 35 degrees at strength 1, to a side
    /// that is drawn.
    lean,
    /// A child, or a larger field of view: everything shrinks in the plane, to 60 % at strength 1.
    small,
    /// An implant: a signal void through all slices with a bright rim, 15 mm in radius at strength 1, around a
    /// labelled voxel that is drawn. The truth holds nothing within it.
    metal,
    /// Slices in the middle without signal, half of them at strength 1, at least one. The truth stays.
    lost,
    /// Stored in the opposite direction under the same header, at any strength above 0; the truth too.
    upside_down,
    front_to_back,
};
/// All names, in the order above.
std::vector<std::string> degradation_kinds();
std::string_view to_string(DegradationKind kind);
std::optional<DegradationKind> degradation_kind_from_string(std::string_view name);

struct Degradation {
    DegradationKind kind = DegradationKind::noise;
    double strength = 0.5;  ///< 0 leaves the image as it is
    std::uint64_t seed = 0;
};

/// "noise:0.5" → kind and strength. invalid_argument names what was wrong.
Result<Degradation> parse_degradation(std::string_view text);

/// invalid_argument where the grids differ or the strength lies outside 0..1.
Result<DegradedSeries> degrade(const Volume& image, const LabelMap& truth, const Degradation& degradation);

}  // namespace spineseg

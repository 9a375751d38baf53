// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// One structure of one case against its truth: overlap, surfaces, probabilities and uncertainty. All maps
/// lie on the truth's grid; distances are three-dimensional, with the volume's spacing. Holds a few volumes
/// at a time, whatever the number of cases. Any thread.

#include <array>
#include <optional>
#include <vector>

#include "core/result.h"
#include "core/volume.h"
#include "lab/evaluation/error_ranking.h"
#include "lab/evaluation/probability_score.h"
#include "lab/evaluation/surface_distance.h"

namespace spineseg {

/// The neighbourhood of the anatomy in which calibration and error-finding are measured: background far away
/// is easy and would dominate every figure.
inline constexpr float kBandMm = 12.0F;
/// Each side of a structure's own border: here a map must do more than find borders.
inline constexpr float kBorderMm = 4.0F;

/// The ground truth, and the regions that follow from it.
class Truth {
  public:
    explicit Truth(LabelMap labels);

    const LabelMap& labels() const { return labels_; }
    /// 1 within kBandMm of any structure.
    const Mask& band() const { return band_; }
    /// 1 within kBorderMm of this structure's border, on either side.
    Mask border(Structure structure) const;

  private:
    LabelMap labels_;
    Mask band_;
};

/// What is judged.
struct EvaluatedPrediction {
    const LabelMap& labels;
    const Volume& probability;  ///< of the structure in question
    const Volume& uncertainty;  ///< of all structures together, high where `labels` are wrong; not NaN
};

/// Volume of the mask / volume of the truth − 1, both on one grid; nothing where the truth is empty.
std::optional<double> volume_bias(const Mask& mask, const Mask& truth);

struct StructureEvaluation {
    std::optional<double> dice;
    std::optional<double> volume_bias;
    std::optional<SurfaceDistance> surface;
    ProbabilityScore image;  ///< over all voxels
    ProbabilityScore band;   ///< within kBandMm of any structure
    /// A voxel is wrong where it is the structure in one of the maps only. The score is the entropy of the
    /// structure's own probability; a map of all structures together is high at the others' borders too,
    /// where this one is right, and is ranked apart.
    ErrorRanking band_errors;
    ErrorRanking border_errors;    ///< within kBorderMm of the structure's border
    ErrorRanking band_map_errors;  ///< as band_errors, the score being `uncertainty`
};

/// invalid_argument where the maps do not lie on the truth's grid.
Result<StructureEvaluation> evaluate_structure(Structure structure, const Truth& truth,
                                               const EvaluatedPrediction& prediction);

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How far a result may be trusted, from what the pipeline knows without a truth: a score of 0..1 for every
/// structure and for the series, and the verdict that the manifest's thresholds make of them. A structure
/// that was not found has the score 0. No state; any thread.

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "config/model_manifest.h"
#include "core/doubt.h"
#include "core/quality_verdict.h"
#include "core/volume.h"
#include "worker/model_grid/geometry_trace.h"

namespace spineseg {

struct Consensus;  // worker/inference/segmentation/series_consensus.h

/// All 0..1, more is better, 0 where the structure was not found.
struct StructureQuality {
    double score = 0.0;
    /// Soft Dice of the probabilities with the mask that they give, 2Σpy / (Σp + Σy): what the Dice would be
    /// on average if the probabilities are calibrated (soft Dice confidence, Borges et al., arXiv
    /// 2402.10665).
    double expected_dice = 0.0;
    /// Mean pairwise Dice of the samples, slices weighted by area (Zenk et al. 2025); 1 with fewer than two.
    double sample_agreement = 0.0;
    /// Dice of the result with the presegmentation alone.
    double presegmentation_agreement = 0.0;
    double certainty = 0.0;         ///< 1 − mean uncertainty over the structure
    double border_certainty = 0.0;  ///< 1 − mean uncertainty over its surface
    /// Fraction of the structure's volume that is left after the uncertainty filter and the cleaning.
    double kept = 0.0;
    /// Largest area over half of the total variation of the area from slice to slice: 1 for a body that
    /// grows, shrinks and ends, less for one that comes and goes.
    double smoothness = 0.0;
};

struct NamedEvidence {
    const char* name;
    double StructureQuality::*value;
};
/// Everything but the score, with the names that reports use.
const std::vector<NamedEvidence>& named_evidence();

struct SeriesQuality {
    std::array<StructureQuality, kStructures> structures;  ///< in core's Structure order
    double score = 0.0;  ///< mean of the structures'; 0 where there is no column
    QualityVerdict verdict = QualityVerdict::pass;
    std::string reason;  ///< of a verdict that is no pass, and remarks: one sentence for a person each
    std::vector<Doubt> doubts;
};

/// The samples' agreement times the certainty, which alone is left where there are fewer than two samples: of
/// what is known without a truth, the two that order structures best by their Dice (models/STUDY.md).
double structure_score(const StructureQuality& evidence);

/// What is judged. All maps on the source's grid but the consensus, which lies on the model grid.
struct JudgedResult {
    const Consensus& consensus;
    const GeometryTrace& trace;
    const LabelMap& labels;
    const LabelMap& presegmentation;
    const Volume& uncertainty;
};

SeriesQuality assess_quality(const JudgedResult& result, const ModelManifest& manifest);

/// The verdict becomes as bad as the doubt makes it, and its reason says the doubt by name.
void raise_doubt(SeriesQuality& quality, Doubt doubt);

/// vertebra_size, where the labels' column has not the size of an adult's lumbar one.
void doubt_size(SeriesQuality& quality, const LabelMap& labels);

/// The verdict's rule alone. `no_column` is the column check's complaint, empty where it has none.
void decide_verdict(SeriesQuality& quality, const QualityPlan& plan, const std::string& no_column);

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What an evaluation found, as values: figures of every case and structure, curves pooled over all cases,
/// and how well the quality verdict did. Written as JSON; evaluation_page.h draws it. Cases are added one by
/// one, so that nothing of a case but its figures stays in memory. One thread at a time.

#include <array>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/volume.h"
#include "lab/evaluation/error_ranking.h"
#include "lab/evaluation/probability_score.h"
#include "lab/evaluation/risk_coverage.h"
#include "lab/evaluation/structure_evaluation.h"

namespace spineseg {

/// One structure in one case, or the mean over cases. Nothing where there is nothing to measure.
struct StructureFigures {
    std::optional<double> dice;
    std::optional<double> hd95_mm;
    std::optional<double> assd_mm;
    std::optional<double> signed_distance_mm;
    std::optional<double> volume_bias;
    std::optional<double> ece;  ///< whole image
    std::optional<double> band_ece;
    std::optional<double> band_brier;
    std::optional<double> band_nll;
    std::optional<double> band_error_auroc;
    std::optional<double> border_error_auroc;
    std::optional<double> band_map_auroc;  ///< of the stored map, which knows all structures at once
};

/// The figures with their names in reports, in their order.
struct NamedFigure {
    const char* name;
    std::optional<double> StructureFigures::*value;
};
const std::vector<NamedFigure>& named_figures();

using CaseFigures = std::array<StructureFigures, kStructures>;  ///< in core's Structure order

struct SliceFigures {
    int slice = 0;
    std::array<std::optional<double>, kStructures> dice;
    /// Mean over the pixels that are labelled as the structure; nothing where none is.
    std::array<std::optional<double>, kStructures> uncertainty;
    /// Mean pairwise Dice of the samples; nothing where there were fewer than two.
    std::array<std::optional<double>, kStructures> agreement;
};

/// How the pipeline judged its own result.
struct CaseVerdict {
    std::array<double, kStructures> structure_score{};  ///< 0..1
    double score = 0.0;                                 ///< of the series, 0..1
    std::string verdict;                                ///< pass, review or reject
    std::string reason;                                 ///< of a verdict that is no pass, and the doubts
    /// What the scores were made of, by name; for choosing between them.
    std::map<std::string, std::array<double, kStructures>> evidence;
};

struct EvaluatedCase {
    std::string id;
    std::string file;
    std::map<std::string, std::string> strata;  ///< e.g. contrast → t2, degradation → noise:0.5
    CaseFigures final;
    CaseFigures presegmentation;
    std::vector<SliceFigures> slices;
    CaseVerdict verdict;
    double seconds = 0.0;

    /// Over the structures that have a Dice; nothing where none has.
    std::optional<double> mean_dice() const;
    std::optional<double> presegmentation_mean_dice() const;
};

/// Curves over all voxels of all cases.
struct PooledStructure {
    ProbabilityScore image;
    ProbabilityScore band;
    ErrorRanking band_errors;
    ErrorRanking border_errors;
    ErrorRanking band_map_errors;
};
using PooledFigures = std::array<PooledStructure, kStructures>;

/// The verdict against the truth. Worst tenth: by mean Dice, at least one case; a case whose truth and result
/// are both empty is not among them.
struct VerdictFigures {
    std::size_t cases = 0;
    std::size_t worst = 0;        ///< size of the worst tenth
    std::size_t worst_found = 0;  ///< of them not passed
    std::size_t flagged = 0;      ///< all that were not passed
    /// Share of the cases that have to be flagged, lowest score first, to find the whole worst tenth: what
    /// the score could do with the best threshold.
    double share_to_find_worst = 0.0;
    std::optional<double> aurc;  ///< of the series score with 1 − mean Dice as loss
    std::optional<double> least_aurc;
    std::optional<double> correlation;  ///< Spearman's, with the mean Dice
};
VerdictFigures verdict_figures(const std::vector<EvaluatedCase>& cases);

struct EvaluationReport {
    std::string model;  ///< "lumbar-fast 0.1.0"
    std::string model_digest;
    std::string device;
    int samples = 0;
    int steps = 0;
    std::uint64_t seed = 0;
    std::vector<Structure> structures{Structure::canal, Structure::vertebra, Structure::disc};
    std::vector<EvaluatedCase> cases;
    PooledFigures final;
    PooledFigures presegmentation;
};

/// What stays of an evaluated structure.
StructureFigures figures_of(const StructureEvaluation& evaluation);
void pool(PooledStructure& pooled, const StructureEvaluation& evaluation);
/// Probabilities and errors of all voxels together; Dice, distances and volumes stay empty.
StructureFigures pooled_figures(const PooledStructure& pooled);

enum class Source { final, presegmentation };
/// Mean and median of a figure over the cases that have it.
std::optional<double> mean_over_cases(const std::vector<EvaluatedCase>& cases, Source source,
                                      Structure structure, std::optional<double> StructureFigures::*figure);
std::optional<double> median_over_cases(const std::vector<EvaluatedCase>& cases, Source source,
                                        Structure structure, std::optional<double> StructureFigures::*figure);
/// How well a score of a structure predicts its Dice: cases of all structures given, loss 1 − Dice.
std::vector<RatedCase> rated_structures(const EvaluationReport& report);

/// How well one number predicts the Dice of a structure, over all structures of all cases.
struct ScoreFigures {
    std::string name;
    std::optional<double> aurc;  ///< loss 1 − Dice
    std::optional<double> least_aurc;
    std::optional<double> correlation;  ///< Spearman's
};
/// Of the structure score, and of every piece of evidence as if it were the score.
std::vector<ScoreFigures> score_figures(const EvaluationReport& report);

/// The cases that share a value of a stratum.
struct StratumFigures {
    std::string stratum;
    std::string value;
    std::vector<EvaluatedCase> cases;
    std::optional<double> mean_dice;
    double mean_score = 0.0;
    std::size_t flagged = 0;  ///< not passed
};
std::vector<StratumFigures> strata_of(const EvaluationReport& report);

/// Whether what a slice shows tells how good it is: every structure of every slice that is labelled is a case
/// of its own, with 1 − Dice as loss.
struct SliceRisk {
    std::optional<double> by_uncertainty;  ///< AURC, surest where the mean uncertainty is lowest
    std::optional<double> by_agreement;    ///< AURC, surest where the samples agree most
    std::optional<double> least;
};
SliceRisk slice_risk(const EvaluationReport& report);

nlohmann::json to_json(const EvaluationReport& report);

}  // namespace spineseg

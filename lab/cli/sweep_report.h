// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a sweep over steps and samples found: one cell per pair, kept in a JSON file so that an interrupted
/// sweep can be continued, and shown as a Markdown table. Values.

#include <array>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/volume.h"
#include "lab/evaluation/evaluation_report.h"

namespace spineseg {

struct SweepCell {
    int steps = 0;  ///< 0 with samples 0: without diffusion
    int samples = 0;
    std::array<std::optional<double>, kStructures> dice;      ///< mean over cases
    std::array<std::optional<double>, kStructures> band_ece;  ///< all voxels of all cases together
    std::array<std::optional<double>, kStructures> band_error_auroc;
    std::optional<double> aurc_by_uncertainty;  ///< of slices, see slice_risk()
    std::optional<double> aurc_by_agreement;
    double seconds_per_slice = 0.0;  ///< presegmentation, encoder, steps and consensus; no reading, no labels

    std::optional<double> mean_dice() const;
};

/// The cell that the cases of one report make; `seconds` over all their slices.
SweepCell cell_of(const EvaluationReport& report, int steps, int samples, double seconds, int slices);

/// What must be the same for two sweeps to be one.
struct SweepPlan {
    std::string model;
    std::string model_digest;
    std::string device;
    std::vector<std::string> ids;
    int every = 1;
    int slices = 0;  ///< of the middle; 0: all
    std::uint64_t seed = 0;
    std::vector<int> samples;
};

nlohmann::json to_json(const SweepPlan& plan, const std::vector<SweepCell>& cells);
/// The cells of an earlier sweep; none where the file is not there. invalid_argument where it is of another
/// plan, naming the field; file_unreadable where it is no report.
Result<std::vector<SweepCell>> read_sweep(const std::filesystem::path& file, const SweepPlan& plan);

std::string markdown_table(const std::vector<SweepCell>& cells);

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Where training cases come from: folders in SPIDER's or nnU-Net's layout, and phantoms. Errors name the
/// file.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "config/model_manifest.h"
#include "core/result.h"
#include "lab/cli/dataset_folder.h"
#include "lab/cli/spider_table.h"
#include "lab/training/training_case.h"
#include "worker/phantom/phantom.h"

namespace spineseg {

/// images/<id>.mha and images/<id>_*.mha, sorted; `id` empty: every image. Masks have the same names in
/// masks/.
Result<std::vector<std::filesystem::path>> images_of(const std::filesystem::path& data,
                                                     const std::string& id);

/// SPIDER's vertebrae 101–125, which the field of view cuts.
enum class PartialVertebrae {
    vertebra,  ///< are vertebrae like the others
    cut,       ///< are taken out of image and target, as if the field of view ended before them
};

struct TrainingDataRequest {
    std::vector<std::filesystem::path> data;  ///< folders, SPIDER's or nnU-Net's layout
    SeriesFilter filter;
    std::filesystem::path overview;  ///< empty: overview.csv in the first folder that has one
    PartialVertebrae partial = PartialVertebrae::vertebra;
    double header_tolerance_mm = 0.05;  ///< how far image and mask may lie apart
    int phantoms = 0;
    std::uint64_t phantom_seed = 1000;
};

/// The series that the request's filter takes. not_found names a patient or series that is asked for and not
/// there; invalid_argument a filter that needs an overview.csv where there is none, or a series that it does
/// not list.
Result<std::vector<DatasetSeries>> chosen_series(const TrainingDataRequest& request);

/// One image with its labels, laid on the model grid. invalid_argument names both files and how their grids
/// differ.
Result<TrainingCase> read_training_case(const DatasetSeries& series, const TrainingDataRequest& request,
                                        const InputPlan& input);

/// Half of the phantoms look like T1 or T2, half like nothing that a scanner makes: domain randomisation.
Result<Phantom> training_phantom(std::uint64_t seed);

/// `report` is told of every case as it is ready.
Result<std::vector<TrainingCase>> load_training_cases(
    const TrainingDataRequest& request, const InputPlan& input,
    const std::function<void(const std::string& id)>& report);

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Which cases an evaluation, a calibration or a sweep looks at, and how they are read: one at a time. Errors
/// name the file.

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/result.h"
#include "lab/evaluation/case_evaluation.h"
#include "lab/evaluation/degradation.h"
#include "worker/cli/command.h"

namespace spineseg {

struct CaseSelection {
    std::string data;                       ///< SPIDER's layout
    std::vector<std::string> ids;           ///< empty: all
    int slices = 0;                         ///< this many in the middle; 0: all
    int every = 1;                          ///< every n-th of them
    std::vector<std::string> degradations;  ///< as parse_degradation(); "none" is the case as it is
    std::uint64_t degradation_seed = 1;
    std::string headers;                     ///< CSV whose first cell names the image without extension
    std::vector<std::string> header_strata;  ///< columns of it
    std::string gradings;  ///< CSV with a column "Patient": worst grade of each other column
};
void add_case_options(CLI::App& command, CaseSelection& selection);
/// --degrade and the tables that give strata.
void add_study_options(CLI::App& command, CaseSelection& selection);

/// One image file; its mask has the same name in masks/.
struct SelectedFile {
    std::string id;
    std::filesystem::path image;
};
/// file_not_found where an id has no image.
Result<std::vector<SelectedFile>> select_files(const CaseSelection& selection);

/// Calls visit for every degradation of every file, as sagittal stacks. Stops at the first error.
Result<void> visit_cases(const CaseSelection& selection, const std::vector<SelectedFile>& files,
                         const std::function<Result<void>(const CaseToEvaluate&)>& visit);

}  // namespace spineseg

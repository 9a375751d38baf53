// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Which of the cases at hand a run trains on, and which it only looks at. The same rules whether cases come
/// from image files or from a packed file. Values; any thread.

#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "lab/training/case_name.h"
#include "lab/training/splits.h"
#include "lab/training/training_case.h"

namespace spineseg {

struct CaseRules {
    std::vector<std::string> ids;  ///< patients or series to train on; empty: all, or the fold's
    std::vector<std::string>
        exclude;  ///< hold-out: never trained on; looked at only where `validate_ids` names them
    std::optional<SpiderContrast> contrast;  ///< only series of this one, by their names
    std::optional<Fold> fold;                ///< trains on its train list, validates on its validation list
    std::string fold_name;                   ///< "fold 3 of splits_final.json": for messages
    std::vector<std::string>
        validate_ids;  ///< instead of the fold's validation list; never trained on either
    bool incomplete_fold =
        false;  ///< cases were left out on purpose: a fold may name some that are not there
};

/// Both sorted by id, synthetic ones last.
struct SelectedCases {
    std::vector<TrainingCase> train;  ///< synthetic cases are always here
    std::vector<TrainingCase> validation;
};

/// invalid_argument: nothing to train on; a listed patient without a case (unless incomplete_fold), by name;
/// a patient to validate on that `ids` trains on.
Result<SelectedCases> selected_cases(const std::vector<TrainingCase>& cases, const CaseRules& rules);

}  // namespace spineseg

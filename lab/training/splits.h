// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Patient-disjoint folds in nnU-Net's splits_final.json: a list of {"train": [...], "val": [...]} whose
/// entries are names of cases; the original's "test" in the place of "val" is read too. An entry that is only
/// a patient
/// ("18", "SPIDER_018") means every series of that patient. Values; any thread.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace spineseg {

struct Fold {
    std::vector<std::string> train;
    std::vector<std::string> validation;  ///< "val", or "test" where there is no "val"
};
using Folds = std::vector<Fold>;

/// file_unreadable: not that format, an unknown key, an empty list. invalid_argument: a patient on both sides
/// of a fold, by fold, patient and the two entries.
Result<Folds> parse_splits(std::string_view json);
/// As parse_splits(), naming the file; file_not_found.
Result<Folds> read_splits(const std::filesystem::path& file);
/// nnU-Net's own layout, with "val".
std::string splits_json(const Folds& folds);

/// `count` folds of nearly equal numbers of patients; all series of a patient stay together, every case is
/// validated exactly once. Depends on the set of patients and the seed only, on no library's shuffle.
/// invalid_argument when there are fewer patients than folds, or fewer than two folds.
Result<Folds> make_splits(const std::vector<std::string>& case_names, int count, std::uint64_t seed);

/// "all", "3" or "0,2,4" → fold numbers, each once, in the order given; invalid_argument says which there
/// are.
Result<std::vector<int>> fold_numbers(std::string_view text, std::size_t folds);

}  // namespace spineseg

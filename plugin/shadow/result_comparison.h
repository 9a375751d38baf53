// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a shadow model made, compared with the result that is shown: masks, verdict, expected quality, time. The bytes
/// are only read. Blocks on Orthanc: work thread.

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.h"
#include "db/shadow_runs.h"
#include "plugin/archive/archive.h"

namespace spineseg {

/// Of the Segmentations of one side, together. A run with more cannot be compared.
inline constexpr std::size_t kMostComparedBytes = std::size_t{64} << 20;

struct ShadowProduct {
    std::vector<std::vector<std::uint8_t>> segmentations;  ///< files that the gate admitted
    std::string summary_json;                              ///< bounded_outcome()
    double seconds = 0;                                    ///< from the lease to the end
};

/// Verdict, expected quality and time of both; what `product` does not say is absent.
ShadowFigures compared_summaries(const Job& shown, const ShadowProduct& product);

/// The same with the masks. not_found: the archive holds the shown Segmentation no more; invalid_argument: the two cannot
/// be compared; otherwise the archive's errors.
Result<ShadowFigures> compare_results(Archive& archive, const Job& shown, const ShadowProduct& product);

/// "mean Dice 0.931; verdict review, shown pass; 12.1 s, shown 10.2 s".
std::string described(const ShadowFigures& figures);

}  // namespace spineseg

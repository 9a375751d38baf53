// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/level_agreement.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>

namespace spineseg {

const char* to_string(LevelOutcome outcome) {
    switch (outcome) {
        case LevelOutcome::right:
            return "right";
        case LevelOutcome::wrong:
            return "wrong";
        case LevelOutcome::open:
            return "open";
        case LevelOutcome::not_comparable:
            break;
    }
    return "not_comparable";
}

LevelAgreement compare_levels(const SpineLevels& levels, const LabelMap& truth, std::uint8_t sacrum) {
    std::map<std::uint8_t, std::array<std::size_t, 256>>
        found_in;  // by number of the truth: voxels of each label
    for (std::size_t voxel = 0; voxel < truth.voxels.size(); ++voxel)
        if (truth.voxels[voxel] != 0) ++found_in[truth.voxels[voxel]][levels.labels.voxels[voxel]];
    LevelAgreement agreement;
    bool misnamed = false;
    for (const auto& [number, labels] : found_in) {
        std::size_t all = 0;
        for (const std::size_t count : labels) all += count;
        const int true_ordinal = number == sacrum ? 0 : number;
        for (const auto& structure : levels.structures) {
            if (structure.structure != Structure::vertebra || 2 * labels[structure.label] < all) continue;
            const int offset = structure.ordinal - true_ordinal;
            if (!agreement.offset || std::abs(offset) > std::abs(*agreement.offset))
                agreement.offset = offset;
            if (true_ordinal == 0) agreement.sacrum_counted = true;
            misnamed = misnamed || (offset != 0 && levels.numbering.names(structure.ordinal));
        }
    }
    if (!agreement.offset) return agreement;
    agreement.outcome = misnamed                      ? LevelOutcome::wrong
                        : levels.numbering.determined ? LevelOutcome::right
                                                      : LevelOutcome::open;
    return agreement;
}

}  // namespace spineseg

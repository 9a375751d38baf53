// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/cli/truth_comparison.h"

#include <cstdio>

#include "worker/model_grid/sagittal_stack.h"
#include "worker/volume_files/volume_file.h"

namespace spineseg {
namespace fs = std::filesystem;

Result<LabelOverlap> compare_with_truth(const LabelMap& labels, const fs::path& file) {
    const auto truth = read_label_map(file);
    if (!truth) return failure(truth.error());
    const auto ours = as_sagittal_stack(labels);
    const auto theirs = as_sagittal_stack(*truth);
    if (!ours) return failure(ours.error());
    if (!theirs) return failure(theirs.error());
    auto compared = overlap(*ours, *theirs);
    if (!compared)
        return failure(ErrorCode::invalid_argument, file.string() + " does not lie on the input's grid");
    return compared;
}

std::string dice_line(const LabelOverlap& compared) {
    std::string line = "Dice";
    for (int s = 0; s < kStructures; ++s) {
        const auto& dice = compared.dice[static_cast<std::size_t>(s)];
        char text[64];
        if (dice)
            std::snprintf(text, sizeof text, "  %s %.3f", to_string(static_cast<Structure>(s)), *dice);
        else
            std::snprintf(text, sizeof text, "  %s absent", to_string(static_cast<Structure>(s)));
        line += text;
    }
    return line;
}

}  // namespace spineseg

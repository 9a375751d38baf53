// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/postprocessing/anatomy_check.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/voxel_volume.h"
#include "worker/postprocessing/mask_cleaning.h"

namespace spineseg {
namespace {

double mean_where_labelled(const Volume& uncertainty, const LabelMap& labels) {
    double sum = 0.0;
    std::size_t count = 0;
    for (std::size_t i = 0; i < labels.voxels.size(); ++i) {
        if (labels.voxels[i] == static_cast<std::uint8_t>(Label::background)) continue;
        sum += static_cast<double>(uncertainty.voxels[i]);
        ++count;
    }
    return count == 0 ? 0.0 : sum / static_cast<double>(count);
}

}  // namespace

Result<void> check_anatomy(const LabelMap& labels, const Volume& uncertainty, const AnatomyRule& rule) {
    if (!same_grid(labels.geometry, uncertainty.geometry))
        return failure(ErrorCode::invalid_argument, "labels and uncertainty lie on different grids");
    const Geometry& g = labels.geometry;
    const double voxel_ml = voxel_millilitres(g);
    ClassStack discs{g.slices, g.rows, g.columns, std::vector<std::uint8_t>(labels.voxels.size())};
    std::size_t bone = 0;
    for (std::size_t i = 0; i < labels.voxels.size(); ++i) {
        bone += static_cast<std::size_t>(labels.voxels[i] == static_cast<std::uint8_t>(Label::vertebra));
        if (labels.voxels[i] == static_cast<std::uint8_t>(Label::disc))
            discs.classes[i] = class_of(Structure::disc);
    }
    const auto minimum = static_cast<std::size_t>(std::ceil(rule.min_disc_ml / voxel_ml));
    const int count = count_components(discs, Structure::disc, std::max<std::size_t>(1, minimum));
    const double bone_ml = static_cast<double>(bone) * voxel_ml;
    const double doubt = mean_where_labelled(uncertainty, labels);
    if (count >= rule.min_discs && bone_ml >= rule.min_vertebra_ml && doubt <= rule.max_mean_uncertainty)
        return {};
    char text[200];
    std::snprintf(text, sizeof text,
                  "no lumbar spine found: %d disc%s and %.1f ml of vertebra, with a mean uncertainty of %.2f",
                  count, count == 1 ? "" : "s", bone_ml, doubt);
    return failure(ErrorCode::no_anatomy_found, text);
}

}  // namespace spineseg

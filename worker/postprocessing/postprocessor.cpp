// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/postprocessing/postprocessor.h"

#include <cmath>
#include <cstddef>

#include "worker/levels/column_pieces.h"
#include "worker/postprocessing/exclusive_decision.h"
#include "worker/postprocessing/independent_decision.h"
#include "worker/postprocessing/mask_cleaning.h"
#include "worker/postprocessing/uncertainty_filter.h"

namespace spineseg {
namespace {

void clean_slices(ClassStack& stack, const PostprocessingPlan& plan) {
    if (plan.fill_holes) fill_holes(stack);
    const PerStructure& pixels = plan.minimum_component_pixels;
    drop_small_pieces(stack, Structure::canal, static_cast<std::size_t>(pixels.canal));
    drop_small_pieces(stack, Structure::vertebra, static_cast<std::size_t>(pixels.vertebra));
    drop_small_pieces(stack, Structure::disc, static_cast<std::size_t>(pixels.disc));
    const bool dropped = pixels.canal > 1.0 || pixels.vertebra > 1.0 || pixels.disc > 1.0;
    if (plan.fill_holes && dropped) fill_holes(stack);
}

}  // namespace

LabelMap postprocess(const torch::Tensor& probability, const torch::Tensor& uncertainty,
                     const GeometryTrace& trace, const ModelManifest& manifest) {
    const PostprocessingPlan& plan = manifest.postprocessing;
    ClassStack stack = plan.exclusive ? decide_classes(probability, trace, deciding_threshold(manifest))
                                      : decide_independently(probability, trace, manifest);
    filter_uncertain(stack, uncertainty, trace, plan);
    if (plan.exclusive) clean_slices(stack, plan);
    const auto voxels = [&](double ml) { return static_cast<std::size_t>(std::ceil(ml / trace.voxel_ml())); };
    drop_small_components(stack, Structure::canal, voxels(plan.minimum_component_ml.canal));
    drop_small_components(stack, Structure::vertebra, voxels(plan.minimum_component_ml.vertebra));
    drop_small_components(stack, Structure::disc, voxels(plan.minimum_component_ml.disc));
    LabelMap labels = to_label_map(stack, trace);
    drop_strays(labels);
    return labels;
}

}  // namespace spineseg

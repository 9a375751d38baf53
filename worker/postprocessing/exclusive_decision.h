// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Every voxel gets at most one structure, the likeliest: probabilities on the model's grid are brought back
/// to the source's grid and decided there, so that borders have the source's resolution. No state; any thread.

#include <torch/types.h>

#include <array>
#include <cstdint>
#include <optional>

#include "config/model_manifest.h"
#include "core/volume.h"
#include "worker/model_grid/geometry_trace.h"
#include "worker/postprocessing/class_stack.h"

namespace spineseg {

/// What a structure's probability has to reach. Nothing where the likeliest class wins, the background (what
/// the structures leave of 1) among them: so nnU-Net decides, and so an nnU-Net that nothing is sampled on
/// top of is read.
std::optional<double> deciding_threshold(const ModelManifest& manifest);

/// In core's Structure order.
using PixelProbabilities = std::array<float, kStructures>;

/// A voxel belongs to the likeliest structure, where its probability reaches `threshold`, or without one
/// exceeds the background's: 0 background, 1 + core's Structure. independent_decision.h decides without exclusion.
std::uint8_t decided_class(const PixelProbabilities& probability, std::optional<double> threshold);

/// The same for every voxel of the source. `probability` is float32 [N, 3, H, W] on the model's grid.
ClassStack decide_classes(const torch::Tensor& probability, const GeometryTrace& trace,
                          std::optional<double> threshold);

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Probabilities on the canvas → labels on the source's own grid: brought back first and decided there, so
/// that borders are resolved at the source's resolution; then the manifest's cleaning. No state; any thread.

#include <torch/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "config/model_manifest.h"
#include "core/volume.h"
#include "worker/model_grid/geometry_trace.h"

namespace spineseg {

/// Classes of every source voxel in the canvas's orientation: slice, row, column; 0 background, 1 + core's
/// Structure.
struct ClassStack {
    int slices = 0;
    int rows = 0;
    int columns = 0;
    std::vector<std::uint8_t> classes;
};

/// What a structure's probability has to reach. Nothing where the likeliest class wins, the background (what
/// the structures leave of 1) among them: so nnU-Net decides, and so an nnU-Net that nothing is sampled on
/// top of is read.
std::optional<double> deciding_threshold(const ModelManifest& manifest);

/// In core's Structure order.
using PixelProbabilities = std::array<float, kStructures>;

/// A voxel belongs to the likeliest structure, where its probability reaches `threshold`, or without one
/// exceeds the background's: 0 background, 1 + core's Structure. structure_masks.h decides without exclusion.
std::uint8_t decided_class(const PixelProbabilities& probability, std::optional<double> threshold);

/// The same for every voxel of the source. `probability` is float32 [N, 3, H, W] on the canvas.
ClassStack decide_classes(const torch::Tensor& probability, const GeometryTrace& trace,
                          std::optional<double> threshold);

/// Background that one structure alone encloses within a slice becomes that structure.
void fill_holes(ClassStack& stack);

/// Removes the structure's 8-connected pieces of a slice that are smaller than `minimum_pixels`.
void drop_small_pieces(ClassStack& stack, Structure structure, std::size_t minimum_pixels);

/// Removes the structure's 26-connected components that are smaller than `minimum_voxels`.
void drop_small_components(ClassStack& stack, Structure structure, std::size_t minimum_voxels);

/// How many of them have at least `minimum_voxels`.
int count_components(const ClassStack& stack, Structure structure, std::size_t minimum_voxels);

LabelMap to_label_map(const ClassStack& stack, const GeometryTrace& trace);

/// Decided, doubted pieces dropped (doubt_guard.h), cleaned slice by slice and then as components of the
/// volume, as the manifest says; then what lies too far from the column is dropped (levels/column_pieces.h).
/// `probability` is float32
/// [N, 3, H, W], `uncertainty` [N, H, W], on the CPU.
LabelMap postprocess(const torch::Tensor& probability, const torch::Tensor& uncertainty,
                     const GeometryTrace& trace, const ModelManifest& manifest);

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What nnU-Net v2's plans.json and dataset.json say about one two-dimensional configuration, in the old form
/// (network fields beside the others) and in the one since 2.5 ("architecture"). Only what changes a
/// prediction is read; a value that this program cannot follow is refused by its path in the file
/// (model_invalid). Sizes and spacings are rows × columns of a plane, as after nnU-Net's transpose_forward.
/// Values; any thread.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace spineseg::nnunet {

using Size = std::array<std::int64_t, 2>;

enum class Normalization {
    zscore,         ///< ZScoreNormalization: over the case
    ct,             ///< CTNormalization: clipped and scaled by the data set's intensities
    none,           ///< NoNormalization
    rescale_to_01,  ///< RescaleTo01Normalization: the case's own range
};

/// Of the data set's foreground, for Normalization::ct.
struct ForegroundIntensities {
    double mean = 0.0;
    double deviation = 1.0;
    double lower = 0.0;  ///< percentile 0.5
    double upper = 0.0;  ///< percentile 99.5
};

enum class NetworkKind { plain, residual_encoder };  ///< PlainConvUNet, ResidualEncoderUNet

struct NetworkPlan {
    NetworkKind kind = NetworkKind::plain;
    std::vector<std::int64_t> features;  ///< of each stage, the finest first
    std::vector<Size> kernels;           ///< odd
    std::vector<Size> strides;           ///< on entering the stage
    std::vector<std::int64_t> encoder;   ///< convolutions (plain) or residual blocks of each stage
    std::vector<std::int64_t> decoder;   ///< convolutions of each stage, the coarsest first
    bool bias = true;
    double norm_eps = 1e-5;
    double slope = 0.01;
    std::size_t stages() const { return features.size(); }
};

/// nnU-Net's default resampling of one kind of data: the arguments that the plans give it.
struct Resampling {
    int order;            ///< of the spline: 1 or 3
    int order_apart = 0;  ///< of the one along an axis that is resampled apart: 0, 1 or 3
    /// Whether the coarsest axis is resampled apart; nothing: where it is more than `anisotropy` times as
    /// coarse as the finest.
    std::optional<bool> apart = std::nullopt;
    double anisotropy = 3.0;
};

struct Configuration {
    std::string name;
    Size patch{};
    std::array<double, 2> spacing_mm{};
    Normalization normalization = Normalization::zscore;
    bool masked_normalization = false;  ///< use_mask_for_norm: only what is not zero
    ForegroundIntensities foreground;
    Resampling images{3};
    Resampling logits{1};
    NetworkPlan network;
    std::vector<std::string> labels;  ///< name of each output channel; the first is background
};

Result<Configuration> read_configuration(std::string_view plans, std::string_view dataset,
                                         const std::string& name);

}  // namespace spineseg::nnunet

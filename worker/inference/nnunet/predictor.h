// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A trained nnU-Net v2 model on a case, as nnUNetPredictor runs it: crop to what is not zero, normalise over
/// the case, resample each plane, predict by a sliding window with mirroring, average the folds' logits,
/// resample those back, softmax. Equal to the package but for roundings, also in its half-precision sums; the
/// tests hold both against each other. Throws c10::Error. One thread at a time.

#include <torch/types.h>

#include <array>
#include <memory>
#include <vector>

#include "worker/inference/nnunet/configuration.h"
#include "worker/inference/nnunet/network.h"
#include "worker/inference/nnunet/sliding_window.h"

namespace spineseg::nnunet {

/// Planes as nnU-Net's transpose_forward would leave them: the case's slices first.
struct Case {
    torch::Tensor planes;                       ///< float32 [Z, H, W] on the CPU, finite, 0 outside the image
    std::array<double, 3> spacing_mm{1, 1, 1};  ///< between slices (0: unknown, taken as far), rows, columns
};

struct PredictorOptions {
    double tile_step = 0.5;
    std::vector<int> mirror_axes;  ///< that training allowed and the caller wants; 0: rows, 1: columns
};

class Predictor {
  public:
    /// One network for each fold, all on `device`.
    Predictor(Configuration configuration, std::vector<std::unique_ptr<Network>> folds,
              PredictorOptions options, const torch::Device& device);

    const Configuration& configuration() const { return configuration_; }
    /// Probabilities of `count` slices from `first` on: float32 [count, labels, H, W] on the device. The
    /// whole case is looked at each time.
    torch::Tensor probabilities(const Case& whole, std::int64_t first, std::int64_t count,
                                Precision precision) const;

  private:
    torch::Tensor logits(const torch::Tensor& plane, Precision precision) const;
    Configuration configuration_;
    std::vector<std::unique_ptr<Network>> folds_;
    PredictorOptions options_;
    torch::Device device_;
};

}  // namespace spineseg::nnunet

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What nnU-Net's DefaultPreprocessor finds out about a whole case before it looks at single planes: the box
/// around everything that is not zero, and the intensity rule's numbers within it. Values; any thread.

#include <torch/types.h>

#include "worker/inference/nnunet/configuration.h"
#include "worker/inference/nnunet/resampling.h"

namespace spineseg::nnunet {

/// Half-open ranges of [Z, H, W].
struct Box {
    std::array<std::int64_t, 3> first{}, behind{};
    bool empty() const { return behind[0] == first[0]; }
    std::int64_t rows() const { return behind[1] - first[1]; }
    std::int64_t columns() const { return behind[2] - first[2]; }
};

/// nnU-Net's crop_to_nonzero.
Box nonzero_box(const torch::Tensor& stack);

class CaseNormalization {
  public:
    /// `stack` [Z, H, W] float32 on the CPU, finite, 0 outside the image.
    CaseNormalization(const torch::Tensor& stack, const Configuration& configuration);

    const Box& box() const { return box_; }
    bool holds_slice(std::int64_t slice) const { return slice >= box_.first[0] && slice < box_.behind[0]; }
    /// The slice within the box, normalised: float32 [rows, columns].
    torch::Tensor plane(std::int64_t slice) const;
    /// Smallest and largest normalised intensity of what nnU-Net resamples in one piece: the case, or where an
    /// axis is resampled apart its slice, each of its rows or each of its columns through all slices.
    Bounds bounds(std::int64_t slice, std::optional<std::size_t> apart) const;

  private:
    torch::Tensor normalized(const torch::Tensor& values) const;
    Box box_;
    torch::Tensor cropped_;             ///< [z, rows, columns]
    torch::Tensor mask_;                ///< bool like it, or undefined: everywhere
    double lower_, upper_;              ///< clipped to these first
    double shift_ = 0.0, scale_ = 1.0;  ///< then (x − shift) / scale
    Bounds rows_, columns_;             ///< [rows, 1], [1, columns]
};

}  // namespace spineseg::nnunet

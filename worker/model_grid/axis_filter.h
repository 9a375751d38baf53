// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Resampling along one axis by area: an output pixel is the mean of the inputs that its footprint covers. A
/// footprint is never smaller than an input pixel, so that going finer is linear interpolation, going coarser
/// averages instead of skipping, and equal spacing is the identity, bit for bit. Values; any thread.

#include <span>
#include <vector>

namespace spineseg {

class AxisFilter {
  public:
    /// `outputs` pixels centred on `inputs` pixels, neighbouring outputs `step` inputs apart.
    AxisFilter(int inputs, int outputs, double step);

    int inputs() const { return inputs_; }
    int outputs() const { return static_cast<int>(taps_.size()); }
    int first_input(int output) const { return taps_[static_cast<std::size_t>(output)].first; }
    std::span<const float> weights(int output) const;

  private:
    struct Tap {
        int first;           ///< first input with a weight
        std::size_t offset;  ///< of its weight in weights_
        std::size_t count;
    };
    void add_tap(double centre, double width);
    int inputs_;
    std::vector<Tap> taps_;
    std::vector<float> weights_;
};

/// A plane (row-major) through both filters: rows.inputs() × columns.inputs() → rows.outputs() ×
/// columns.outputs().
std::vector<float> resample_plane(std::span<const float> plane, const AxisFilter& rows,
                                  const AxisFilter& columns);

}  // namespace spineseg

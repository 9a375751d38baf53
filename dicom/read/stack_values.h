// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Decoded frames → the voxels of a stack: which intercepts count, and what replaces padding. For this
/// library's sources only.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/volume.h"
#include "dicom/read/instance_reader.h"
#include "dicom/read/stored_pixels.h"
#include "stacks/frame_header.h"

namespace spineseg::dicom {

/// An MR magnitude image has no negative signal, so its lowest value is near 0. Of the rescaled values and
/// those without the intercepts, the ones whose lowest is nearer to 0 and not below it are taken; an offset
/// in Rescale Intercept therefore changes nothing. Where both begin below 0 (signed pixels with a bias) the
/// intercepts are left out and the bias stays, for whoever reads the volume (core/signal_range.h).
///
/// Padding gets SignalRange::zero() of the other pixels: it looks as the zero rim that scanners write,
/// whatever its own value is.
class StackValues {
  public:
    explicit StackValues(Volume& volume);

    /// `slice` of the volume from one frame. unsupported_pixel_format where the frame has both a Modality LUT
    /// and a rescale that is not 1 and 0, or where cells contradict Bits Stored.
    Result<void> add_instance(const Instance& instance, const StoredPixels& stored);
    Result<void> add_frame(std::size_t slice, const FrameHeader& frame, const Instance& instance,
                           const StoredPixels& stored);

    /// After the last frame. unsupported_pixel_format where every pixel is padding.
    Result<void> finish();

  private:
    std::span<float> voxels_of(std::size_t slice);
    bool intercepts_count() const;

    Volume& volume_;
    std::vector<double> intercepts_;  ///< by slice
    double lowest_scaled_;            ///< without intercepts
    double highest_scaled_;
    double lowest_rescaled_;
    std::optional<std::uint16_t> unused_bits_;
    std::string first_name_;  ///< the instance that unused_bits_ comes from
    bool padded_ = false;
};

}  // namespace spineseg::dicom

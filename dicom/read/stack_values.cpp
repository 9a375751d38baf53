// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/read/stack_values.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/signal_range.h"

namespace spineseg::dicom {

StackValues::StackValues(Volume& volume)
    : volume_(volume),
      intercepts_(static_cast<std::size_t>(volume.geometry.slices)),
      lowest_scaled_(std::numeric_limits<double>::infinity()),
      highest_scaled_(-std::numeric_limits<double>::infinity()),
      lowest_rescaled_(std::numeric_limits<double>::infinity()) {
    volume_.voxels.resize(volume_.geometry.voxel_count());
}

std::span<float> StackValues::voxels_of(std::size_t slice) {
    const std::size_t count = volume_.geometry.slice_voxel_count();
    return std::span(volume_.voxels).subspan(slice * count, count);
}

Result<void> StackValues::add_instance(const Instance& instance, const StoredPixels& stored) {
    const auto unused = stored.unused_bits(instance.pixels, instance.rules, instance.name);
    if (!unused) return failure(unused.error());
    padded_ |= instance.rules.padding.has_value();
    if (!unused_bits_) {
        unused_bits_ = *unused;
        first_name_ = instance.name;
    }
    if (*unused != *unused_bits_)
        return failure(ErrorCode::unsupported_pixel_format,
                       instance.name + " and " + first_name_ +
                           " differ in the bits above High Bit; whether these belong to the values cannot be "
                           "known: correct Bits Stored and High Bit, or clear the bits");
    return {};
}

Result<void> StackValues::add_frame(std::size_t slice, const FrameHeader& frame, const Instance& instance,
                                    const StoredPixels& stored) {
    if (instance.rules.lut && (frame.rescale_slope != 1 || frame.rescale_intercept != 0))
        return failure(ErrorCode::unsupported_pixel_format,
                       frame.name + " has both a Modality LUT and a Rescale Slope or Intercept; remove one");
    const auto voxels = voxels_of(slice);
    stored.frame_values(instance.pixels, instance.rules, frame.frame, frame.rescale_slope, voxels);
    SignalRange range;
    range.add(voxels);
    intercepts_[slice] = frame.rescale_intercept;
    lowest_scaled_ = std::min(lowest_scaled_, range.lowest);
    highest_scaled_ = std::max(highest_scaled_, range.highest);
    lowest_rescaled_ = std::min(lowest_rescaled_, range.lowest + frame.rescale_intercept);
    return {};
}

/// An intercept far beyond the values would also swallow them: a float has 24 bits.
bool StackValues::intercepts_count() const {
    return lowest_rescaled_ >= 0 && lowest_rescaled_ <= highest_scaled_ - lowest_scaled_ &&
           (lowest_scaled_ < 0 || lowest_rescaled_ <= lowest_scaled_);
}

Result<void> StackValues::finish() {
    if (!std::isfinite(lowest_scaled_))
        return failure(ErrorCode::unsupported_pixel_format,
                       "every pixel of " + first_name_ +
                           " and the images with it is Pixel Padding Value; correct Pixel Padding Value or "
                           "Pixel Padding Range Limit");
    if (intercepts_count())
        for (std::size_t slice = 0; slice < intercepts_.size(); ++slice)
            for (float& voxel : voxels_of(slice))
                voxel = static_cast<float>(static_cast<double>(voxel) + intercepts_[slice]);
    if (!padded_) return {};
    SignalRange range;
    range.add(volume_.voxels);
    const auto zero = static_cast<float>(range.zero());
    for (float& voxel : volume_.voxels)
        if (std::isnan(voxel)) voxel = zero;
    return {};
}

}  // namespace spineseg::dicom

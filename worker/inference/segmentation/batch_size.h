// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How many images go through a network in one call, and what is done when they do not fit into memory. One
/// thread at a time.

#include <c10/core/ScalarType.h>

#include <cstdint>
#include <functional>
#include <optional>

#include "config/model_manifest.h"

namespace spineseg {

class BatchSize {
  public:
    /// At least 1.
    explicit BatchSize(std::int64_t images);

    std::int64_t images() const { return images_; }

    /// Calls work(images()). Where it throws because memory ran out, halves images() and calls it again; with
    /// one image the exception goes on to the caller, as any other exception does at once. Work must give the
    /// same result when it is begun anew.
    void attempt(const std::function<void(std::int64_t images)>& work);

  private:
    std::int64_t images_;
};

/// Memory in bytes that one image of so many pixels needs at most while it goes through the denoiser or the
/// presegmentation U-Net of these widths, in torch's own operations (not the CPU's fused kernel).
std::int64_t bytes_of_one_image(const Widths& widths, std::int64_t pixels, c10::ScalarType compute_type);

/// The images that fit into half of the free memory, 1 to kMostImages. 1 where it is not known how much
/// memory is free.
std::int64_t fitting_images(std::optional<std::int64_t> free_bytes, std::int64_t bytes_of_one);

/// More do not make a GPU faster: one image has 80 000 pixels.
inline constexpr std::int64_t kMostImages = 64;

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/segmentation/batch_size.h"

#include <algorithm>
#include <cstddef>
#include <exception>

#include "worker/inference/networks/out_of_memory.h"

namespace spineseg {
namespace {

/// Float32 copies of a layer that norm and activation hold at once: the converted input, the normed and the
/// activated one, and what the time vector and the feature map are added to.
constexpr double kFloatCopies = 5.0;
/// The rest of the memory is for the convolutions' workspaces and for gaps between the allocator's blocks.
constexpr std::int64_t kPartOfFreeMemory = 2;

}  // namespace

BatchSize::BatchSize(std::int64_t images) : images_(std::max<std::int64_t>(1, images)) {}

void BatchSize::attempt(const std::function<void(std::int64_t images)>& work) {
    for (;;) {
        try {
            return work(images_);
        } catch (const std::exception& error) {
            if (images_ == 1 || !says_out_of_memory(error)) throw;
        }
        images_ /= 2;
    }
}

std::int64_t bytes_of_one_image(const Widths& widths, std::int64_t pixels, c10::ScalarType compute_type) {
    const auto element = static_cast<double>(c10::elementSize(compute_type));
    // Kept for the decoder, and as many feature maps of the image encoder.
    double kept = 0.0;
    double part = 1.0;
    for (std::size_t level = 0; level < 5; ++level, part /= 4.0) kept += 2.0 * part * widths[level];
    // The largest layer is the last: [skip, upsampled], which is there twice while it is concatenated, and
    // what comes out of the convolution.
    const double concatenated = 2.0 * (widths[0] + widths[1]);
    const double widest = std::max(widths[0], widths[5]);
    const double values = (kept + concatenated + 2.0 * widest) * element +
                          kFloatCopies * widest * static_cast<double>(sizeof(float));
    return static_cast<std::int64_t>(values * static_cast<double>(pixels));
}

std::int64_t fitting_images(std::optional<std::int64_t> free_bytes, std::int64_t bytes_of_one) {
    if (!free_bytes || bytes_of_one <= 0) return 1;
    return std::clamp<std::int64_t>(*free_bytes / kPartOfFreeMemory / bytes_of_one, 1, kMostImages);
}

}  // namespace spineseg

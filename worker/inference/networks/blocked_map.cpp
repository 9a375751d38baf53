// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/networks/blocked_map.h"

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <cstring>
#include <vector>

#include "worker/inference/networks/kernel_choice.h"

namespace spineseg {

using torch::Tensor;

namespace {

constexpr std::int64_t kRowsOfThread = 8;

template <std::size_t kBytes>
void interleave_pixels(const char* even, const char* odd, std::int64_t pixels, char* to) {
    for (std::int64_t p = 0; p < pixels; ++p, even += kBytes, odd += kBytes, to += 2 * kBytes) {
        std::memcpy(to, even, kBytes);
        std::memcpy(to + kBytes, odd, kBytes);
    }
}

/// even[0], odd[0], even[1], ...: pixels of 8 or 16 channels of two or four bytes.
void interleave(const char* even, const char* odd, std::size_t pixel_bytes, std::int64_t pixels, char* to) {
    if (pixel_bytes == 64)
        interleave_pixels<64>(even, odd, pixels, to);
    else if (pixel_bytes == 32)
        interleave_pixels<32>(even, odd, pixels, to);
    else
        interleave_pixels<16>(even, odd, pixels, to);
}

}  // namespace

Tensor to_blocked(const Tensor& x, std::int64_t block) {
    return x.reshape({x.size(0), x.size(1) / block, block, x.size(2), x.size(3)})
        .permute({0, 1, 3, 4, 2})
        .contiguous();
}

Tensor from_blocked(const Tensor& x, std::int64_t channels) {
    return x.permute({0, 1, 4, 2, 3})
        .reshape({x.size(0), x.size(1) * x.size(4), x.size(2), x.size(3)})
        .narrow(1, 0, channels)
        .contiguous();
}

Tensor max_pooled(const Tensor& x) {
    const auto rows = x.size(2) / 2, columns = x.size(3) / 2, block = x.size(4);
    Tensor y = torch::empty({x.size(0), x.size(1), rows, columns, block}, x.options());
    const auto& kernel = kernels::for_this_machine();
    const auto row_bytes = columns * block * static_cast<std::int64_t>(x.element_size());
    const auto* from = static_cast<const char*>(x.data_ptr());
    auto* to = static_cast<char*>(y.data_ptr());
    // Rows are even, so that row 2r of all pictures after one another belongs to row r of the result.
    at::parallel_for(0, x.size(0) * x.size(1) * rows, kRowsOfThread,
                     [&](std::int64_t first, std::int64_t last) {
                         for (std::int64_t row = first; row < last; ++row)
                             kernel.pool_rows({.element = kernels::element_of(x.scalar_type()),
                                               .channels = block,
                                               .pixels = columns,
                                               .upper = from + 4 * row * row_bytes,
                                               .lower = from + (4 * row + 2) * row_bytes,
                                               .y = to + row * row_bytes});
                     });
    return y;
}

Tensor joined(const Tensor& skip, const Tensor& quarters) {
    const auto rows = quarters.size(2), columns = quarters.size(3), block = quarters.size(4);
    const auto blocks = quarters.size(1) / 4;
    Tensor y =
        torch::empty({skip.size(0), skip.size(1) + blocks, 2 * rows, 2 * columns, block}, skip.options());
    y.narrow(1, 0, skip.size(1)).copy_(skip);
    Tensor up = y.narrow(1, skip.size(1), blocks);
    const auto pixel = static_cast<std::size_t>(block) * skip.element_size();
    const auto row_bytes = static_cast<std::size_t>(columns) * pixel;
    at::parallel_for(
        0, skip.size(0) * blocks * 2 * rows, kRowsOfThread, [&](std::int64_t first, std::int64_t last) {
            for (std::int64_t i = first; i < last; ++i) {
                const auto row = i % (2 * rows), of = i / (2 * rows) % blocks,
                           image = i / (2 * rows * blocks);
                const auto row_of = [&](std::int64_t quarter) {
                    const auto picture = (image * 4 + quarter) * blocks + of;
                    return static_cast<const char*>(quarters.data_ptr()) +
                           static_cast<std::size_t>(picture * rows + row / 2) * row_bytes;
                };
                auto* to =
                    static_cast<char*>(up.data_ptr()) +
                    static_cast<std::size_t>(image * up.stride(0) + of * up.stride(1) + row * up.stride(2)) *
                        skip.element_size();
                interleave(row_of(row % 2 * 2), row_of(row % 2 * 2 + 1), pixel, columns, to);
            }
        });
    return y;
}

Tensor repeated_images(const Tensor& x, std::int64_t times) {
    // Channels-last maps on their NHWC view, too: their layout stays as it is.
    const Tensor dense = is_blocked(x) ? x : x.permute({0, 2, 3, 1});
    std::vector<std::int64_t> repeats(static_cast<std::size_t>(dense.dim()), 1);
    repeats.front() = times;
    const Tensor repeated = dense.repeat(repeats);
    return is_blocked(x) ? repeated : repeated.permute({0, 3, 1, 2});
}

}  // namespace spineseg

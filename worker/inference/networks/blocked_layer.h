// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A layer on blocked maps (blocked_map.h), computed by oneDNN's own interface: its weight, padded with zeros to
/// whole blocks, stays as the kernel wants it and is made anew when the parameter has changed. Not differentiable.
/// Built without oneDNN, or where oneDNN has no fast kernel for these maps, block_of_channels() is 0 and nothing else
/// may be called. Throws c10::Error and dnnl::error. One thread at a time.

#include <torch/types.h>

#include <memory>

namespace spineseg {

/// Channels in a block, 8 or 16, for which oneDNN has a fast convolution in `type` on this processor; 0: none.
/// Found out once in a process. Any thread.
std::int64_t block_of_channels(torch::ScalarType type);

/// Whether a network that begins with `x` computes with blocked maps: what this thread's scope asks for
/// (convolution_method.h), on a CPU and without gradients.
bool computes_blocked(const torch::Tensor& x);

/// Whether oneDNN has Winograd's convolution for such maps on this processor. Any thread.
bool has_winograd(torch::ScalarType type);

class BlockedLayer {
  public:
    enum class Kind {
        convolution,  ///< parameter [K, C, k, k] with odd k: stride 1, a border of zeros
        quarters,     ///< parameter [C, K, 2, 2] of a transposed convolution of stride 2: what joined() takes
    };
    explicit BlockedLayer(Kind kind);

    /// `x` on the CPU in the compute type, blocked or [N, C, H, W]; `bias` [K] float32 or undefined. The result is
    /// blocked: K channels, rounded up to whole blocks of zeros, or 4 K, where K is a multiple of a block.
    torch::Tensor operator()(const torch::Tensor& x, const torch::Tensor& parameter,
                             const torch::Tensor& bias = {});
    /// Gives the packed weight's memory back.
    void forget();

  private:
    struct Packed;
    Kind kind_;
    std::shared_ptr<Packed> packed_;
};

}  // namespace spineseg

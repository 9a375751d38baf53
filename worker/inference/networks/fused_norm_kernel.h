// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The raw kernels behind fused_norm.h, once per instruction set: instance norm + affine + LeakyReLU, and,
/// added after the activation, an optional per-channel vector (the time embedding) and an optional map (the
/// image encoder's features). Arrays are NHWC, channels a multiple of 16; statistics are float32 whatever the
/// element type. No torch, no std functions: each source below is compiled with other flags and must not leak
/// inline code.

#include <cstdint>

namespace spineseg::kernels {

enum class Element { float32, bfloat16 };

/// Everything one pass over pixels [begin, end) of one image needs. Pointers to images point at their first
/// pixel.
struct NormArgs {
    Element element;
    std::int64_t channels;
    float slope;               ///< of LeakyReLU below zero
    const void* x;             ///< convolution output
    const float* mean;         ///< [C]
    const float* inverse_std;  ///< [C]
    const float* gamma;        ///< [C]
    const float* beta;         ///< [C]
    const float* vector;       ///< [C] or null
    const void* map;           ///< like x, or null
    void* y;
};

struct NormBackwardArgs {
    Element element;
    std::int64_t channels;
    float slope;
    const void* x;
    const void* dy;
    const float* mean;
    const float* inverse_std;
    const float* gamma;
    const float* beta;
    const float* mean_dz;       ///< [C] mean over the image of dL/dz, for dx
    const float* mean_dz_xhat;  ///< [C] mean over the image of dL/dz · x̂, for dx
    void* dx;
};

/// Two rows of pixels become one of half as many.
struct PoolArgs {
    Element element;
    std::int64_t channels;
    std::int64_t pixels;  ///< of the result
    const void* upper;
    const void* lower;
    void* y;
};

struct Kernels {
    /// Adds Σ(x−shift) and Σ(x−shift)² over the pixels to sum[C] and square[C] (double).
    void (*statistics)(Element element, const void* x, const float* shift, std::int64_t channels,
                       std::int64_t begin, std::int64_t end, double* sum, double* square);
    void (*apply)(const NormArgs& args, std::int64_t begin, std::int64_t end);
    /// Adds Σdy, Σdz and Σdz·x̂ over the pixels to the three [C] accumulators.
    void (*backward_sums)(const NormBackwardArgs& args, std::int64_t begin, std::int64_t end, double* dy_sum,
                          double* dz_sum, double* dz_xhat_sum);
    void (*backward_apply)(const NormBackwardArgs& args, std::int64_t begin, std::int64_t end);
    /// The largest of every two by two pixels.
    void (*pool_rows)(const PoolArgs& args);
    const char* name;
};

extern const Kernels kGenericKernels;
#if defined(__x86_64__)
extern const Kernels kAvx2Kernels;
extern const Kernels kAvx512Kernels;
#endif

}  // namespace spineseg::kernels

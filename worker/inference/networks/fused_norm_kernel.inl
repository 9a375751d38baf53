// SPDX-License-Identifier: GPL-3.0-or-later
// The body of the kernels of fused_norm_kernel.h. Included by one source per instruction set, which defines
// SPINESEG_KERNELS_NAME. GCC and clang vector types: 16 floats are one, two or four registers as the flags
// allow.

#include "worker/inference/networks/fused_norm_kernel.h"

namespace spineseg::kernels {
namespace {

constexpr std::int64_t kLane = 16;
constexpr std::int64_t kBlock = 64;  // pixels summed in float32 before going to double

typedef float F16 __attribute__((vector_size(64), aligned(4), may_alias));
typedef std::uint32_t U16 __attribute__((vector_size(64), aligned(4), may_alias));
typedef std::int32_t I16 __attribute__((vector_size(64), aligned(4), may_alias));
typedef std::uint16_t H16 __attribute__((vector_size(32), aligned(2), may_alias));

inline F16 broadcast(float v) {
    return F16{} + v;
}

struct Float32 {
    using Pointer = const float*;
    static F16 load(const void* base, std::int64_t i) {
        return *reinterpret_cast<const F16*>(static_cast<const float*>(base) + i);
    }
    static void store(void* base, std::int64_t i, const F16& v) {
        *reinterpret_cast<F16*>(static_cast<float*>(base) + i) = v;
    }
};

struct BFloat16 {
    static F16 load(const void* base, std::int64_t i) {
        const H16 half = *reinterpret_cast<const H16*>(static_cast<const std::uint16_t*>(base) + i);
        const U16 bits = __builtin_convertvector(half, U16) << 16;
        return reinterpret_cast<const F16&>(bits);
    }
    // Round to nearest even, as the hardware conversion does.
    static void store(void* base, std::int64_t i, const F16& v) {
        const U16 bits = reinterpret_cast<const U16&>(v);
        const U16 rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
        *reinterpret_cast<H16*>(static_cast<std::uint16_t*>(base) + i) =
            __builtin_convertvector(rounded, H16);
    }
};

inline F16 floats(const float* p, std::int64_t i) {
    return *reinterpret_cast<const F16*>(p + i);
}

inline void add_to(double* target, const F16& v) {
    for (int lane = 0; lane < kLane; ++lane) target[lane] += static_cast<double>(v[lane]);
}

template <typename E>
void statistics_of(const void* x, const float* shift, std::int64_t channels, std::int64_t begin,
                   std::int64_t end, double* sum, double* square) {
    for (std::int64_t c = 0; c < channels; c += kLane) {
        const F16 k = floats(shift, c);
        for (std::int64_t block = begin; block < end; block += kBlock) {
            const std::int64_t stop = block + kBlock < end ? block + kBlock : end;
            F16 s{}, q{};
            for (std::int64_t p = block; p < stop; ++p) {
                const F16 v = E::load(x, p * channels + c) - k;
                s += v;
                q += v * v;
            }
            add_to(sum + c, s);
            add_to(square + c, q);
        }
    }
}

inline F16 leaky(const F16& z, float slope) {
    const I16 positive = z > F16{};
    return positive ? z : z * slope;
}

template <typename E>
void apply_to(const NormArgs& a, std::int64_t begin, std::int64_t end) {
    for (std::int64_t c = 0; c < a.channels; c += kLane) {
        const F16 scale = floats(a.gamma, c) * floats(a.inverse_std, c);
        const F16 offset = floats(a.beta, c) - floats(a.mean, c) * scale;
        const F16 vector = a.vector ? floats(a.vector, c) : F16{};
        for (std::int64_t p = begin; p < end; ++p) {
            const std::int64_t i = p * a.channels + c;
            F16 y = leaky(E::load(a.x, i) * scale + offset, a.slope) + vector;
            if (a.map) y += E::load(a.map, i);
            E::store(a.y, i, y);
        }
    }
}

template <typename E>
void backward_sums_of(const NormBackwardArgs& a, std::int64_t begin, std::int64_t end, double* dy_sum,
                      double* dz_sum, double* dz_xhat_sum) {
    for (std::int64_t c = 0; c < a.channels; c += kLane) {
        const F16 mean = floats(a.mean, c), inverse = floats(a.inverse_std, c);
        const F16 gamma = floats(a.gamma, c), beta = floats(a.beta, c);
        for (std::int64_t block = begin; block < end; block += kBlock) {
            const std::int64_t stop = block + kBlock < end ? block + kBlock : end;
            F16 s{}, sz{}, szx{};
            for (std::int64_t p = block; p < stop; ++p) {
                const std::int64_t i = p * a.channels + c;
                const F16 xhat = (E::load(a.x, i) - mean) * inverse;
                const F16 dy = E::load(a.dy, i);
                const I16 positive = (xhat * gamma + beta) > F16{};
                const F16 dz = positive ? dy : dy * a.slope;
                s += dy;
                sz += dz;
                szx += dz * xhat;
            }
            add_to(dy_sum + c, s);
            add_to(dz_sum + c, sz);
            add_to(dz_xhat_sum + c, szx);
        }
    }
}

template <typename E>
void backward_apply_to(const NormBackwardArgs& a, std::int64_t begin, std::int64_t end) {
    for (std::int64_t c = 0; c < a.channels; c += kLane) {
        const F16 mean = floats(a.mean, c), inverse = floats(a.inverse_std, c);
        const F16 gamma = floats(a.gamma, c), beta = floats(a.beta, c);
        const F16 mean_dz = floats(a.mean_dz, c), mean_dz_xhat = floats(a.mean_dz_xhat, c);
        const F16 scale = gamma * inverse;
        for (std::int64_t p = begin; p < end; ++p) {
            const std::int64_t i = p * a.channels + c;
            const F16 xhat = (E::load(a.x, i) - mean) * inverse;
            const F16 dy = E::load(a.dy, i);
            const I16 positive = (xhat * gamma + beta) > F16{};
            const F16 dz = positive ? dy : dy * a.slope;
            E::store(a.dx, i, scale * (dz - mean_dz - xhat * mean_dz_xhat));
        }
    }
}

void statistics(Element element, const void* x, const float* shift, std::int64_t channels, std::int64_t begin,
                std::int64_t end, double* sum, double* square) {
    if (element == Element::float32)
        statistics_of<Float32>(x, shift, channels, begin, end, sum, square);
    else
        statistics_of<BFloat16>(x, shift, channels, begin, end, sum, square);
}
void apply(const NormArgs& args, std::int64_t begin, std::int64_t end) {
    args.element == Element::float32 ? apply_to<Float32>(args, begin, end)
                                     : apply_to<BFloat16>(args, begin, end);
}
void backward_sums(const NormBackwardArgs& args, std::int64_t begin, std::int64_t end, double* dy_sum,
                   double* dz_sum, double* dz_xhat_sum) {
    if (args.element == Element::float32)
        backward_sums_of<Float32>(args, begin, end, dy_sum, dz_sum, dz_xhat_sum);
    else
        backward_sums_of<BFloat16>(args, begin, end, dy_sum, dz_sum, dz_xhat_sum);
}
void backward_apply(const NormBackwardArgs& args, std::int64_t begin, std::int64_t end) {
    args.element == Element::float32 ? backward_apply_to<Float32>(args, begin, end)
                                     : backward_apply_to<BFloat16>(args, begin, end);
}

}  // namespace
}  // namespace spineseg::kernels

// SPDX-License-Identifier: GPL-3.0-or-later
// The body of the kernels of fused_norm_kernel.h. Included by one source per instruction set, which defines
// SPINESEG_KERNELS_NAME. GCC and clang vector types: 16 floats are one, two or four registers as the flags
// allow.

#include "worker/inference/networks/fused_norm_kernel.h"

namespace spineseg::kernels {
namespace {

constexpr std::int64_t kBlock = 64;  // pixels summed in float32 before going to double

/// Neighbouring channels that are computed together.
struct Sixteen {
    static constexpr std::int64_t kLanes = 16;
    typedef float F __attribute__((vector_size(64), aligned(4), may_alias));
    typedef std::uint32_t U __attribute__((vector_size(64), aligned(4), may_alias));
    typedef std::int32_t I __attribute__((vector_size(64), aligned(4), may_alias));
    typedef std::uint16_t H __attribute__((vector_size(32), aligned(2), may_alias));
};
struct Eight {
    static constexpr std::int64_t kLanes = 8;
    typedef float F __attribute__((vector_size(32), aligned(4), may_alias));
    typedef std::uint32_t U __attribute__((vector_size(32), aligned(4), may_alias));
    typedef std::int32_t I __attribute__((vector_size(32), aligned(4), may_alias));
    typedef std::uint16_t H __attribute__((vector_size(16), aligned(2), may_alias));
};

template <typename Lanes>
struct Float32 : Lanes {
    using F = typename Lanes::F;
    static F load(const void* base, std::int64_t i) {
        return *reinterpret_cast<const F*>(static_cast<const float*>(base) + i);
    }
    static void store(void* base, std::int64_t i, const F& v) {
        *reinterpret_cast<F*>(static_cast<float*>(base) + i) = v;
    }
};

template <typename Lanes>
struct BFloat16 : Lanes {
    using F = typename Lanes::F;
    using U = typename Lanes::U;
    using H = typename Lanes::H;
    static F load(const void* base, std::int64_t i) {
        const H half = *reinterpret_cast<const H*>(static_cast<const std::uint16_t*>(base) + i);
        const U bits = __builtin_convertvector(half, U) << 16;
        return reinterpret_cast<const F&>(bits);
    }
    // Round to nearest even, as the hardware conversion does.
    static void store(void* base, std::int64_t i, const F& v) {
        const U bits = reinterpret_cast<const U&>(v);
        const U rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
        *reinterpret_cast<H*>(static_cast<std::uint16_t*>(base) + i) = __builtin_convertvector(rounded, H);
    }
};

template <typename E>
typename E::F floats(const float* p, std::int64_t i) {
    return *reinterpret_cast<const typename E::F*>(p + i);
}

template <typename E>
void add_to(double* target, const typename E::F& v) {
    for (int lane = 0; lane < E::kLanes; ++lane) target[lane] += static_cast<double>(v[lane]);
}

template <typename E>
void statistics_of(const void* x, const float* shift, std::int64_t channels, std::int64_t begin,
                   std::int64_t end, double* sum, double* square) {
    using F = typename E::F;
    for (std::int64_t c = 0; c < channels; c += E::kLanes) {
        const F k = floats<E>(shift, c);
        for (std::int64_t block = begin; block < end; block += kBlock) {
            const std::int64_t stop = block + kBlock < end ? block + kBlock : end;
            F s{}, q{}, s1{}, q1{};  // two of each: an addition waits for the one before
            std::int64_t p = block;
            for (; p + 1 < stop; p += 2) {
                const F v = E::load(x, p * channels + c) - k, v1 = E::load(x, (p + 1) * channels + c) - k;
                s += v;
                q += v * v;
                s1 += v1;
                q1 += v1 * v1;
            }
            if (p < stop) {
                const F v = E::load(x, p * channels + c) - k;
                s += v;
                q += v * v;
            }
            s += s1;
            q += q1;
            add_to<E>(sum + c, s);
            add_to<E>(square + c, q);
        }
    }
}

template <typename E>
typename E::F leaky(const typename E::F& z, float slope) {
    const typename E::I positive = z > typename E::F{};
    return positive ? z : z * slope;
}

template <typename E>
void apply_to(const NormArgs& a, std::int64_t begin, std::int64_t end) {
    using F = typename E::F;
    for (std::int64_t c = 0; c < a.channels; c += E::kLanes) {
        const F scale = floats<E>(a.gamma, c) * floats<E>(a.inverse_std, c);
        const F offset = floats<E>(a.beta, c) - floats<E>(a.mean, c) * scale;
        const F vector = a.vector ? floats<E>(a.vector, c) : F{};
        for (std::int64_t p = begin; p < end; ++p) {
            const std::int64_t i = p * a.channels + c;
            F y = leaky<E>(E::load(a.x, i) * scale + offset, a.slope) + vector;
            if (a.map) y += E::load(a.map, i);
            E::store(a.y, i, y);
        }
    }
}

template <typename E>
void backward_sums_of(const NormBackwardArgs& a, std::int64_t begin, std::int64_t end, double* dy_sum,
                      double* dz_sum, double* dz_xhat_sum) {
    using F = typename E::F;
    using I = typename E::I;
    for (std::int64_t c = 0; c < a.channels; c += E::kLanes) {
        const F mean = floats<E>(a.mean, c), inverse = floats<E>(a.inverse_std, c);
        const F gamma = floats<E>(a.gamma, c), beta = floats<E>(a.beta, c);
        for (std::int64_t block = begin; block < end; block += kBlock) {
            const std::int64_t stop = block + kBlock < end ? block + kBlock : end;
            F s{}, sz{}, szx{};
            for (std::int64_t p = block; p < stop; ++p) {
                const std::int64_t i = p * a.channels + c;
                const F xhat = (E::load(a.x, i) - mean) * inverse;
                const F dy = E::load(a.dy, i);
                const I positive = (xhat * gamma + beta) > F{};
                const F dz = positive ? dy : dy * a.slope;
                s += dy;
                sz += dz;
                szx += dz * xhat;
            }
            add_to<E>(dy_sum + c, s);
            add_to<E>(dz_sum + c, sz);
            add_to<E>(dz_xhat_sum + c, szx);
        }
    }
}

template <typename E>
void backward_apply_to(const NormBackwardArgs& a, std::int64_t begin, std::int64_t end) {
    using F = typename E::F;
    using I = typename E::I;
    for (std::int64_t c = 0; c < a.channels; c += E::kLanes) {
        const F mean = floats<E>(a.mean, c), inverse = floats<E>(a.inverse_std, c);
        const F gamma = floats<E>(a.gamma, c), beta = floats<E>(a.beta, c);
        const F mean_dz = floats<E>(a.mean_dz, c), mean_dz_xhat = floats<E>(a.mean_dz_xhat, c);
        const F scale = gamma * inverse;
        for (std::int64_t p = begin; p < end; ++p) {
            const std::int64_t i = p * a.channels + c;
            const F xhat = (E::load(a.x, i) - mean) * inverse;
            const F dy = E::load(a.dy, i);
            const I positive = (xhat * gamma + beta) > F{};
            const F dz = positive ? dy : dy * a.slope;
            E::store(a.dx, i, scale * (dz - mean_dz - xhat * mean_dz_xhat));
        }
    }
}

template <typename E>
void pool_rows_of(const PoolArgs& a) {
    using F = typename E::F;
    using I = typename E::I;
    const auto larger = [](const F& x, const F& y) {
        const I greater = x > y;
        return greater ? x : y;
    };
    for (std::int64_t p = 0; p < a.pixels; ++p) {
        for (std::int64_t c = 0; c < a.channels; c += E::kLanes) {
            const std::int64_t left = 2 * p * a.channels + c, right = left + a.channels;
            const F above = larger(E::load(a.upper, left), E::load(a.upper, right));
            const F below = larger(E::load(a.lower, left), E::load(a.lower, right));
            E::store(a.y, p * a.channels + c, larger(above, below));
        }
    }
}

/// Runs body(type) with the element's loads and stores: sixteen channels at once where their number allows it.
template <typename Body>
void with_element(Element element, std::int64_t channels, const Body& body) {
    const bool sixteen = channels % Sixteen::kLanes == 0;
    if (element == Element::float32)
        sixteen ? body(Float32<Sixteen>()) : body(Float32<Eight>());
    else
        sixteen ? body(BFloat16<Sixteen>()) : body(BFloat16<Eight>());
}

void statistics(Element element, const void* x, const float* shift, std::int64_t channels, std::int64_t begin,
                std::int64_t end, double* sum, double* square) {
    with_element(element, channels, [&](auto type) {
        statistics_of<decltype(type)>(x, shift, channels, begin, end, sum, square);
    });
}
void apply(const NormArgs& args, std::int64_t begin, std::int64_t end) {
    with_element(args.element, args.channels, [&](auto type) { apply_to<decltype(type)>(args, begin, end); });
}
void backward_sums(const NormBackwardArgs& args, std::int64_t begin, std::int64_t end, double* dy_sum,
                   double* dz_sum, double* dz_xhat_sum) {
    with_element(args.element, args.channels, [&](auto type) {
        backward_sums_of<decltype(type)>(args, begin, end, dy_sum, dz_sum, dz_xhat_sum);
    });
}
void backward_apply(const NormBackwardArgs& args, std::int64_t begin, std::int64_t end) {
    with_element(args.element, args.channels,
                 [&](auto type) { backward_apply_to<decltype(type)>(args, begin, end); });
}

void pool_rows(const PoolArgs& args) {
    with_element(args.element, args.channels, [&](auto type) { pool_rows_of<decltype(type)>(args); });
}

}  // namespace
}  // namespace spineseg::kernels

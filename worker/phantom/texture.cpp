// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/phantom/texture.h"

#include "worker/phantom/random.h"

namespace spineseg::phantom {
namespace {

constexpr int kBits = 5;
constexpr int kPeriod = 1 << kBits;
constexpr int kMask = kPeriod - 1;

std::size_t lattice_index(int x, int y, int z) {
    return (static_cast<std::size_t>(z & kMask) << (2 * kBits)) +
           (static_cast<std::size_t>(y & kMask) << kBits) + static_cast<std::size_t>(x & kMask);
}

/// std::floor is a function call on x86-64 without SSE 4.1, and this is the innermost loop.
int floor_of(double x) {
    const int truncated = static_cast<int>(x);
    return truncated - static_cast<int>(x < truncated);
}

float mix(float a, float b, float t) {
    return a + (b - a) * t;
}
float eased(float t) {
    return t * t * (3 - 2 * t);
}

}  // namespace

Texture::Texture(std::uint64_t seed) : lattice_(std::size_t{1} << (3 * kBits)) {
    Random random(seed, Random::Stream::texture);
    for (float& value : lattice_) value = static_cast<float>(random.uniform(-1, 1));
}

float Texture::at(double x, double y, double z) const {
    const int ix = floor_of(x);
    const int iy = floor_of(y);
    const int iz = floor_of(z);
    const float tx = eased(static_cast<float>(x - ix));
    const float ty = eased(static_cast<float>(y - iy));
    const float tz = eased(static_cast<float>(z - iz));
    const auto edge = [&](int dy, int dz) {
        return mix(lattice_[lattice_index(ix, iy + dy, iz + dz)],
                   lattice_[lattice_index(ix + 1, iy + dy, iz + dz)], tx);
    };
    return mix(mix(edge(0, 0), edge(1, 0), ty), mix(edge(0, 1), edge(1, 1), ty), tz);
}

}  // namespace spineseg::phantom

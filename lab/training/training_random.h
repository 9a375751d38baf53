// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What training draws from one seeded engine, so that a resumed run draws what an uninterrupted one would
/// have.

#include <ATen/CPUGeneratorImpl.h>

#include <random>

namespace spineseg {

using Random = std::mt19937_64;

inline double uniform(Random& random, double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random);
}

inline bool chance(Random& random, double probability) {
    return uniform(random, 0, 1) < probability;
}

/// For LibTorch's own draws.
inline at::Generator generator(Random& random) {
    return at::detail::createCPUGenerator(random());
}

}  // namespace spineseg

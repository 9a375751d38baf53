// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Separate streams of one seed, so that T1 and T2 of a seed show the same patient. One thread each.

#include <cstdint>

#include "core/split_mix.h"

namespace spineseg::phantom {

class Random : public SplitMix64 {
  public:
    enum class Stream : std::uint64_t { anatomy = 1, contrast = 2, texture = 3, noise = 4, coil = 5 };

    Random(std::uint64_t seed, Stream stream, std::uint64_t part = 0);
    bool chance(double probability) { return uniform() < probability; }
};

}  // namespace spineseg::phantom

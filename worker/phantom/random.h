// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Random numbers that are the same on every machine and with every standard library: SplitMix64 (Steele,
/// Lea, Flood 2014). Separate streams of one seed, so that T1 and T2 of a seed show the same patient. One
/// thread each.

#include <cstdint>

namespace spineseg::phantom {

/// Mixes a counter into 64 evenly spread bits.
std::uint64_t mixed(std::uint64_t value);

class Random {
  public:
    enum class Stream : std::uint64_t { anatomy = 1, contrast = 2, texture = 3, noise = 4, coil = 5 };

    Random(std::uint64_t seed, Stream stream, std::uint64_t part = 0);
    std::uint64_t next();
    double uniform(double low, double high);
    bool chance(double probability);

  private:
    std::uint64_t state_;
};

}  // namespace spineseg::phantom

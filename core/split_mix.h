// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Random numbers that are the same on every machine and with every standard library: SplitMix64 (Steele,
/// Lea and Flood 2014, Fast splittable pseudorandom number generators). No cryptography. One thread each.

#include <cstdint>

namespace spineseg {

/// What SplitMix64 adds to its state for every number: 2^64 divided by the golden ratio.
inline constexpr std::uint64_t kSplitMixStep = 0x9e3779b97f4a7c15U;

/// SplitMix64's finaliser: spreads a counter over all 64 bits.
constexpr std::uint64_t split_mix(std::uint64_t value) {
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9U;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebU;
    return value ^ (value >> 31);
}

class SplitMix64 {
  public:
    explicit constexpr SplitMix64(std::uint64_t seed) : state_(seed) {}
    constexpr std::uint64_t next() { return split_mix(state_ += kSplitMixStep); }
    /// In [0, 1), from 53 bits.
    constexpr double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
    constexpr double uniform(double low, double high) { return low + (high - low) * uniform(); }

  private:
    std::uint64_t state_;
};

}  // namespace spineseg

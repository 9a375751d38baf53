// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/phantom/random.h"

namespace spineseg::phantom {

Random::Random(std::uint64_t seed, Stream stream, std::uint64_t part)
    : SplitMix64(
          split_mix(split_mix(seed + kSplitMixStep) ^ (static_cast<std::uint64_t>(stream) << 56) ^ part)) {}

}  // namespace spineseg::phantom

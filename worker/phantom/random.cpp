// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/phantom/random.h"

namespace spineseg::phantom {
namespace {
constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15U;
}

std::uint64_t mixed(std::uint64_t value) {
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9U;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebU;
    return value ^ (value >> 31);
}

Random::Random(std::uint64_t seed, Stream stream, std::uint64_t part)
    : state_(mixed(mixed(seed + kGolden) ^ (static_cast<std::uint64_t>(stream) << 56) ^ part)) {}

std::uint64_t Random::next() {
    return mixed(state_ += kGolden);
}

double Random::uniform(double low, double high) {
    return low + (high - low) * static_cast<double>(next() >> 11) * 0x1.0p-53;
}

bool Random::chance(double probability) {
    return uniform(0, 1) < probability;
}

}  // namespace spineseg::phantom

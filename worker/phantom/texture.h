// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Smooth random fields: value noise on a periodic lattice. Values -1..1. Immutable after construction; any
/// thread.

#include <array>
#include <cstdint>
#include <vector>

namespace spineseg::phantom {

class Texture {
  public:
    explicit Texture(std::uint64_t seed);
    /// One lattice step is 1: divide coordinates by the size of the features.
    float at(double x, double y, double z) const;

  private:
    std::vector<float> lattice_;
};

}  // namespace spineseg::phantom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Which samples of a slice go through the denoiser together. Values; any thread.

#include <cstdint>
#include <vector>

namespace spineseg {

/// The samples that `member` of `members` denoisers draws of `samples` (dealt round-robin), in portions of at
/// most `most`.
std::vector<std::vector<std::int64_t>> sample_portions(std::int64_t member, std::int64_t members,
                                                       std::int64_t samples, std::int64_t most);

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace spineseg {

/// The most instances of one series that are read: by the plugin's setting MaxInstances, by the worker and by
/// the reader. A lumbar series has 10 to 60.
inline constexpr int kMostInstances = 2000;

}  // namespace spineseg

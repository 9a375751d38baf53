// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How wide the interval of a measurement is. Pure; any thread.

namespace spineseg {

/// Half the interval that holds 95 % of the true values, in units of the ± that is reported, which holds 68 %.
inline constexpr double kWiderInterval = 2.0;

}  // namespace spineseg

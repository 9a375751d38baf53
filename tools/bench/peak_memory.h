// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The most memory that this process held, as the kernel counts it (VmHWM). Linux only.

namespace spineseg {

/// In MiB; 0 where the kernel does not say.
double peak_memory_mib();
/// From now on only what is held from now on counts. False where the kernel does not allow it: the peak then
/// includes what came before.
bool reset_peak_memory();

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace spineseg {

/// Makes the process fit for networks. Call once, first thing in main: it changes malloc for the whole
/// process and, where the environment does not say otherwise already, starts the program again (same process
/// id, same arguments) with settings that libraries read only while they are loaded:
///  - freed activations stay in the process instead of going back to the kernel, which would fault in and
///  clear the same
///    pages for every layer, and lie in huge pages;
///  - OpenMP threads sleep where they would spin for each other: on a machine that does anything else,
///  Orthanc for
///    instance, spinning slows a series down many times over.
void prepare_compute_process(char** argv);

/// The same in two steps, for a program that does something before it starts itself again. First thing in main:
/// true in the process that was started again, which is then fit for networks.
bool begin_compute_process();
/// Starts the program again. Returns only where there is no /proc; then this process goes on, as fit as it can be
/// made.
void restart_compute_process(char** argv);

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace spineseg {

/// Prepares the process for the networks. Call once, first thing in main: it changes malloc for the whole
/// process and, where the environment does not set them already, starts the program again (same process
/// id, same arguments) with settings that libraries read only while they are loaded:
///  - freed activations stay in the process, in huge pages, instead of going back to the kernel, which would
///    clear the same pages again for every layer;
///  - OpenMP threads sleep instead of spinning while they wait for each other: on a machine with other
///    programs, such as Orthanc, spinning makes a series take many times as long.
void prepare_compute_process(char** argv);

/// The same in two steps, for a program that does something before it starts itself again. First thing in main:
/// true in the process that was started again, which is then fit for networks.
bool begin_compute_process();
/// Starts the program again. Returns only where there is no /proc; then this process continues, as well prepared as
/// it can be.
void restart_compute_process(char** argv);

}  // namespace spineseg

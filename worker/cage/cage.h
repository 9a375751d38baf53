// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a process gives up before it reads foreign bytes (worker/cage/README.md). Two steps,
/// because a library may start threads while it is loaded, before main (OpenBLAS does), and Landlock confines only
/// the calling thread and what it starts:
///
///   first process     confine_files(plan), then the program starts itself again (same process id):
///                     every thread of the second process is confined from its start
///   second process    close_cage(plan): limits, no dumps, and the system call filter, which reaches
///                     threads that exist already (TSYNC)
///
/// Neither can be undone. Call them on the main thread. Linux on x86-64 and arm64; elsewhere close_cage() says what is
/// missing.

#include <string>

#include "core/cage_state.h"
#include "core/result.h"
#include "worker/cage/cage_plan.h"

namespace spineseg {

/// "cuda", "cuda:1": the GPU's profile; else the processor's.
CageProfile cage_profile_of(const std::string& device);

/// The first step. Where the kernel has no Landlock nothing happens; close_cage() will say so.
/// invalid_configuration where it has Landlock and refuses: a path of `writable` that is not there, for instance.
Result<void> confine_files(const CagePlan& plan);

/// The second step. Never fails by half in silence: `whole` is true only where everything holds, and that files
/// are confined is tried, not believed. `files_were_confined` says that the process before this one did the first
/// step.
CageState close_cage(const CagePlan& plan, bool files_were_confined);

/// What this kernel offers, for `spineseg doctor`. Changes nothing.
CageState offered_cage();

/// For who may not go on without a whole cage: invalid_configuration with the reason and the remedy, unless it is
/// whole or `allow_weaker`.
Result<void> require_cage(const CageState& state, bool allow_weaker);

/// The name of the option, the same in every program, and of the variable that stands for it.
inline constexpr const char* kAllowWeakerCage = "--allow-weaker-cage";
inline constexpr const char* kAllowWeakerCageVariable = "SPINESEG_ALLOW_WEAKER_CAGE";

}  // namespace spineseg

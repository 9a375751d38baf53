// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The diffusion's noise schedule and its respacing: betas, the running product ᾱ, and the timesteps that a
/// sampler visits (docs/method.md §3.1, §3.3). Tables in float64. Throws std::invalid_argument on a T or a
/// step count that makes no schedule; the manifest's parser has refused those already. Values; any thread.

#include <vector>

#include "config/model_manifest.h"

namespace spineseg {

class NoiseSchedule {
  public:
    NoiseSchedule(NoiseScheduleKind kind, int timesteps);

    int timesteps() const { return static_cast<int>(alpha_bar_.size()); }
    /// ᾱ_t, t in 0..T−1.
    double alpha_bar(int timestep) const { return alpha_bar_.at(static_cast<std::size_t>(timestep)); }
    /// √ᾱ_t: how much of the clean mask is left at t.
    double signal(int timestep) const;
    /// √(1 − ᾱ_t): how much noise has come in.
    double noise(int timestep) const;
    /// The first timestep whose signal is at or below `signal`; T−1 where none is.
    int first_timestep_at_or_below(double signal) const;

  private:
    std::vector<double> alpha_bar_;
};

/// `steps` timesteps from `last` down to 0, noisiest first, as guided-diffusion's space_timesteps() chooses
/// them: from 0 the stride last/(steps−1) is added up in float64, and each sum is rounded, halves to even. That
/// is not always round(i·last/(steps−1)). One step is `last` alone, where the original takes 0. More steps than
/// there are timesteps are refused.
std::vector<int> respaced_timesteps(int last, int steps);

}  // namespace spineseg

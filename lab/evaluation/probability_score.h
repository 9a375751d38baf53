// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How well probabilities are calibrated: one structure against the rest, voxel by voxel, in one pass and
/// in constant memory. Scores of several cases add up. One thread at a time.
///
/// Expected calibration error (Naeini et al., AAAI 2015): 15 bins of equal width over the probability; the
/// share-weighted mean of |mean probability − frequency|. Brier score: mean (p − y)². NLL: mean −ln of the
/// probability given to what is true, which is kept within 1e-7 .. 1 − 1e-7.

#include <array>
#include <cstddef>
#include <optional>

namespace spineseg {

struct ReliabilityBin {
    std::size_t count = 0;
    double probability_sum = 0.0;
    double positives = 0.0;  ///< sum of the shares

    double mean_probability() const { return probability_sum / static_cast<double>(count); }
    double frequency() const { return positives / static_cast<double>(count); }
};

class ProbabilityScore {
  public:
    static constexpr std::size_t kBins = 15;

    /// `share` of the voxel, 0..1, is the structure. `probability` outside 0..1 is taken to the nearer end:
    /// resampling rounds.
    void add(double probability, double share);
    void add(const ProbabilityScore& other);

    std::size_t count() const { return count_; }
    /// Nothing where nothing was added.
    std::optional<double> expected_calibration_error() const;
    std::optional<double> brier() const;
    std::optional<double> negative_log_likelihood() const;
    const std::array<ReliabilityBin, kBins>& bins() const { return bins_; }

  private:
    std::array<ReliabilityBin, kBins> bins_{};
    std::size_t count_ = 0;
    double squared_error_ = 0.0;
    double log_loss_ = 0.0;
};

}  // namespace spineseg

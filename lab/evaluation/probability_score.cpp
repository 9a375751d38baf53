// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/probability_score.h"

#include <algorithm>
#include <cmath>

namespace spineseg {
namespace {

constexpr double kSmallest = 1e-7;

}  // namespace

void ProbabilityScore::add(double probability, double share) {
    const double p = std::clamp(probability, 0.0, 1.0);
    const auto bin = std::min(kBins - 1, static_cast<std::size_t>(p * static_cast<double>(kBins)));
    ++bins_[bin].count;
    bins_[bin].probability_sum += p;
    bins_[bin].positives += share;
    ++count_;
    const double error = p - share;
    squared_error_ += error * error;
    const double kept = std::clamp(p, kSmallest, 1.0 - kSmallest);
    log_loss_ -= share * std::log(kept) + (1.0 - share) * std::log(1.0 - kept);
}

void ProbabilityScore::add(const ProbabilityScore& other) {
    for (std::size_t i = 0; i < kBins; ++i) {
        bins_[i].count += other.bins_[i].count;
        bins_[i].probability_sum += other.bins_[i].probability_sum;
        bins_[i].positives += other.bins_[i].positives;
    }
    count_ += other.count_;
    squared_error_ += other.squared_error_;
    log_loss_ += other.log_loss_;
}

std::optional<double> ProbabilityScore::expected_calibration_error() const {
    if (count_ == 0) return std::nullopt;
    double sum = 0.0;
    for (const ReliabilityBin& bin : bins_) sum += std::abs(bin.probability_sum - bin.positives);
    return sum / static_cast<double>(count_);
}

std::optional<double> ProbabilityScore::brier() const {
    if (count_ == 0) return std::nullopt;
    return squared_error_ / static_cast<double>(count_);
}

std::optional<double> ProbabilityScore::negative_log_likelihood() const {
    if (count_ == 0) return std::nullopt;
    return log_loss_ / static_cast<double>(count_);
}

}  // namespace spineseg

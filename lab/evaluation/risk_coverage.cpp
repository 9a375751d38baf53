// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/risk_coverage.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <stdexcept>

namespace spineseg {
namespace {

/// 1 for the smallest; equal values share the mean of their ranks.
std::vector<double> ranks_of(const std::vector<double>& values) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return values[a] < values[b]; });
    std::vector<double> ranks(values.size());
    for (std::size_t begin = 0; begin < order.size();) {
        std::size_t end = begin;
        while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
        const double mean = 0.5 * static_cast<double>(begin + 1 + end);
        for (std::size_t i = begin; i < end; ++i) ranks[order[i]] = mean;
        begin = end;
    }
    return ranks;
}

double mean_of(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

std::vector<CoveragePoint> risk_coverage(std::vector<RatedCase> cases) {
    std::sort(cases.begin(), cases.end(),
              [](const RatedCase& a, const RatedCase& b) { return a.confidence > b.confidence; });
    std::vector<CoveragePoint> curve;
    const auto total = static_cast<double>(cases.size());
    double sum = 0.0;
    for (std::size_t begin = 0; begin < cases.size();) {
        std::size_t end = begin;
        double tied = 0.0;
        for (; end < cases.size() && cases[end].confidence == cases[begin].confidence; ++end)
            tied += cases[end].loss;
        const double mean = tied / static_cast<double>(end - begin);
        for (; begin < end; ++begin) {
            sum += mean;
            const auto kept = static_cast<double>(begin + 1);
            curve.push_back({kept / total, sum / kept});
        }
    }
    return curve;
}

std::optional<double> area_under_risk_coverage(const std::vector<RatedCase>& cases) {
    if (cases.empty()) return std::nullopt;
    double sum = 0.0;
    for (const CoveragePoint& point : risk_coverage(cases)) sum += point.risk;
    return sum / static_cast<double>(cases.size());
}

std::optional<double> least_area_under_risk_coverage(std::vector<RatedCase> cases) {
    for (RatedCase& one : cases) one.confidence = -one.loss;
    return area_under_risk_coverage(cases);
}

std::optional<double> rank_correlation(const std::vector<double>& a, const std::vector<double>& b) {
    if (a.size() != b.size()) throw std::invalid_argument("a rank correlation needs pairs");
    if (a.size() < 2) return std::nullopt;
    const std::vector<double> ours = ranks_of(a);
    const std::vector<double> theirs = ranks_of(b);
    const double our_mean = mean_of(ours);
    const double their_mean = mean_of(theirs);
    double common = 0.0;
    double our_spread = 0.0;
    double their_spread = 0.0;
    for (std::size_t i = 0; i < ours.size(); ++i) {
        const double x = ours[i] - our_mean;
        const double y = theirs[i] - their_mean;
        common += x * y;
        our_spread += x * x;
        their_spread += y * y;
    }
    if (our_spread == 0.0 || their_spread == 0.0) return std::nullopt;
    return common / std::sqrt(our_spread * their_spread);
}

}  // namespace spineseg

// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/verdict_thresholds.h"

#include <algorithm>
#include <optional>

namespace spineseg {
namespace {

double share_below(const std::vector<double>& sorted, double threshold) {
    const auto below = std::lower_bound(sorted.begin(), sorted.end(), threshold) - sorted.begin();
    return static_cast<double>(below) / static_cast<double>(sorted.size());
}

/// Scores of the cases whose Dice is below the limit, and of the others.
struct Split {
    std::vector<double> bad;
    std::vector<double> good;
    void add(double score, double dice, double limit) { (dice < limit ? bad : good).push_back(score); }
};

}  // namespace

double separating_threshold(std::vector<double> bad, std::vector<double> good, double most_good_flagged) {
    if (bad.empty() || good.empty()) return 0.0;
    std::sort(bad.begin(), bad.end());
    std::sort(good.begin(), good.end());
    std::vector<double> all(bad);
    all.insert(all.end(), good.begin(), good.end());
    std::sort(all.begin(), all.end());
    double best = 0.0;
    double least_wrong = 1.0;  // threshold 0: every bad case passes
    for (std::size_t i = 0; i + 1 < all.size(); ++i) {
        if (all[i] == all[i + 1]) continue;
        const double threshold = 0.5 * (all[i] + all[i + 1]);
        const double good_flagged = share_below(good, threshold);
        if (good_flagged > most_good_flagged) break;
        const double wrong = good_flagged + 1.0 - share_below(bad, threshold);
        if (wrong >= least_wrong) continue;
        least_wrong = wrong;
        best = threshold;
    }
    return best;
}

Result<VerdictThresholds> fit_thresholds(const std::vector<EvaluatedCase>& cases, const ThresholdRule& rule) {
    Split review, reject;
    std::array<Split, kStructures> review_structure, reject_structure;
    for (const EvaluatedCase& one : cases) {
        const auto mean = one.mean_dice();
        if (!mean) continue;
        review.add(one.verdict.score, *mean, rule.review_dice);
        reject.add(one.verdict.score, *mean, rule.reject_dice);
        for (std::size_t s = 0; s < kStructures; ++s)
            if (const auto& dice = one.final[s].dice) {
                review_structure[s].add(one.verdict.structure_score[s], *dice, rule.review_dice);
                reject_structure[s].add(one.verdict.structure_score[s], *dice, rule.reject_dice);
            }
    }
    if (review.bad.empty() && review.good.empty())
        return failure(ErrorCode::invalid_argument, "no case has a structure to compare");
    VerdictThresholds thresholds;
    const auto between = [&](const Split& split) {
        return separating_threshold(split.bad, split.good, rule.most_good_flagged);
    };
    thresholds.review_below = between(review);
    thresholds.reject_below = std::min(thresholds.review_below, between(reject));
    for (std::size_t s = 0; s < kStructures; ++s) {
        thresholds.review_structure_below[s] = between(review_structure[s]);
        thresholds.reject_structure_below[s] =
            std::min(thresholds.review_structure_below[s], between(reject_structure[s]));
    }
    return thresholds;
}

}  // namespace spineseg

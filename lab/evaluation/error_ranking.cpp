// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/error_ranking.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <stdexcept>

namespace spineseg {
namespace {

/// The bits of a non-negative float rank as its value does.
constexpr unsigned kDroppedBits = 14;
constexpr std::size_t kLevels = std::size_t{1} << (31 - kDroppedBits);

}  // namespace

ErrorRanking::ErrorRanking() : levels_(kLevels) {}

void ErrorRanking::add(float uncertainty, bool is_wrong) {
    if (std::isnan(uncertainty)) throw std::invalid_argument("an uncertainty is not a number");
    const auto bits = std::bit_cast<std::uint32_t>(std::max(uncertainty, 0.0F));
    Level& level = levels_[bits >> kDroppedBits];
    ++(is_wrong ? level.wrong : level.right);
}

void ErrorRanking::add(const ErrorRanking& other) {
    for (std::size_t i = 0; i < levels_.size(); ++i) {
        levels_[i].right += other.levels_[i].right;
        levels_[i].wrong += other.levels_[i].wrong;
    }
}

std::optional<double> ErrorRanking::auroc() const {
    double right_below = 0.0;
    double wrong = 0.0;
    double won = 0.0;
    for (const Level& level : levels_) {
        const auto rights = static_cast<double>(level.right);
        const auto wrongs = static_cast<double>(level.wrong);
        won += wrongs * (right_below + 0.5 * rights);
        right_below += rights;
        wrong += wrongs;
    }
    if (right_below == 0.0 || wrong == 0.0) return std::nullopt;
    return won / (right_below * wrong);
}

std::vector<RocPoint> ErrorRanking::roc(std::size_t most) const {
    double rights = 0.0;
    double wrongs = 0.0;
    for (const Level& level : levels_) {
        rights += static_cast<double>(level.right);
        wrongs += static_cast<double>(level.wrong);
    }
    if (rights == 0.0 || wrongs == 0.0) return {};
    std::vector<RocPoint> points{{0.0, 0.0}};
    RocPoint here;
    const double step = 2.0 / static_cast<double>(std::max<std::size_t>(2, most));
    for (auto level = levels_.rbegin(); level != levels_.rend(); ++level) {
        here.false_positive_rate += static_cast<double>(level->right) / rights;
        here.true_positive_rate += static_cast<double>(level->wrong) / wrongs;
        const double moved = here.false_positive_rate - points.back().false_positive_rate +
                             here.true_positive_rate - points.back().true_positive_rate;
        if (moved >= step) points.push_back(here);
    }
    points.push_back({1.0, 1.0});
    return points;
}

}  // namespace spineseg

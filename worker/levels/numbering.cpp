// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/levels/numbering.h"

#include <algorithm>
#include <cmath>

namespace spineseg::levels {
namespace {

constexpr double kProbeStep = 1.0;       // mm
constexpr double kFarthestProbe = 60.0;  // mm
constexpr double kProbeOffset = 0.35;    // of the disc's depth, to the front and to the back

double score(double value, const NumberingRule::Ramp& ramp) {
    return std::clamp((value - ramp.none) / (ramp.full - ramp.none), 0.0, 1.0);
}

/// Within a sagittal slice; whether the stack is wide enough is another question.
bool in_view(const Geometry& geometry, std::size_t across, const Vec3& place) {
    const Vec3 voxel = geometry.voxel(place);
    for (std::size_t axis = 0; axis < 3; ++axis)
        if (axis != across && (voxel[axis] < -0.5 || voxel[axis] > size_of(geometry)[axis] - 0.5))
            return false;
    return true;
}

/// How far the image reaches beneath the lowest disc, at the worst of three places along it.
double margin_below(const Geometry& geometry, const Disc& lowest, const Vec3& left) {
    const std::size_t across = axis_along(geometry, left);
    double least = kFarthestProbe;
    for (const double offset : {-kProbeOffset, 0.0, kProbeOffset}) {
        const Vec3 begin = lowest.centre + (offset * lowest.depth) * lowest.directions.posterior;
        double reach = 0;
        while (reach < kFarthestProbe &&
               in_view(geometry, across, begin - (reach + kProbeStep) * lowest.directions.cranial))
            reach += kProbeStep;
        least = std::min(least, reach);
    }
    return least;
}

double median(std::vector<double> values) {
    if (values.empty()) return 0;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

std::vector<double> steps_of(const std::vector<Disc>& discs) {
    std::vector<double> steps;
    for (std::size_t i = 0; i + 1 < discs.size(); ++i)
        steps.push_back(norm(discs[i + 1].centre - discs[i].centre));
    return steps;
}

/// Of the bodies that lie between two discs.
std::vector<double> body_sizes(const std::vector<Bone>& spaces) {
    std::vector<double> sizes;
    for (std::size_t i = 1; i + 1 < spaces.size(); ++i)
        sizes.push_back(static_cast<double>(spaces[i].body.size()));
    return sizes;
}

/// Collects the evidence; the weakest piece is the confidence.
class Judge {
  public:
    explicit Judge(const NumberingRule& rule) : rule_(rule) {}
    void hear(double value, NumberingDoubt doubt) {
        numbering_.confidence = std::min(numbering_.confidence, value);
        if (value < rule_.enough) numbering_.doubts.push_back(doubt);
    }
    Numbering verdict() && {
        numbering_.determined = numbering_.doubts.empty();
        return std::move(numbering_);
    }

  private:
    const NumberingRule& rule_;
    Numbering numbering_{.determined = false, .confidence = 1.0, .doubts = {}};
};

}  // namespace

double bone_below_share(const ColumnEvidence& column) {
    const double typical = median(body_sizes(column.spaces));
    if (column.spaces.empty()) return 0;
    const auto below = static_cast<double>(column.spaces.front().body.size());
    return typical > 0 ? below / typical : (below > 0 ? 1.0 : 0.0);
}

Numbering judge_numbering(const ColumnEvidence& column, const NumberingRule& rule) {
    Judge judge(rule);
    const auto& discs = column.discs;
    if (static_cast<int>(discs.size()) < rule.fewest_discs) {
        judge.hear(0, NumberingDoubt::too_few_discs);
        return std::move(judge).verdict();
    }
    judge.hear(score(margin_below(column.geometry, discs.front(), column.directions.left), rule.margin_mm),
               NumberingDoubt::sacrum_not_in_view);
    judge.hear(score(bone_below_share(column), rule.bone_below), NumberingDoubt::bone_below_lowest_disc);
    judge.hear(score(discs[0].depth / discs[1].depth, rule.lowest_depth),
               NumberingDoubt::rudimentary_lowest_disc);
    const auto steps = steps_of(discs);
    const double typical = median(steps);
    judge.hear(score(*std::max_element(steps.begin(), steps.end()) / typical, rule.widest_step),
               NumberingDoubt::gap);
    judge.hear(score(*std::min_element(steps.begin(), steps.end()) / typical, rule.closest_step),
               NumberingDoubt::discs_too_close);
    const auto bodies = body_sizes(column.spaces);
    judge.hear(score(*std::min_element(bodies.begin(), bodies.end()) / std::max(median(bodies), 1.0),
                     rule.smallest_body),
               NumberingDoubt::missing_vertebra);
    if (static_cast<int>(discs.size()) > kNamedVertebrae) judge.hear(0, NumberingDoubt::too_many_levels);
    return std::move(judge).verdict();
}

}  // namespace spineseg::levels

// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/levels/numbering.h"

#include <algorithm>
#include <cmath>
#include <numbers>

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

std::vector<double> depths_of(const std::vector<Disc>& discs) {
    std::vector<double> depths;
    for (const Disc& disc : discs) depths.push_back(disc.depth);
    return depths;
}

/// Degrees by which a disc's back end is higher than its front end.
double lean_of(const Disc& disc, const Directions& column) {
    constexpr double kDegrees = 180.0 / std::numbers::pi;
    return kDegrees * std::atan2(dot(disc.directions.posterior, column.cranial),
                                 dot(disc.directions.posterior, column.posterior));
}

/// How much more the lowest disc leans than the next one. L5/S1 always leans more than L4/L5; within the
/// sacrum the column turns back.
double lowest_lean(const ColumnEvidence& column) {
    return lean_of(column.discs[0], column.directions) - lean_of(column.discs[1], column.directions);
}

/// Collects the evidence; the weakest piece is the confidence.
class Judge {
  public:
    explicit Judge(const NumberingRule& rule) : rule_(rule) {}
    void hear(double value, NumberingDoubt doubt) {
        numbering_.confidence = std::min(numbering_.confidence, value);
        if (value < rule_.enough) leave_open(doubt);
    }
    /// Evidence about one vertebra.
    void hear_at(int ordinal, double value, NumberingDoubt doubt) {
        if (value < rule_.enough && ordinal > rule_.lumbar) {
            numbering_.highest = std::min(numbering_.highest, ordinal - 1);
            remark(doubt);
            return;
        }
        hear(value, doubt);
    }
    /// A doubt that the count survives.
    void remark(NumberingDoubt doubt) {
        auto& doubts = numbering_.doubts;
        if (std::find(doubts.begin(), doubts.end(), doubt) == doubts.end()) doubts.push_back(doubt);
    }
    void limit_confidence(double most) { numbering_.confidence = std::min(numbering_.confidence, most); }
    Numbering verdict() && {
        numbering_.determined = !open_;
        return std::move(numbering_);
    }

  private:
    void leave_open(NumberingDoubt doubt) {
        open_ = true;
        remark(doubt);
    }
    const NumberingRule& rule_;
    bool open_ = false;
    Numbering numbering_{.determined = false, .confidence = 1.0, .doubts = {}};
};

/// The discs above and below a vertebra are as large and as far apart as the others.
bool regular_about(const std::vector<Disc>& discs, std::size_t ordinal, const NumberingRule& rule) {
    const double step = norm(discs[ordinal].centre - discs[ordinal - 1].centre) / median(steps_of(discs));
    const double least = rule.regular_disc * median(depths_of(discs));
    return std::abs(step - 1) <= rule.regular_step && discs[ordinal].depth >= least &&
           discs[ordinal - 1].depth >= least;
}

void hear_steps(const std::vector<Disc>& discs, const NumberingRule& rule, Judge& judge) {
    const auto steps = steps_of(discs);
    const double typical = median(steps);
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const int ordinal = static_cast<int>(i) + 1;
        judge.hear_at(ordinal, score(steps[i] / typical, rule.widest_step), NumberingDoubt::gap);
        judge.hear_at(ordinal, score(steps[i] / typical, rule.closest_step), NumberingDoubt::discs_too_close);
    }
}

/// One vertebra above L5 may be missing between regular discs.
void hear_bodies(const ColumnEvidence& column, const NumberingRule& rule, Judge& judge) {
    const auto bodies = body_sizes(column.spaces);
    const double typical = std::max(median(bodies), 1.0);
    const auto weak = std::count_if(bodies.begin(), bodies.end(), [&](double body) {
        return score(body / typical, rule.smallest_body) < rule.enough;
    });
    for (std::size_t i = 0; i < bodies.size(); ++i) {
        const std::size_t ordinal = i + 1;
        const double value = score(bodies[i] / typical, rule.smallest_body);
        const bool counts = weak == 1 && ordinal > 1 && regular_about(column.discs, ordinal, rule);
        if (value < rule.enough && counts) {
            judge.remark(NumberingDoubt::weak_vertebra);
            judge.limit_confidence(rule.enough);
        } else {
            judge.hear_at(static_cast<int>(ordinal), value, NumberingDoubt::missing_vertebra);
        }
    }
}

/// What the place and the lean of the lowest disc say. L5 and S1 that were recognised outweigh it: then bone beneath the
/// lowest disc is S1's.
void hear_lowest_disc(const ColumnEvidence& column, const NumberingRule& rule, Judge& judge) {
    const auto& discs = column.discs;
    const double bone = score(bone_below_share(column), rule.bone_below);
    if (column.anchor == AnchorVerdict::agrees) {
        if (bone < rule.enough) judge.remark(NumberingDoubt::sacrum_labelled);
        return;
    }
    judge.hear(bone, NumberingDoubt::bone_below_lowest_disc);
    judge.hear(score(lowest_lean(column), rule.lowest_lean), NumberingDoubt::lowest_disc_turned);
    // Either is enough: a fracture tilts the column, and with it what the disc leans against.
    judge.hear(std::max(score(lean_of(discs[0], column.directions), rule.lean_itself),
                        score(lowest_lean(column), rule.lean_beyond_next)),
               NumberingDoubt::lowest_disc_level);
}

void hear_anchor(AnchorVerdict anchor, Judge& judge) {
    if (anchor == AnchorVerdict::unsure) judge.hear(0, NumberingDoubt::transitional_anatomy);
    if (anchor == AnchorVerdict::elsewhere) judge.hear(0, NumberingDoubt::sacrum_elsewhere);
}

}  // namespace

double bone_below_share(const ColumnEvidence& column) {
    const double typical = median(body_sizes(column.spaces));
    if (column.spaces.empty()) return 0;
    const auto below = static_cast<double>(column.spaces.front().body.size());
    return typical > 0 ? below / typical : (below > 0 ? 1.0 : 0.0);
}

bool lowest_disc_is_sacral(const ColumnEvidence& column, const NumberingRule& rule) {
    const auto& discs = column.discs;
    if (static_cast<int>(discs.size()) <= rule.fewest_discs) return false;
    const double typical = median(body_sizes(column.spaces));
    const auto body = [&](std::size_t space) {
        return static_cast<double>(column.spaces[space].body.size()) / std::max(typical, 1.0);
    };
    if (body(0) >= rule.sacral_body || body(1) >= rule.sacral_body) return false;
    const double step = norm(discs[1].centre - discs[0].centre) / median(steps_of(discs));
    const double most = lowest_lean(column) < 0 ? rule.sacral_depth_turned : rule.sacral_depth;
    return discs[0].depth < most * discs[1].depth && step <= 1 + rule.regular_step &&
           discs[1].depth >= rule.regular_disc * discs[2].depth && body(2) >= rule.whole_vertebra;
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
    hear_anchor(column.anchor, judge);
    hear_lowest_disc(column, rule, judge);
    judge.hear(score(discs[0].depth / discs[1].depth, rule.lowest_depth),
               NumberingDoubt::rudimentary_lowest_disc);
    hear_steps(discs, rule, judge);
    hear_bodies(column, rule, judge);
    if (static_cast<int>(discs.size()) > kNamedVertebrae) judge.hear(0, NumberingDoubt::too_many_levels);
    return std::move(judge).verdict();
}

}  // namespace spineseg::levels
